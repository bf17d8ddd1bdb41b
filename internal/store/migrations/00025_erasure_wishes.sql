-- +goose Up

-- A holder's wish to be erased is a report of kind "erasure" (outcomes erased,
-- declined, withdrawn). It is looked up by what it is about.
CREATE INDEX reports_credential ON reports (credential);
