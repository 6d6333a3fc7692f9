-- +goose Up
CREATE TABLE objectors (
    identity_digest TEXT PRIMARY KEY, -- as the ledger has it
    sealed_document TEXT NOT NULL,    -- real name, identity number and statement, JSON, sealed with the context "objector/<identity digest>"
    created_at      TEXT NOT NULL
) STRICT;

-- +goose Down
DROP TABLE objectors;
