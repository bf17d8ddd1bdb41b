-- +goose Up

-- Nothing in it is about a person; a text is never changed.
CREATE TABLE common_facts (
    id     INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE, -- the first 16 bytes, base64url
    text   TEXT NOT NULL
);

-- All that a scan asks of a certificate, in a twentieth of the room of its row:
-- what many people ask for in turn then stays in memory.
CREATE INDEX credentials_facts ON credentials (code, state, state_since, reason, superseded_by, renewed_by, signed_at, version,
    issued_at, number, name, latin_name, id_last4, base, what, days) WHERE state <> 'queued';

-- And of a base.
CREATE INDEX bases_contact ON bases (code, contact);
