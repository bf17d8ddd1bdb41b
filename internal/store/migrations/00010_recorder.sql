-- +goose Up

-- The recorder: stations, attendance with its history, and the acts of devices
-- that may have been offline.

-- An attempt at the skills sheet can be in the middle ('open': not all of its
-- items are marked) or taken back ('void'); '' counts. marks says of each item
-- who marked it and when, JSON.
ALTER TABLE assessments ADD COLUMN state TEXT NOT NULL DEFAULT '';
ALTER TABLE assessments ADD COLUMN marks TEXT NOT NULL DEFAULT '{}';

-- What stands now; state '' is a mark that was taken back. The revision is what
-- a device has seen when it writes over it.
ALTER TABLE attendance ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
ALTER TABLE attendance ADD COLUMN by_account TEXT NOT NULL DEFAULT '';
ALTER TABLE attendance ADD COLUMN at BIGINT NOT NULL DEFAULT 0;

-- Every mark of attendance since, also those that were written over.
CREATE TABLE attendance_marks (
    enrolment  TEXT NOT NULL REFERENCES enrolments (id),
    session    TEXT NOT NULL,
    revision   BIGINT NOT NULL,
    class      TEXT NOT NULL REFERENCES classes (id),
    state      TEXT NOT NULL,
    minutes    BIGINT NOT NULL,
    by_account TEXT NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (enrolment, session, revision)
);
CREATE INDEX attendance_marks_class ON attendance_marks (class);

-- A place where one assessor watches some items of the skills sheet.
CREATE TABLE stations (
    id         TEXT PRIMARY KEY,
    class      TEXT NOT NULL REFERENCES classes (id),
    name       TEXT NOT NULL,
    items      TEXT NOT NULL, -- codes, JSON
    assessor   TEXT NOT NULL, -- person
    by_account TEXT NOT NULL,
    opened_at  BIGINT NOT NULL,
    closed_at  BIGINT NOT NULL -- 0 while it is open
);
CREATE INDEX stations_class ON stations (class, id);

-- What a device sent and what it came to: the same act sent again changes
-- nothing, and an act on many people can be undone.
CREATE TABLE recorder_acts (
    id         TEXT NOT NULL, -- made by the device
    class      TEXT NOT NULL REFERENCES classes (id),
    kind       TEXT NOT NULL,
    body_sha   TEXT NOT NULL,
    result     TEXT NOT NULL, -- JSON
    undoes     TEXT NOT NULL, -- id of the act that this one takes back, or ''
    by_account TEXT NOT NULL,
    acted_at   BIGINT NOT NULL, -- by the device's clock
    at         BIGINT NOT NULL,
    PRIMARY KEY (class, id)
);
CREATE UNIQUE INDEX recorder_acts_undoes ON recorder_acts (class, undoes) WHERE undoes <> '';
