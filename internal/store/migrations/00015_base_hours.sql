-- +goose Up

-- Where a base is and when it can be reached: the person to call when a result is
-- unclear has hours.
ALTER TABLE bases ADD COLUMN address TEXT NOT NULL DEFAULT '{}'; -- JSON: text by language
ALTER TABLE bases ADD COLUMN hours TEXT NOT NULL DEFAULT '[]';   -- JSON: day of the week, from, to
