-- name: Person :one
SELECT * FROM persons WHERE id = $1;

-- name: PersonByIDHash :one
SELECT * FROM persons WHERE id_hash = $1 AND id_hash <> '' AND merged_into = '';

-- name: PersonsByNameKey :many
SELECT * FROM persons WHERE name_key = $1 ORDER BY id;

-- name: AddPerson :execrows
INSERT INTO persons (id, name, name_key, latin_name, id_type, id_hash, id_last4, birth_date, phone, email, organization, department, title, lang, merged_into, demo, version, erased_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
ON CONFLICT DO NOTHING;

-- name: SavePerson :execrows
UPDATE persons
SET name = $2, name_key = $3, latin_name = $4, id_type = $5, id_hash = $6, id_last4 = $7, birth_date = $8, phone = $9, email = $10, organization = $11, department = $12, title = $13, lang = $14, merged_into = $15, demo = $16, erased_at = $18, version = version + 1
WHERE id = $1 AND version = $17;
