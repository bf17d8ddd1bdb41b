-- +goose Up

-- Slips of paper handed out before a class, that bear no name: a secret in a QR
-- code and a number, to be linked to a person when there is time. The secret is
-- not here, only its SHA-256. A slip is linked once; staff can loosen it again,
-- with a reason, and put a lost one out of use.
CREATE TABLE claim_slips (
    id         TEXT PRIMARY KEY,
    class      TEXT NOT NULL REFERENCES classes (id),
    number     BIGINT NOT NULL,      -- in the class, from 1
    token_hash TEXT NOT NULL UNIQUE, -- hex
    made_by    TEXT NOT NULL,
    made_at    BIGINT NOT NULL,
    enrolment  TEXT NOT NULL,        -- '' until it is linked
    linked_by  TEXT NOT NULL,
    linked_at  BIGINT NOT NULL,
    void_by    TEXT NOT NULL,        -- '' while it is in use
    void_at    BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    UNIQUE (class, number)
);
