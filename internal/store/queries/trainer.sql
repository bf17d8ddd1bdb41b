-- name: AccreditationsOf :many
SELECT * FROM trainers WHERE person = $1 ORDER BY course, id;

-- name: TrainersFor :many
SELECT * FROM trainers WHERE course = $1 ORDER BY id;

-- name: AddAccreditation :execrows
INSERT INTO trainers (id, person, course, level, base, org, valid_from, valid_until, status, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT DO NOTHING;

-- name: SaveAccreditation :execrows
UPDATE trainers
SET person = $2, course = $3, level = $4, base = $5, org = $6, valid_from = $7, valid_until = $8, status = $9, version = version + 1
WHERE id = $1 AND version = $10;
