-- +goose Up

-- Problems that people told of, without an account: one queue, each with an
-- owner and a day by which it is to be answered. The secret of the reporter's
-- link is not here, only its SHA-256. What he wrote (about, body, contact) can be
-- erased; the row stays.
CREATE TABLE reports (
    id          TEXT PRIMARY KEY,
    org         TEXT NOT NULL REFERENCES organizations (id),
    credential  TEXT NOT NULL, -- '' where none was found
    about       TEXT NOT NULL, -- the code or number as it was typed
    kind        TEXT NOT NULL, -- paper, person, data, training, service, other
    body        TEXT NOT NULL,
    contact     TEXT NOT NULL,
    lang        TEXT NOT NULL,
    token_hash  TEXT NOT NULL UNIQUE, -- hex
    form        TEXT NOT NULL UNIQUE, -- SHA-256 of the form's name: one that is sent twice makes one report
    made_at     BIGINT NOT NULL,
    due_on      TEXT NOT NULL,
    outcome     TEXT NOT NULL, -- '' while it waits; holds, corrected, stopped, not_ours
    answer      TEXT NOT NULL,
    answered_by TEXT NOT NULL,
    answered_at BIGINT NOT NULL,
    erased_at   BIGINT NOT NULL,
    version     BIGINT NOT NULL
);
CREATE INDEX reports_due ON reports (outcome, due_on, id);
CREATE INDEX reports_kept ON reports (answered_at);
