-- name: Reserve :one
INSERT INTO counters (programme, base, year, last) VALUES ($1, $2, $3, $4)
ON CONFLICT (programme, base, year) DO UPDATE SET last = counters.last + excluded.last
RETURNING last;

-- name: TakeEntries :execrows
UPDATE status_lists SET taken = taken + $2 WHERE id = $1;

-- name: EntryTaken :one
SELECT COUNT(*) FROM credentials WHERE list = $1 AND list_index = $2;
