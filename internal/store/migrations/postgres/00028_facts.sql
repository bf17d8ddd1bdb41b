-- +goose Up

-- Nothing in it is about a person; a text is never changed.
CREATE TABLE common_facts (
    sha256 TEXT COLLATE "C" PRIMARY KEY, -- the first 16 bytes, base64url
    text   TEXT COLLATE "C" NOT NULL
);

ALTER TABLE credentials ALTER COLUMN latin_name TYPE text COLLATE "C", ALTER COLUMN common TYPE text COLLATE "C";
