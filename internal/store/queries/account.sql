-- name: Account :one
SELECT * FROM accounts WHERE id = $1;

-- name: AccountByEmail :one
SELECT * FROM accounts WHERE email = $1;

-- name: Accounts :many
SELECT * FROM accounts ORDER BY email;

-- name: AddAccount :execrows
INSERT INTO accounts (id, email, name, person, password, lang, status, epoch, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING;

-- name: SaveAccount :execrows
UPDATE accounts
SET email = $2, name = $3, person = $4, password = $5, lang = $6, status = $7, epoch = $8, version = version + 1
WHERE id = $1 AND version = $9;

-- name: Grants :many
SELECT * FROM grants WHERE account = $1 ORDER BY role, org;

-- name: AllGrants :many
SELECT * FROM grants ORDER BY account, role, org;

-- name: AddGrant :execrows
INSERT INTO grants (account, role, org) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- name: DropGrants :execrows
DELETE FROM grants WHERE account = $1;
