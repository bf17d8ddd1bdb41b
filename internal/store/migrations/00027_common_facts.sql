-- +goose Up

-- With these and its other columns a scan is answered without the snapshot: what
-- the certificate shows together with many others stands once in common_facts, what
-- was learned and where under one id, the days under another. Of a certificate
-- without them (0) the snapshot is read: it is of before, or its holder was erased.
ALTER TABLE credentials ADD COLUMN latin_name TEXT NOT NULL DEFAULT '';
ALTER TABLE credentials ADD COLUMN what BIGINT NOT NULL DEFAULT 0;
ALTER TABLE credentials ADD COLUMN days BIGINT NOT NULL DEFAULT 0;
