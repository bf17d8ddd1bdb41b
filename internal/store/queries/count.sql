-- name: Count :execrows
INSERT INTO verification_counts (day, base, channel, status, n) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (day, base, channel, status) DO UPDATE SET n = verification_counts.n + excluded.n;

-- name: Counts :many
SELECT * FROM verification_counts WHERE day >= $1 AND day <= $2 ORDER BY day, base, channel, status;
