-- name: Template :one
SELECT * FROM templates WHERE sha256 = $1;

-- name: PutTemplate :execrows
INSERT INTO templates (sha256, id, body, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;
