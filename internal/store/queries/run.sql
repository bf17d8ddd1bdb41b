-- name: Run :one
SELECT * FROM runs WHERE id = $1;

-- name: RunFor :one
SELECT * FROM runs WHERE kind = $1 AND object = $2 ORDER BY id DESC LIMIT 1;

-- name: AddRun :execrows
INSERT INTO runs (id, kind, object, org, status, total, done, failed, message, created_by, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT DO NOTHING;

-- name: SaveRun :execrows
UPDATE runs SET status = $2, total = $3, done = $4, failed = $5, message = $6, updated_at = $7 WHERE id = $1;
