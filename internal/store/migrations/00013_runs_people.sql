-- +goose Up

-- Which credentials a run could not sign, and why: the code of a message in
-- every catalogue. Written anew with each pass over what is queued.
CREATE TABLE run_failures (
    run        TEXT NOT NULL REFERENCES runs (id),
    credential TEXT NOT NULL REFERENCES credentials (id),
    code       TEXT NOT NULL,
    args       TEXT NOT NULL, -- JSON list of what fills the message
    PRIMARY KEY (run, credential)
);

-- What people changed about a person, by hand: another name, a second record of
-- the same person taken in, or the word that two records are two people. Nothing
-- here is ever changed; it can be erased with the person.
CREATE TABLE person_changes (
    id           TEXT PRIMARY KEY,
    person       TEXT NOT NULL REFERENCES persons (id), -- the one that stays
    kind         TEXT NOT NULL, -- name, merge, distinct
    other        TEXT NOT NULL, -- the other record; '' for a name
    former_name  TEXT NOT NULL,
    former_latin TEXT NOT NULL,
    former_key   TEXT NOT NULL, -- as persons.name_key, so that a former name is found
    former_last4 TEXT NOT NULL,
    moved        TEXT NOT NULL, -- JSON: enrolments and credentials that came along
    reason       TEXT NOT NULL,
    by_account   TEXT NOT NULL,
    at           BIGINT NOT NULL
);
CREATE INDEX person_changes_person ON person_changes (person, id);
CREATE INDEX person_changes_other ON person_changes (other) WHERE other <> '';
CREATE INDEX person_changes_former ON person_changes (former_key) WHERE former_key <> '';

-- Who took a list out of the registry, and what for. The filter is not kept: it
-- may be a name.
CREATE TABLE exports (
    id         TEXT PRIMARY KEY,
    register   TEXT NOT NULL,
    format     TEXT NOT NULL, -- csv, xlsx
    whole      BOOLEAN NOT NULL, -- with names; else masked
    reason     TEXT NOT NULL,
    by_account TEXT NOT NULL,
    at         BIGINT NOT NULL
);

CREATE INDEX persons_id_last4 ON persons (id_last4) WHERE id_last4 <> '';
CREATE INDEX persons_merged_into ON persons (merged_into) WHERE merged_into <> '';
CREATE INDEX credentials_expires ON credentials (expires_at) WHERE expires_at <> 0;
CREATE INDEX audit_actor ON audit (actor, id);
CREATE INDEX audit_action ON audit (action, id);
