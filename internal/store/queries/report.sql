-- name: AddReport :execrows
INSERT INTO reports (id, org, credential, about, kind, body, contact, lang, token_hash, form, made_at, due_on, outcome, answer, answered_by, answered_at, erased_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, '', '', '', 0, 0, 1)
ON CONFLICT DO NOTHING;

-- name: Report :one
SELECT * FROM reports WHERE id = $1;

-- name: ReportByToken :one
SELECT * FROM reports WHERE token_hash = $1;

-- name: ReportByForm :one
SELECT * FROM reports WHERE form = $1;

-- name: SaveReport :execrows
UPDATE reports
SET about = $2, body = $3, contact = $4, outcome = $5, answer = $6, answered_by = $7, answered_at = $8, erased_at = $9, version = version + 1
WHERE id = $1 AND version = $10;

-- name: ReportsToErase :many
SELECT * FROM reports WHERE answered_at > 0 AND answered_at < $1 AND erased_at = 0 ORDER BY answered_at LIMIT $2;
