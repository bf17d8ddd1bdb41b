-- +goose Up

-- When everything that tells who a person is was emptied; the row stays, so that
-- what it took part in still adds up.
ALTER TABLE persons ADD COLUMN erased_at BIGINT NOT NULL DEFAULT 0; -- 0: not erased

-- An erasure that is asked for ends with this class's certificates.
ALTER TABLE revocation_requests ADD COLUMN alone BOOLEAN NOT NULL DEFAULT FALSE;
