-- +goose Up
CREATE TABLE accounts (
    name          TEXT PRIMARY KEY,
    label_zh      TEXT NOT NULL,
    label_en      TEXT NOT NULL,
    password_hash TEXT NOT NULL, -- argon2id, PHC string
    msp           TEXT NOT NULL,
    certificate   TEXT NOT NULL, -- PEM
    sealed_key    TEXT NOT NULL, -- PEM, sealed with the context "account-key/<name>"
    updated_at    TEXT NOT NULL
) STRICT;

CREATE TABLE sessions (
    token_hash BLOB PRIMARY KEY, -- SHA-256 of the bearer token
    account    TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;

CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- +goose Down
DROP TABLE sessions;
DROP TABLE accounts;
