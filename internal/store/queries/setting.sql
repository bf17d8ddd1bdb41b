-- name: Setting :many
SELECT value FROM settings WHERE name = $1;

-- name: PutSetting :execrows
INSERT INTO settings (name, value) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: AddSetting :execrows
INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING;
