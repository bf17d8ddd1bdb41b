-- +goose Up

-- What was decided and assessed stays as it was. A note beside it can be emptied,
-- when the person it may speak of is erased, and nothing else can be done to it.

DROP TRIGGER append_only ON status_events;
DROP TRIGGER append_only ON assessments;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON status_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON assessments FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER only_emptied BEFORE UPDATE ON status_events FOR EACH ROW
    WHEN (NEW.private <> '' OR to_jsonb(NEW) - 'private' <> to_jsonb(OLD) - 'private') EXECUTE FUNCTION refuse_change();
CREATE TRIGGER only_emptied BEFORE UPDATE ON assessments FOR EACH ROW
    WHEN (NEW.note <> '' OR to_jsonb(NEW) - 'note' <> to_jsonb(OLD) - 'note') EXECUTE FUNCTION refuse_change();
