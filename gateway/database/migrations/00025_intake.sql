-- +goose Up
CREATE TABLE intake_permits (
    permit_digest TEXT PRIMARY KEY, -- of the random permit, which only the objector holds
    subject       TEXT NOT NULL,    -- "application/<id>" that is objected to, or "objection/<id>" that is supplied with more
    taken_at      TEXT,             -- NULL: not used yet
    expires_at    TEXT NOT NULL
) STRICT;

CREATE TABLE intake_files (
    permit_digest TEXT NOT NULL,
    upload        TEXT NOT NULL,             -- of the unfinished uploads, whose owner is the permit
    sealed_name   TEXT NOT NULL,             -- sealed with the context "intake-file/<permit digest>/<upload>"
    size          INTEGER NOT NULL,          -- bytes
    cid           TEXT NOT NULL DEFAULT '',  -- once it is stored and anchored
    PRIMARY KEY (permit_digest, upload)
) STRICT;

CREATE TABLE intake_codes (
    code_digest TEXT PRIMARY KEY,      -- of the tracking code, which only the objector holds
    objection   TEXT NOT NULL UNIQUE,
    created_at  TEXT NOT NULL
) STRICT;

CREATE TABLE intake_keys (
    name       TEXT PRIMARY KEY,
    sealed_key TEXT NOT NULL -- sealed with the context "intake-key/<name>"
) STRICT;

-- +goose Down
DROP TABLE intake_keys;
DROP TABLE intake_codes;
DROP TABLE intake_files;
DROP TABLE intake_permits;
