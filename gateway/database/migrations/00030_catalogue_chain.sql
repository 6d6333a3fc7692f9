-- +goose Up
CREATE TABLE catalogue_chain (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    known      TEXT NOT NULL,    -- signed header of the last block whose changes are in the table below, JSON; '': none
    number     INTEGER NOT NULL, -- of that block, 0: none
    head       INTEGER NOT NULL, -- number of the chain's newest block when it was asked last
    stopped_at TEXT NOT NULL,    -- '': not stopped
    given      TEXT NOT NULL,    -- the signed header that does not fit to the known one, JSON; '' unless stopped
    checked_at TEXT NOT NULL,    -- of the last answer that was right
    attempts   INTEGER NOT NULL, -- that have failed since
    next_at    TEXT NOT NULL,    -- not asked before
    error      TEXT NOT NULL     -- of the last attempt
) STRICT;

CREATE TABLE catalogue_chain_changes (
    id             INTEGER PRIMARY KEY AUTOINCREMENT, -- in the order of the chain
    block          INTEGER NOT NULL,
    position       INTEGER NOT NULL,
    chain          TEXT NOT NULL,
    tx_id          TEXT NOT NULL,
    provider       TEXT NOT NULL,
    entry_id       TEXT NOT NULL,    -- on the catalogue chain
    version        INTEGER NOT NULL, -- on the catalogue chain
    action         TEXT NOT NULL,
    digest         TEXT NOT NULL,
    reason         TEXT NOT NULL,    -- of a withdrawal
    content        TEXT NOT NULL,    -- '' once it is applied
    identifier     TEXT NOT NULL,    -- of the entry here; '': not known yet
    state          TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'applied', 'refused')),
    problems       TEXT NOT NULL,    -- of a refused change, JSON
    ledger_version INTEGER NOT NULL, -- 0: nothing was written
    updated_at     TEXT NOT NULL,
    UNIQUE (block, position)
) STRICT;
CREATE INDEX catalogue_chain_changes_by_state ON catalogue_chain_changes (state, provider, id);
CREATE INDEX catalogue_chain_changes_by_entry ON catalogue_chain_changes (provider, entry_id, id);
CREATE INDEX catalogue_chain_changes_by_identifier ON catalogue_chain_changes (provider, identifier) WHERE identifier <> '';

CREATE TABLE catalogue_chain_subscriptions (
    provider   TEXT PRIMARY KEY,
    account    TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE, -- in whose name its entries are put on chain
    created_at TEXT NOT NULL,
    attempts   INTEGER NOT NULL,
    next_at    TEXT NOT NULL,
    error      TEXT NOT NULL
) STRICT;

-- +goose Down
DROP TABLE catalogue_chain_subscriptions;
DROP TABLE catalogue_chain_changes;
DROP TABLE catalogue_chain;
