-- name: Publication :one
SELECT * FROM publications WHERE kind = $1 ORDER BY number DESC LIMIT 1;

-- name: AddPublication :execrows
INSERT INTO publications (kind, number, body, issued_at, valid_until) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING;

-- name: NumberedPublication :one
SELECT * FROM publications WHERE kind = $1 AND number = $2;

-- name: PublicationHead :one
SELECT number, issued_at, valid_until FROM publications WHERE kind = $1 ORDER BY number DESC LIMIT 1;

-- name: PublicationNumbers :many
SELECT number FROM publications WHERE kind = $1 ORDER BY number DESC;

-- name: DropOldPublications :execrows
DELETE FROM publications WHERE kind = $1 AND number < $2;

-- name: Mark :one
SELECT CAST(COALESCE((SELECT m.mark FROM change_marks m WHERE m.name = $1), 0)
    + (SELECT COUNT(*) FROM change_raises r WHERE r.name = $1) AS BIGINT) AS mark;

-- name: RaiseMark :execrows
INSERT INTO change_raises (id, name) VALUES ($1, $2);

-- name: Raises :many
SELECT id, name FROM change_raises ORDER BY id LIMIT $1;

-- name: DropRaise :execrows
DELETE FROM change_raises WHERE id = $1;

-- name: FoldRaises :execrows
INSERT INTO change_marks (name, mark) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET mark = change_marks.mark + excluded.mark;
