-- name: ImportByID :one
SELECT * FROM imports WHERE id = $1;

-- name: ImportsOf :many
SELECT * FROM imports WHERE class = $1 ORDER BY id DESC;

-- name: AddImport :execrows
INSERT INTO imports (id, class, filename, sha256, body, mapping, status, report, created_by, created_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT DO NOTHING;

-- name: SaveImport :execrows
UPDATE imports SET body = $2, mapping = $3, status = $4, report = $5, version = version + 1
WHERE id = $1 AND version = $6;
