-- +goose Up

-- Passkeys of accounts (WebAuthn Level 3, credential record). A key that was
-- taken away keeps its row: approvals signed with it can still be checked.
CREATE TABLE passkeys (
    id         TEXT PRIMARY KEY,
    account    TEXT NOT NULL REFERENCES accounts (id),
    name       TEXT NOT NULL,
    key_id     TEXT NOT NULL UNIQUE, -- credential id
    public_key TEXT NOT NULL,        -- COSE_Key
    document   TEXT NOT NULL,        -- the whole credential record, JSON
    made_at    BIGINT NOT NULL,
    used_at    BIGINT NOT NULL,
    removed_at BIGINT NOT NULL,
    version    BIGINT NOT NULL
);
CREATE INDEX passkeys_account ON passkeys (account, id);

-- What was decided, in the one form that is hashed, and the approver's assertion
-- over it. Rows are added and never changed; they hold digests in place of names.
CREATE TABLE approvals (
    id          TEXT PRIMARY KEY,
    class       TEXT NOT NULL REFERENCES classes (id),
    by_account  TEXT NOT NULL,
    at          BIGINT NOT NULL,
    people      BIGINT NOT NULL,
    content     TEXT NOT NULL, -- canonical JSON
    statement   TEXT NOT NULL, -- canonical JSON; its SHA-256 is the challenge
    key_id      TEXT NOT NULL, -- '': decided without a passkey
    public_key  TEXT NOT NULL,
    auth_data   TEXT NOT NULL,
    client_data TEXT NOT NULL,
    signature   TEXT NOT NULL
);
CREATE INDEX approvals_class ON approvals (class, id);

-- What an issuer asks of its approvers.
CREATE TABLE approval_rules (
    org     TEXT PRIMARY KEY REFERENCES organizations (id),
    passkey BOOLEAN NOT NULL, -- nothing is approved without one
    version BIGINT NOT NULL
);

-- What holders say of their part in a class, on their private page.
CREATE TABLE confirmations (
    enrolment   TEXT PRIMARY KEY REFERENCES enrolments (id),
    class       TEXT NOT NULL REFERENCES classes (id),
    answer      TEXT NOT NULL,   -- there, not_me
    answered_at BIGINT NOT NULL, -- first
    changed_at  BIGINT NOT NULL,
    settled_by  TEXT NOT NULL,   -- who looked into a "not me"
    settled_at  BIGINT NOT NULL,
    note        TEXT NOT NULL,
    version     BIGINT NOT NULL
);
CREATE INDEX confirmations_class ON confirmations (class);
CREATE INDEX confirmations_open ON confirmations (enrolment) WHERE answer = 'not_me' AND settled_by = '';

-- For the share of confirmed certificates of a base.
CREATE INDEX classes_base ON classes (base, ends_on);
