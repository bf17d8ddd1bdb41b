-- +goose Up

-- Marks of attendance and acts of recorders are kept as they were, whoever asks.

-- +goose StatementBegin
CREATE TRIGGER attendance_marks_no_update BEFORE UPDATE ON attendance_marks
BEGIN SELECT RAISE(ABORT, 'attendance_marks is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER attendance_marks_no_delete BEFORE DELETE ON attendance_marks
BEGIN SELECT RAISE(ABORT, 'attendance_marks is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER recorder_acts_no_update BEFORE UPDATE ON recorder_acts
BEGIN SELECT RAISE(ABORT, 'recorder_acts is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER recorder_acts_no_delete BEFORE DELETE ON recorder_acts
BEGIN SELECT RAISE(ABORT, 'recorder_acts is append-only'); END;
-- +goose StatementEnd
