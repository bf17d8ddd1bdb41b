-- name: AddShare :execrows
INSERT INTO shares (id, credential, enrolment, code_hash, made_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING;

-- name: ShareByCode :one
SELECT * FROM shares WHERE code_hash = $1;

-- name: Shares :many
SELECT * FROM shares WHERE enrolment = $1 AND ends_at > $2 ORDER BY id DESC;

-- name: RemoveShare :execrows
DELETE FROM shares WHERE enrolment = $1 AND id = $2;

-- name: RemoveShares :execrows
DELETE FROM shares WHERE enrolment = $1;

-- name: RemoveEndedShares :execrows
DELETE FROM shares WHERE enrolment = $1 AND ends_at <= $2;
