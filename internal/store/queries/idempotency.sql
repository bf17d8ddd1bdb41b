-- name: ClaimKey :execrows
INSERT INTO idempotency_keys (principal, route, key, body_sha, status, headers, response, created_at)
VALUES ($1, $2, $3, $4, 0, '{}', '', $5)
ON CONFLICT DO NOTHING;

-- name: StoredKey :one
SELECT * FROM idempotency_keys WHERE principal = $1 AND route = $2 AND key = $3;

-- name: FinishKey :execrows
UPDATE idempotency_keys SET status = $4, headers = $5, response = $6 WHERE principal = $1 AND route = $2 AND key = $3;

-- name: DropKey :execrows
DELETE FROM idempotency_keys WHERE principal = $1 AND route = $2 AND key = $3;

-- name: SweepKeys :execrows
DELETE FROM idempotency_keys WHERE created_at < $1;
