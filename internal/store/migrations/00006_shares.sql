-- +goose Up

-- What a holder showed to others: a code of its own that leads to the verdict,
-- the course and the name, until it ends or he takes it back. A share that was
-- taken back is gone: a row is one that leads somewhere, or did until its end.
-- The code itself is not here, only its SHA-256.
CREATE TABLE shares (
    id         TEXT PRIMARY KEY,
    credential TEXT NOT NULL REFERENCES credentials (id),
    enrolment  TEXT NOT NULL REFERENCES enrolments (id),
    code_hash  TEXT NOT NULL UNIQUE, -- hex
    made_at    BIGINT NOT NULL,
    ends_at    BIGINT NOT NULL
);
CREATE INDEX shares_enrolment ON shares (enrolment);
