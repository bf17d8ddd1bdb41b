-- name: ImportByID :one
SELECT * FROM imports WHERE id = $1;

-- name: ImportsOf :many
SELECT * FROM imports WHERE class = $1 ORDER BY id DESC;

-- Files can be large, and a list of them needs none.
-- name: ImportHeads :many
SELECT id, filename, sha256, mapping, status, report, created_by, created_at, version FROM imports WHERE class = $1 ORDER BY id DESC;

-- name: AddImport :execrows
INSERT INTO imports (id, class, filename, sha256, body, mapping, status, report, created_by, created_at, version, edits)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT DO NOTHING;

-- name: SaveImport :execrows
UPDATE imports SET body = $2, mapping = $3, status = $4, report = $5, edits = $6, version = version + 1
WHERE id = $1 AND version = $7;

-- name: DropImportBodies :execrows
UPDATE imports SET body = '', edits = '{}', version = version + 1 WHERE created_at < $1 AND body <> '';

-- name: ImportMapping :many
SELECT mapping FROM import_mappings WHERE base = $1 AND headings = $2;

-- name: PutImportMapping :execrows
INSERT INTO import_mappings (base, headings, mapping, by_account, at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (base, headings) DO UPDATE SET mapping = excluded.mapping, by_account = excluded.by_account, at = excluded.at;
