-- name: AddCredential :execrows
INSERT INTO credentials (id, number, code, completion, enrolment, class, person, org, state, state_since, reason, supersedes, superseded_by, renewed_by, name, name_key, id_last4, course, base, issuer, issued_at, starts_at, expires_at, list, list_index, snapshot, template, record_sig, jwt_sig, pdf_sig, pdf_sha256, leaf_hash, signed_at, version, input_hash, latin_name, what, days)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38)
ON CONFLICT DO NOTHING;

-- name: SignCredential :execrows
UPDATE credentials
SET state = 'issued', state_since = $1, record_sig = $2, jwt_sig = $3, pdf_sig = $4, pdf_sha256 = $5, leaf_hash = $6, signed_at = $7, version = version + 1
WHERE id = $8 AND state = 'queued' AND (input_hash = $9 OR input_hash = '');

-- name: SaveCredential :execrows
UPDATE credentials
SET state = $2, state_since = $3, reason = $4, supersedes = $5, superseded_by = $6, renewed_by = $7, version = version + 1
WHERE id = $1 AND version = $8;

-- name: Credential :one
SELECT * FROM credentials WHERE id = $1;

-- name: CredentialByNumber :one
SELECT * FROM credentials WHERE number = $1;

-- name: CredentialByCode :one
SELECT * FROM credentials WHERE code = $1;

-- name: CredentialsOfClass :many
SELECT * FROM credentials WHERE class = $1 ORDER BY id;

-- name: CredentialsOfPerson :many
SELECT * FROM credentials WHERE person = $1 ORDER BY id DESC;

-- name: CredentialOfEnrolment :one
SELECT * FROM credentials WHERE enrolment = $1
ORDER BY CASE WHEN state IN ('queued', 'issued', 'suspended') THEN 0 ELSE 1 END, id DESC
LIMIT 1;

-- name: QueuedCredentials :many
SELECT * FROM credentials WHERE state = 'queued' ORDER BY id LIMIT $1;

-- name: QueuedCredentialsOfClass :many
SELECT * FROM credentials WHERE state = 'queued' AND class = $1 AND id > $2 ORDER BY id LIMIT $3;

-- name: CountQueued :one
SELECT COUNT(*) FROM credentials WHERE state = 'queued';

-- name: CountQueuedOfClass :one
SELECT COUNT(*) FROM credentials WHERE state = 'queued' AND class = $1;

-- name: IssuedCodes :many
SELECT code FROM credentials WHERE code > $1 ORDER BY code LIMIT $2;

-- name: Exceptions :many
SELECT id, code, state, state_since, reason FROM credentials
WHERE id > $1 AND state IN ('suspended', 'revoked', 'superseded')
ORDER BY id LIMIT $2;

-- name: AddStatusEvent :execrows
INSERT INTO status_events (id, credential, from_state, to_state, reason, private, by_account, second, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING;

-- name: StatusEvents :many
SELECT * FROM status_events WHERE credential = $1 ORDER BY at, id;

-- name: AddRevocationRequest :execrows
INSERT INTO revocation_requests (id, credential, reason, private, by_account, at, decided_by, decided_at, granted, alone)
VALUES ($1, $2, $3, $4, $5, $6, '', 0, FALSE, $7)
ON CONFLICT DO NOTHING;

-- name: RevocationRequest :one
SELECT * FROM revocation_requests WHERE id = $1;

-- name: OpenRevocationRequests :many
SELECT * FROM revocation_requests WHERE credential = $1 AND decided_at = 0 ORDER BY id;

-- name: DecideRevocationRequest :execrows
UPDATE revocation_requests SET decided_by = $2, decided_at = $3, granted = $4
WHERE id = $1 AND decided_at = 0;

-- name: ReviseCredential :execrows
UPDATE credentials SET snapshot = $2, template = $3, issued_at = $4, starts_at = $5, input_hash = $6, what = $7, days = $8, version = version + 1
WHERE id = $1 AND state = 'queued';

-- name: AddCommonFacts :execrows
INSERT INTO common_facts (sha256, text) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: CommonFacts :one
SELECT id FROM common_facts WHERE sha256 = $1;
