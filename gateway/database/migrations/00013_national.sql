-- +goose Up
CREATE TABLE national_deliveries (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    registration  TEXT NOT NULL,
    sequence      INTEGER NOT NULL, -- of the registration, from 1
    key           TEXT NOT NULL UNIQUE, -- idempotency key
    kind          TEXT NOT NULL,
    version       INTEGER NOT NULL,
    digest        TEXT NOT NULL, -- of the record that is sent
    body          TEXT NOT NULL, -- the delivery, JSON
    state         TEXT NOT NULL CHECK (state IN ('pending', 'accepted', 'delivered', 'dead')),
    attempts      INTEGER NOT NULL,
    next_at       TEXT NOT NULL, -- when it is tried again
    error         TEXT NOT NULL, -- of the last attempt
    receipt       TEXT NOT NULL,
    national_code TEXT NOT NULL,
    created_at    TEXT NOT NULL,
    updated_at    TEXT NOT NULL,
    UNIQUE (registration, sequence)
) STRICT;

CREATE INDEX national_deliveries_due ON national_deliveries (state, next_at, id);

CREATE TABLE national_place (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    block    INTEGER NOT NULL, -- of the last event that the deliveries include
    position INTEGER NOT NULL
) STRICT;

-- +goose Down
DROP TABLE national_place;
DROP TABLE national_deliveries;
