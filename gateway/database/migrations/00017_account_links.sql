-- +goose Up
CREATE TABLE account_links (
    issuer    TEXT NOT NULL,
    subject   TEXT NOT NULL, -- of the unified login, no name
    account   TEXT NOT NULL UNIQUE REFERENCES accounts (name) ON DELETE CASCADE,
    linked_at TEXT NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT;

-- +goose Down
DROP TABLE account_links;
