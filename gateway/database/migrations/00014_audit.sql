-- +goose Up
CREATE TABLE audit_entries (
    sequence   INTEGER PRIMARY KEY, -- 1, 2, 3, ... without a gap
    at         TEXT NOT NULL,       -- RFC 3339, UTC
    account    TEXT NOT NULL,       -- '' for a guest
    role       TEXT NOT NULL,       -- as the certificate says
    address    TEXT NOT NULL,
    method     TEXT NOT NULL,
    route      TEXT NOT NULL,
    path       TEXT NOT NULL,
    status     INTEGER NOT NULL,
    code       TEXT NOT NULL,       -- of a refusal
    tx_id      TEXT NOT NULL,
    request_id TEXT NOT NULL,
    digest     BLOB NOT NULL        -- SHA-256 over the digest before and the entry
) STRICT;

CREATE INDEX audit_by_account ON audit_entries (account, sequence);
CREATE INDEX audit_by_request ON audit_entries (request_id);
CREATE INDEX audit_by_time ON audit_entries (at);

-- What was removed after its time: the chain goes on from here.
CREATE TABLE audit_base (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    sequence INTEGER NOT NULL,
    digest   BLOB NOT NULL
) STRICT;

-- +goose Down
DROP TABLE audit_base;
DROP TABLE audit_entries;
