-- +goose Up

-- What will be printed and signed, hashed when it was decided: the signatures
-- are stored only under the same hash, so nobody's data can get into another's
-- certificate on the way. '': decided before this column was there.
ALTER TABLE credentials ADD COLUMN input_hash TEXT NOT NULL DEFAULT '';
