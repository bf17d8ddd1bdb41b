-- name: Enrolments :many
SELECT * FROM enrolments WHERE class = $1 ORDER BY position, id;

-- name: Enrolment :one
SELECT * FROM enrolments WHERE id = $1;

-- name: EnrolmentByLink :one
SELECT * FROM enrolments WHERE link_hash = $1 AND link_hash <> '';

-- name: EnrolmentOf :one
SELECT * FROM enrolments WHERE class = $1 AND person = $2;

-- name: EnrolmentsOfPerson :many
SELECT * FROM enrolments WHERE person = $1 ORDER BY id DESC;

-- name: AddEnrolment :execrows
INSERT INTO enrolments (id, class, person, position, name, latin_name, id_last4, recert, source, row_hash, link_hash, link_epoch, status, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT DO NOTHING;

-- name: SaveEnrolment :execrows
UPDATE enrolments
SET position = $2, name = $3, latin_name = $4, id_last4 = $5, recert = $6, source = $7, row_hash = $8, status = $9, version = version + 1
WHERE id = $1 AND version = $10;

-- name: ReplaceLink :execrows
UPDATE enrolments SET link_hash = $2, link_epoch = link_epoch + 1 WHERE id = $1;

-- name: Trainees :many
SELECT person FROM enrolments WHERE class = $1;
