-- name: JoinDoor :one
SELECT * FROM join_doors WHERE class = $1;

-- name: JoinDoorByRoom :one
SELECT * FROM join_doors WHERE room = $1;

-- name: AddJoinDoor :execrows
INSERT INTO join_doors (class, room, opened_by, opened_at, closes_at, closed_at, heads, heads_by, heads_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT DO NOTHING;

-- name: SaveJoinDoor :execrows
UPDATE join_doors
SET opened_by = $2, opened_at = $3, closes_at = $4, closed_at = $5, heads = $6, heads_by = $7, heads_at = $8, version = version + 1
WHERE class = $1 AND version = $9;

-- name: SelfEntries :many
SELECT * FROM self_entries WHERE class = $1 ORDER BY at, enrolment;

-- name: SelfEntryByKey :one
SELECT * FROM self_entries WHERE key_hash = $1;

-- name: AddSelfEntry :execrows
INSERT INTO self_entries (enrolment, class, key_hash, doubt, at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING;
