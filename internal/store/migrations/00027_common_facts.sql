-- +goose Up

-- With these and its other columns a scan is answered without the snapshot: what
-- the certificate shows together with all of its class (course, base, issuer, days)
-- stands once in common_facts, under its hash. Of a certificate without it ('') the
-- snapshot is read: it is of before, or its holder was erased.
ALTER TABLE credentials ADD COLUMN latin_name TEXT NOT NULL DEFAULT '';
ALTER TABLE credentials ADD COLUMN common TEXT NOT NULL DEFAULT '';
