-- name: Organization :one
SELECT * FROM organizations WHERE id = $1;

-- name: OrganizationByCode :one
SELECT * FROM organizations WHERE code = $1;

-- name: Organizations :many
SELECT * FROM organizations ORDER BY code;

-- name: Below :many
WITH RECURSIVE below AS (
    SELECT o.id FROM organizations o WHERE o.id = $1
    UNION
    SELECT o.id FROM organizations o JOIN below ON o.parent = below.id
)
SELECT id FROM below;

-- name: AddOrganization :execrows
INSERT INTO organizations (id, parent, code, type, name, aliases, region, tz, scheme_owner, dissolved, successor, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT DO NOTHING;

-- name: SaveOrganization :execrows
UPDATE organizations
SET parent = $2, code = $3, type = $4, name = $5, aliases = $6, region = $7, tz = $8, scheme_owner = $9, dissolved = $10, successor = $11, version = version + 1
WHERE id = $1 AND version = $12;

-- name: AddOrganizationRole :execrows
INSERT INTO organization_roles (org, object, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- name: OrganizationRoles :many
SELECT * FROM organization_roles WHERE object = $1 ORDER BY role, org;
