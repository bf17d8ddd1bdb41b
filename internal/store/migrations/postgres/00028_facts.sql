-- +goose Up

-- Nothing in it is about a person; a text is never changed.
CREATE TABLE common_facts (
    id     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sha256 TEXT COLLATE "C" NOT NULL UNIQUE, -- the first 16 bytes, base64url
    text   TEXT COLLATE "C" NOT NULL
);

ALTER TABLE credentials ALTER COLUMN latin_name TYPE text COLLATE "C";

-- All that a scan asks of a certificate, read from this index alone.
CREATE INDEX credentials_facts ON credentials (code) INCLUDE (state, state_since, reason, superseded_by, renewed_by, signed_at, version,
    issued_at, number, name, latin_name, id_last4, base, what, days) WHERE state <> 'queued';
