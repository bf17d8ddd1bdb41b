-- +goose Up

-- A status list speaks for one issuer: verifiers demand that whoever signed the
-- list also signed the credential. Lists that were begun before belong to the
-- first issuer found in them.
ALTER TABLE status_lists ADD COLUMN issuer TEXT NOT NULL DEFAULT '';
UPDATE status_lists SET issuer = COALESCE((SELECT MIN(c.issuer) FROM credentials c WHERE c.list = status_lists.id), '');
CREATE INDEX status_lists_issuer ON status_lists (issuer, id);

-- What a status list shows: the few entries that are not plainly good.
CREATE INDEX credentials_status ON credentials (list, list_index, state) WHERE state IN ('suspended', 'revoked', 'superseded');
