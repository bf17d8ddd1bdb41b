-- name: Base :one
SELECT * FROM bases WHERE code = $1;

-- name: Bases :many
SELECT * FROM bases ORDER BY code;

-- name: AddBase :execrows
INSERT INTO bases (id, code, host, accrediting, programmes, campus, name, tz, contact, accredited_from, accredited_until, status, manikins, signatories, version, address, hours)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
ON CONFLICT DO NOTHING;

-- name: SaveBase :execrows
UPDATE bases
SET code = $2, host = $3, accrediting = $4, programmes = $5, campus = $6, name = $7, tz = $8, contact = $9, accredited_from = $10, accredited_until = $11, status = $12, manikins = $13, signatories = $14, address = $16, hours = $17, version = version + 1
WHERE id = $1 AND version = $15;
