-- name: AddAudit :execrows
INSERT INTO audit (id, at, actor, action, object_type, object, org, before_sha, after_sha, detail)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: AddAuditPending :execrows
INSERT INTO audit_pending (entry) VALUES ($1);

-- name: PendingAudit :many
SELECT a.* FROM audit_pending p JOIN audit a ON a.id = p.entry ORDER BY p.entry LIMIT $1;

-- name: ChainHead :one
SELECT * FROM audit_chain ORDER BY position DESC LIMIT 1;

-- name: AddAuditLink :execrows
INSERT INTO audit_chain (position, entry, hash) VALUES ($1, $2, $3);

-- name: ChainedAudit :many
SELECT sqlc.embed(c), sqlc.embed(a) FROM audit_chain c JOIN audit a ON a.id = c.entry
WHERE c.position > $1 ORDER BY c.position LIMIT $2;

-- name: CountAudit :one
SELECT (SELECT COUNT(*) FROM audit) AS entries, (SELECT COUNT(*) FROM audit_chain) AS links, (SELECT COUNT(*) FROM audit_pending) AS pending;
