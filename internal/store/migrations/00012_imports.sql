-- +goose Up

-- What people corrected on the page: cells by row and column, and rows left out,
-- JSON. The uploaded file stays as it was.
ALTER TABLE imports ADD COLUMN edits TEXT NOT NULL DEFAULT '{}';

-- How a base last read the headings of its lists, so that it is asked once.
CREATE TABLE import_mappings (
    base       TEXT NOT NULL REFERENCES bases (code),
    headings   TEXT NOT NULL, -- SHA-256 of the set of headings
    mapping    TEXT NOT NULL, -- heading → field, JSON
    by_account TEXT NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (base, headings)
);
