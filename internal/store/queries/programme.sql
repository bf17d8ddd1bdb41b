-- name: Programme :one
SELECT * FROM programmes WHERE code = $1;

-- name: Programmes :many
SELECT * FROM programmes ORDER BY code;

-- name: AddProgramme :execrows
INSERT INTO programmes (id, code, parent, owner, name, starts_on, ends_on, annual_target, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING;

-- name: SaveProgramme :execrows
UPDATE programmes
SET code = $2, parent = $3, owner = $4, name = $5, starts_on = $6, ends_on = $7, annual_target = $8, version = version + 1
WHERE id = $1 AND version = $9;
