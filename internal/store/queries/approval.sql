-- name: AddPasskey :execrows
INSERT INTO passkeys (id, account, name, key_id, public_key, document, made_at, used_at, removed_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT DO NOTHING;

-- name: Passkeys :many
SELECT * FROM passkeys WHERE account = $1 AND removed_at = 0 ORDER BY id;

-- name: SavePasskey :execrows
UPDATE passkeys SET document = $2, used_at = $3, removed_at = $4, version = version + 1 WHERE id = $1 AND version = $5;

-- name: AddApproval :execrows
INSERT INTO approvals (id, class, by_account, at, people, content, statement, key_id, public_key, auth_data, client_data, signature)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT DO NOTHING;

-- name: Approvals :many
SELECT * FROM approvals WHERE class = $1 ORDER BY id;

-- name: ApprovalRule :many
SELECT * FROM approval_rules WHERE org = $1;

-- name: PutApprovalRule :execrows
INSERT INTO approval_rules (org, passkey, version) VALUES ($1, $2, 1)
ON CONFLICT (org) DO UPDATE SET passkey = excluded.passkey, version = approval_rules.version + 1;

-- name: AddConfirmation :execrows
INSERT INTO confirmations (enrolment, class, answer, answered_at, changed_at, settled_by, settled_at, note, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING;

-- name: SaveConfirmation :execrows
UPDATE confirmations SET answer = $2, changed_at = $3, settled_by = $4, settled_at = $5, note = $6, version = version + 1
WHERE enrolment = $1 AND version = $7;

-- name: Confirmation :one
SELECT * FROM confirmations WHERE enrolment = $1;

-- name: ConfirmationsOfClass :many
SELECT * FROM confirmations WHERE class = $1 ORDER BY enrolment;

-- name: OpenDenials :many
SELECT sqlc.embed(f), sqlc.embed(c) FROM confirmations f JOIN credentials c ON c.enrolment = f.enrolment
WHERE f.answer = 'not_me' AND f.settled_by = '' AND c.state IN ('queued', 'issued', 'suspended')
ORDER BY f.enrolment LIMIT $1;

-- name: BaseConfirmed :one
SELECT COUNT(*) AS asked,
    CAST(COALESCE(SUM(CASE WHEN f.answer = 'there' THEN 1 ELSE 0 END), 0) AS BIGINT) AS confirmed,
    CAST(COALESCE(SUM(CASE WHEN f.answer = 'not_me' THEN 1 ELSE 0 END), 0) AS BIGINT) AS denied
FROM classes k JOIN credentials c ON c.class = k.id LEFT JOIN confirmations f ON f.enrolment = c.enrolment
WHERE k.base = $1 AND k.ends_on >= $2 AND c.state IN ('issued', 'suspended', 'revoked');

-- name: GrantedAt :many
SELECT a.* FROM accounts a WHERE a.status = 'active' AND EXISTS (
    SELECT 1 FROM grants g WHERE g.account = a.id AND g.org = $1 AND g.role IN ('approver', 'region', 'federation'))
ORDER BY a.id;
