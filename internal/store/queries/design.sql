-- name: Artwork :one
SELECT * FROM artworks WHERE sha256 = $1;

-- name: PutArtwork :execrows
INSERT INTO artworks (sha256, width, height, body, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING;

-- name: AddArtworkUse :execrows
INSERT INTO artwork_uses (id, org, role, sha256, note, permitted_by, by_account, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: ArtworkUse :one
SELECT * FROM artwork_uses WHERE org = $1 AND role = $2 ORDER BY id DESC LIMIT 1;

-- name: ArtworkUses :many
SELECT * FROM artwork_uses WHERE org = $1 ORDER BY id DESC LIMIT $2;

-- name: OwnDesign :one
SELECT * FROM own_designs WHERE org = $1 AND name = $2 AND version = $3;

-- name: OwnDesigns :many
SELECT * FROM own_designs WHERE org = $1 ORDER BY name, version DESC;

-- name: LastOwnDesign :one
SELECT CAST(COALESCE(MAX(version), 0) AS BIGINT) FROM own_designs WHERE org = $1 AND name = $2;

-- name: AddOwnDesign :execrows
INSERT INTO own_designs (org, name, version, source, note, by_account, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING;

-- name: AddDesignChoice :execrows
INSERT INTO design_choices (id, org, kind, design, version, by_account, at) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: DesignChoice :one
SELECT * FROM design_choices WHERE org = $1 AND kind = $2 ORDER BY id DESC LIMIT 1;

-- name: DesignChoices :many
SELECT * FROM design_choices WHERE org = $1 ORDER BY id DESC LIMIT $2;

-- name: OrgSignatories :one
SELECT * FROM org_signatories WHERE org = $1;

-- name: AddOrgSignatories :execrows
INSERT INTO org_signatories (org, signatories, version) VALUES ($1, $2, 1) ON CONFLICT DO NOTHING;

-- name: SaveOrgSignatories :execrows
UPDATE org_signatories SET signatories = $2, version = version + 1 WHERE org = $1 AND version = $3;
