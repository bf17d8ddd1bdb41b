-- name: ClaimSlips :many
SELECT * FROM claim_slips WHERE class = $1 ORDER BY number;

-- name: ClaimSlip :one
SELECT * FROM claim_slips WHERE class = $1 AND number = $2;

-- name: ClaimSlipByToken :one
SELECT * FROM claim_slips WHERE token_hash = $1;

-- name: AddClaimSlip :execrows
INSERT INTO claim_slips (id, class, number, token_hash, made_by, made_at, enrolment, linked_by, linked_at, void_by, void_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT DO NOTHING;

-- name: SaveClaimSlip :execrows
UPDATE claim_slips
SET enrolment = $2, linked_by = $3, linked_at = $4, void_by = $5, void_at = $6, version = version + 1
WHERE id = $1 AND version = $7;
