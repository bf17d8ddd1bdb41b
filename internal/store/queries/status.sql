-- name: NewestListOf :one
SELECT * FROM status_lists WHERE issuer = $1 ORDER BY id DESC LIMIT 1;

-- name: LastList :one
SELECT CAST(COALESCE(MAX(id), 0) AS BIGINT) AS id FROM status_lists;

-- name: OpenList :execrows
INSERT INTO status_lists (id, size, taken, issuer) VALUES ($1, $2, 0, $3);

-- name: StatusLists :many
SELECT id, issuer FROM status_lists WHERE taken > 0 ORDER BY id;

-- name: ListExceptions :many
SELECT list_index, state FROM credentials
WHERE list = $1 AND list_index > $2 AND state IN ('suspended', 'revoked', 'superseded')
ORDER BY list_index LIMIT $3;

-- name: CodesAfter :many
SELECT id, code FROM credentials WHERE id > $1 ORDER BY id LIMIT $2;

-- name: LastCredential :one
SELECT CAST(COALESCE(MAX(id), '') AS TEXT) AS id FROM credentials;

-- name: CountCredentials :one
SELECT COUNT(*) FROM credentials;

-- name: SnapshotsOf :many
SELECT id, code, snapshot FROM credentials WHERE id > $1 AND issuer = $2 AND state <> 'queued' AND reason <> 'holder.removed' ORDER BY id LIMIT $3;
