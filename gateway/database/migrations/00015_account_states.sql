-- +goose Up
ALTER TABLE accounts ADD COLUMN disabled_at TEXT; -- NULL: may log in
ALTER TABLE accounts ADD COLUMN login_at TEXT;    -- NULL: never

-- +goose Down
ALTER TABLE accounts DROP COLUMN login_at;
ALTER TABLE accounts DROP COLUMN disabled_at;
