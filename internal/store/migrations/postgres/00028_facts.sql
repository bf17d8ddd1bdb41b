-- +goose Up

-- Nothing in it is about a person; a text is never changed.
CREATE TABLE common_facts (
    id     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sha256 TEXT COLLATE "C" NOT NULL UNIQUE, -- the first 16 bytes, base64url
    text   TEXT COLLATE "C" NOT NULL
);

ALTER TABLE credentials ALTER COLUMN latin_name TYPE text COLLATE "C";
