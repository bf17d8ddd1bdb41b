-- name: Class :one
SELECT * FROM classes WHERE id = $1;

-- name: ClassByCode :one
SELECT * FROM classes WHERE code = $1;

-- name: ClassOrg :one
SELECT org FROM classes WHERE id = $1;

-- name: AddClass :execrows
INSERT INTO classes (id, code, course, course_version, programme, base, org, starts_on, ends_on, status, document, search, created_at, submitted_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT DO NOTHING;

-- name: SaveClass :execrows
UPDATE classes
SET code = $2, course = $3, course_version = $4, programme = $5, base = $6, starts_on = $7, ends_on = $8, status = $9, document = $10, search = $11, submitted_at = $12, version = version + 1
WHERE id = $1 AND version = $13;
