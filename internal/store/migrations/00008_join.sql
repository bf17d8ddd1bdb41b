-- +goose Up

-- The way by which people write themselves into a class while it is open. Its
-- room is the part of the codes on the trainer's screen that stays; the rest is
-- a keyed digest of the time and is stored nowhere.
CREATE TABLE join_doors (
    class     TEXT PRIMARY KEY REFERENCES classes (id),
    room      TEXT NOT NULL UNIQUE,
    opened_by TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    closes_at BIGINT NOT NULL,
    closed_at BIGINT NOT NULL, -- 0 while it was not closed by hand
    heads     BIGINT NOT NULL, -- of the last count
    heads_by  TEXT NOT NULL,
    heads_at  BIGINT NOT NULL,
    version   BIGINT NOT NULL
);

-- Rows of a list that their persons wrote themselves. The key is the form's: the
-- same form sent again, after a line broke, is answered with the same row. Only
-- its SHA-256 is here.
CREATE TABLE self_entries (
    enrolment TEXT PRIMARY KEY REFERENCES enrolments (id),
    class     TEXT NOT NULL REFERENCES classes (id),
    key_hash  TEXT NOT NULL UNIQUE, -- hex
    doubt     TEXT NOT NULL,        -- '', name, id
    at        BIGINT NOT NULL
);
CREATE INDEX self_entries_class ON self_entries (class);
