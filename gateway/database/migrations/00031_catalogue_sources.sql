-- +goose Up
CREATE TABLE catalogue_sources (
    id                TEXT PRIMARY KEY,
    provider          TEXT NOT NULL,
    account           TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE, -- in whose name differences are applied
    settings          TEXT NOT NULL, -- what its officer has set, JSON
    etag              TEXT NOT NULL, -- of the last answer
    modified          TEXT NOT NULL, -- its Last-Modified
    row_count         INTEGER NOT NULL,
    refused           INTEGER NOT NULL, -- rows that are not fit for the ledger
    revision          INTEGER NOT NULL, -- of the differences, 0: never compared
    difference_digest TEXT NOT NULL,
    counts            TEXT NOT NULL,    -- differences by kind, JSON
    applying          INTEGER NOT NULL, -- revision that is being applied, 0: none
    withdrawals       INTEGER NOT NULL, -- whether what is missing is withdrawn with it
    checked_at        TEXT NOT NULL,
    applied_at        TEXT NOT NULL,
    attempts          INTEGER NOT NULL, -- that have failed since
    next_at           TEXT NOT NULL,
    error             TEXT NOT NULL, -- code
    error_detail      TEXT NOT NULL,
    created_at        TEXT NOT NULL
) STRICT;
CREATE INDEX catalogue_sources_by_provider ON catalogue_sources (provider, id);

CREATE TABLE catalogue_source_rows (
    source     TEXT NOT NULL REFERENCES catalogue_sources (id) ON DELETE CASCADE,
    identifier TEXT NOT NULL,
    content    TEXT NOT NULL, -- '': the row is refused
    digest     TEXT NOT NULL,
    report     TEXT NOT NULL, -- of a refused row, JSON
    PRIMARY KEY (source, identifier)
) STRICT, WITHOUT ROWID;

CREATE TABLE catalogue_source_differences (
    source     TEXT NOT NULL REFERENCES catalogue_sources (id) ON DELETE CASCADE,
    revision   INTEGER NOT NULL,
    identifier TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('added', 'changed', 'missing', 'held')),
    name       TEXT NOT NULL,
    content    TEXT NOT NULL, -- of the source's entry; '' where it has none
    digest     TEXT NOT NULL, -- of that content
    here       TEXT NOT NULL, -- what the chain held when it was compared: '', a digest, or withdrawn/<version>
    fields     TEXT NOT NULL, -- that differ, JSON
    outcome    TEXT NOT NULL CHECK (outcome IN ('', 'applied', 'overtaken', 'refused', 'kept')),
    problem    TEXT NOT NULL, -- of a refused one, JSON
    PRIMARY KEY (source, revision, identifier)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE catalogue_source_differences;
DROP TABLE catalogue_source_rows;
DROP TABLE catalogue_sources;
