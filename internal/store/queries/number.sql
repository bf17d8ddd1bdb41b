-- name: Reserve :one
INSERT INTO counters (programme, base, year, last) VALUES ($1, $2, $3, $4)
ON CONFLICT (programme, base, year) DO UPDATE SET last = counters.last + excluded.last
RETURNING last;

-- name: NewestList :one
SELECT * FROM status_lists ORDER BY id DESC LIMIT 1;

-- name: OpenList :execrows
INSERT INTO status_lists (id, size, taken) VALUES ($1, $2, 0);

-- name: TakeEntries :execrows
UPDATE status_lists SET taken = taken + $2 WHERE id = $1;

-- name: StatusLists :many
SELECT id FROM status_lists ORDER BY id;

-- name: EntryTaken :one
SELECT COUNT(*) FROM credentials WHERE list = $1 AND list_index = $2;

-- name: ListEntries :many
SELECT list_index, state FROM credentials WHERE list = $1 AND list_index > $2 ORDER BY list_index LIMIT $3;
