-- +goose Up
CREATE TABLE drafts (
    id              TEXT PRIMARY KEY,
    account         TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    revision        INTEGER NOT NULL,
    sealed_document TEXT NOT NULL,            -- the request, JSON, sealed with the context "draft/<account>/<id>"
    application     TEXT NOT NULL DEFAULT '', -- id that the request was ordered under, written before it was ordered
    ordered_at      TEXT NOT NULL DEFAULT '',
    filed           INTEGER NOT NULL DEFAULT 0, -- 1: the ledger has the application
    created_at      TEXT NOT NULL,
    updated_at      TEXT NOT NULL
) STRICT;

CREATE INDEX drafts_by_account ON drafts (account, updated_at);

-- +goose Down
DROP TABLE drafts;
