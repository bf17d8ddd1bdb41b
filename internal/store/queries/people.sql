-- name: AddRunFailure :execrows
INSERT INTO run_failures (run, credential, code, args) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;

-- name: DropRunFailures :execrows
DELETE FROM run_failures WHERE run = $1;

-- name: RunFailures :many
SELECT sqlc.embed(f), c.number, c.name, c.state, e.position FROM run_failures f
JOIN credentials c ON c.id = f.credential
JOIN enrolments e ON e.id = c.enrolment
WHERE f.run = $1 AND c.state = 'queued' ORDER BY e.position, c.id LIMIT $2;

-- name: AddPersonChange :execrows
INSERT INTO person_changes (id, person, kind, other, former_name, former_latin, former_key, former_last4, moved, reason, by_account, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT DO NOTHING;

-- name: PersonChanges :many
SELECT * FROM person_changes WHERE person = $1 ORDER BY id DESC;

-- name: AskedMerges :many
SELECT a.* FROM person_changes a
JOIN persons k ON k.id = a.person
JOIN persons g ON g.id = a.other
WHERE a.kind = 'ask' AND k.merged_into = '' AND g.merged_into = ''
AND (CAST(sqlc.arg(person) AS TEXT) = '' OR a.person = CAST(sqlc.arg(person) AS TEXT) OR a.other = CAST(sqlc.arg(person) AS TEXT))
AND NOT EXISTS (SELECT 1 FROM person_changes n WHERE n.kind IN ('distinct', 'ask') AND n.id > a.id
    AND (n.person = a.person AND n.other = a.other OR n.person = a.other AND n.other = a.person))
ORDER BY a.id DESC LIMIT CAST(sqlc.arg(most) AS BIGINT);

-- name: PersonTwin :one
SELECT k.* FROM persons m JOIN persons k ON k.id = m.merged_into
WHERE m.id_hash = $1 AND m.id_hash <> '' AND m.merged_into <> '' AND k.merged_into = '' LIMIT 1;

-- name: MoveEnrolments :many
UPDATE enrolments SET person = $2, version = version + 1 WHERE person = $1 RETURNING id;

-- name: MoveCredentials :many
UPDATE credentials SET person = $2, version = version + 1 WHERE person = $1 RETURNING id;

-- name: MoveCompletions :execrows
UPDATE completions SET person = $2 WHERE person = $1;

-- name: MoveMerged :execrows
UPDATE persons SET merged_into = $2, version = version + 1 WHERE merged_into = $1;

-- name: MoveChanges :execrows
UPDATE person_changes SET person = $2 WHERE person = $1;

-- name: CountQueuedOfPerson :one
SELECT COUNT(*) FROM credentials WHERE state = 'queued' AND person = $1;

-- name: CountAccountsOfPerson :one
SELECT COUNT(*) FROM accounts WHERE person = $1;

-- name: AddExport :execrows
INSERT INTO exports (id, register, format, whole, reason, by_account, at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING;

-- name: AuditActions :many
WITH RECURSIVE known(action) AS (
    SELECT COALESCE(MIN(a.action), '') FROM audit a
    UNION ALL
    SELECT COALESCE((SELECT MIN(a.action) FROM audit a WHERE a.action > known.action), '') FROM known WHERE known.action <> ''
)
SELECT CAST(action AS TEXT) AS action FROM known WHERE action <> '';
