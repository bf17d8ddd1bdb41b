-- name: AddJob :execrows
INSERT INTO jobs (id, kind, args, unique_key, run_at, attempt, leased_until, last_error, state)
VALUES ($1, $2, $3, $4, $5, 0, 0, '', 'ready')
ON CONFLICT DO NOTHING;

-- A job loses its unique key when it starts: what is enqueued from now on may
-- not have been seen by it.
-- name: ClaimJobs :many
UPDATE jobs SET attempt = attempt + 1, leased_until = $2, unique_key = ''
WHERE id IN (SELECT j.id FROM jobs j WHERE j.state = 'ready' AND j.run_at <= $1 AND j.leased_until <= $1 ORDER BY j.run_at, j.id LIMIT $3)
RETURNING *;

-- name: ExtendLease :execrows
UPDATE jobs SET leased_until = $3 WHERE id = $1 AND attempt = $2 AND state = 'ready';

-- name: FinishJob :execrows
DELETE FROM jobs WHERE id = $1 AND attempt = $2;

-- name: FailJob :execrows
UPDATE jobs SET leased_until = 0, run_at = $3, last_error = $4, state = $5 WHERE id = $1 AND attempt = $2;

-- name: DropLeases :execrows
UPDATE jobs SET leased_until = 0 WHERE leased_until > 0;

-- name: NextJob :one
SELECT CAST(COALESCE(MIN(CASE WHEN leased_until > run_at THEN leased_until ELSE run_at END), 0) AS BIGINT) AS next_at FROM jobs WHERE state = 'ready';
