-- name: Course :one
SELECT * FROM courses WHERE code = $1 AND version = $2;

-- name: ActiveCourse :one
SELECT * FROM courses WHERE code = $1 AND status = 'active' ORDER BY version DESC LIMIT 1;

-- name: Courses :many
SELECT * FROM courses ORDER BY code, version;

-- name: AddCourse :execrows
INSERT INTO courses (id, code, version, programme, status, kind, title, document, edition)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING;

-- name: SaveCourse :execrows
UPDATE courses
SET code = $2, version = $3, programme = $4, status = $5, kind = $6, title = $7, document = $8, edition = edition + 1
WHERE id = $1 AND edition = $9;
