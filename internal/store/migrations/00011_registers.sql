-- +goose Up

-- Invitations by link, each for one person: a role in an organization, or a new
-- password for an account. The secret is not here, only its SHA-256; it is used
-- once, ends, and can be withdrawn.
CREATE TABLE invitations (
    id           TEXT PRIMARY KEY,
    kind         TEXT NOT NULL, -- role, password
    org          TEXT NOT NULL REFERENCES organizations (id),
    role         TEXT NOT NULL,
    token_hash   TEXT NOT NULL UNIQUE, -- hex
    name         TEXT NOT NULL,        -- of whom it is for, '' where it is left to him
    email        TEXT NOT NULL,
    person       TEXT NOT NULL, -- a person that the registry knows; '': a new one
    account      TEXT NOT NULL, -- whose password it is for; after use, the account that came of it
    lang         TEXT NOT NULL,
    made_by      TEXT NOT NULL,
    made_at      BIGINT NOT NULL,
    ends_at      BIGINT NOT NULL,
    used_at      BIGINT NOT NULL, -- 0 while it waits
    withdrawn_at BIGINT NOT NULL,
    version      BIGINT NOT NULL
);
CREATE INDEX invitations_org ON invitations (org, id);

-- Lists of organizations, bases, trainers or accounts that were uploaded, kept
-- from the preview until they are taken.
CREATE TABLE register_imports (
    id         TEXT PRIMARY KEY,
    kind       TEXT NOT NULL, -- organizations, bases, trainers, accounts
    filename   TEXT NOT NULL,
    sha256     TEXT NOT NULL,
    body       TEXT NOT NULL, -- base64url
    status     TEXT NOT NULL, -- previewed, done
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    version    BIGINT NOT NULL
);
