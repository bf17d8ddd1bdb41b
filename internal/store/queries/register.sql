-- name: Invitation :one
SELECT * FROM invitations WHERE id = $1;

-- name: InvitationByToken :one
SELECT * FROM invitations WHERE token_hash = $1;

-- name: Invitations :many
SELECT * FROM invitations ORDER BY id DESC;

-- name: AddInvitation :execrows
INSERT INTO invitations (id, kind, org, role, token_hash, name, email, person, account, lang, made_by, made_at, ends_at, used_at, withdrawn_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
ON CONFLICT DO NOTHING;

-- name: SaveInvitation :execrows
UPDATE invitations
SET account = $2, used_at = $3, withdrawn_at = $4, version = version + 1
WHERE id = $1 AND version = $5;

-- name: RegisterImport :one
SELECT * FROM register_imports WHERE id = $1;

-- name: AddRegisterImport :execrows
INSERT INTO register_imports (id, kind, filename, sha256, body, status, created_by, created_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING;

-- name: EndRegisterImport :execrows
UPDATE register_imports SET status = $2, version = version + 1 WHERE id = $1 AND version = $3;

-- name: ForgetRegisterImports :execrows
DELETE FROM register_imports WHERE created_at < $1;

-- name: AllAccreditations :many
SELECT * FROM trainers ORDER BY id DESC;

-- name: TrainingPeople :many
SELECT * FROM persons
WHERE id IN (SELECT person FROM trainers) OR id IN (SELECT person FROM accounts)
ORDER BY name, id;

-- name: ClassesTaught :many
SELECT course, document FROM classes
WHERE ends_on >= $1 AND status IN ('approved', 'issuing', 'issued', 'archived');

-- name: Accreditation :one
SELECT * FROM trainers WHERE id = $1;
