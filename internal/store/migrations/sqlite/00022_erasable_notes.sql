-- +goose Up

-- What was decided and assessed stays as it was. A note beside it can be emptied,
-- when the person it may speak of is erased, and nothing else can be done to it.

DROP TRIGGER status_events_no_update;
DROP TRIGGER assessments_no_update;

-- +goose StatementBegin
CREATE TRIGGER status_events_no_update BEFORE UPDATE ON status_events
WHEN NOT (NEW.private = '' AND (NEW.id, NEW.credential, NEW.from_state, NEW.to_state, NEW.reason, NEW.by_account, NEW.second, NEW.at)
    = (OLD.id, OLD.credential, OLD.from_state, OLD.to_state, OLD.reason, OLD.by_account, OLD.second, OLD.at))
BEGIN SELECT RAISE(ABORT, 'status_events is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER assessments_no_update BEFORE UPDATE ON assessments
WHEN NOT (NEW.note = '' AND (NEW.id, NEW.enrolment, NEW.class, NEW.kind, NEW.attempt, NEW.revision, NEW.score, NEW.items, NEW.passed,
    NEW.bulk, NEW.statement, NEW.assessor, NEW.by_account, NEW.on_date, NEW.at, NEW.state, NEW.marks)
    = (OLD.id, OLD.enrolment, OLD.class, OLD.kind, OLD.attempt, OLD.revision, OLD.score, OLD.items, OLD.passed,
    OLD.bulk, OLD.statement, OLD.assessor, OLD.by_account, OLD.on_date, OLD.at, OLD.state, OLD.marks))
BEGIN SELECT RAISE(ABORT, 'assessments is append-only'); END;
-- +goose StatementEnd
