-- +goose Up
CREATE TABLE issuances (
    application       TEXT PRIMARY KEY,
    account           TEXT NOT NULL, -- the issuer who acts, and in whose name a resumed issuance goes on
    sealed_query_code TEXT NOT NULL, -- sealed with the context "query-code/<application>"
    salt              TEXT NOT NULL, -- 32 hex digits
    digest            TEXT NOT NULL, -- "sm3:" and hex of salt || query code
    code              TEXT,          -- registration code, once it is known
    created_at        TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX issuances_by_code ON issuances (code) WHERE code IS NOT NULL;

CREATE TABLE slips (
    code        TEXT NOT NULL,
    version     INTEGER NOT NULL,
    digest      TEXT NOT NULL, -- of the slip, as the ledger anchors it
    sealed_slip TEXT NOT NULL, -- signed slip, JSON, sealed with the context "slip/<code>/<version>"
    anchored    INTEGER NOT NULL DEFAULT 0,
    created_at  TEXT NOT NULL,
    PRIMARY KEY (code, version)
) STRICT;

CREATE INDEX slips_under_way ON slips (anchored) WHERE anchored = 0;

-- +goose Down
DROP TABLE slips;
DROP TABLE issuances;
