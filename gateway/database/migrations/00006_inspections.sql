-- +goose Up
CREATE TABLE inspections (
    ended_at TEXT NOT NULL, -- of a whole inspection of the evidence store
    objects  INTEGER NOT NULL,
    bytes    INTEGER NOT NULL,
    findings INTEGER NOT NULL,
    PRIMARY KEY (ended_at)
) STRICT;

-- +goose Down
DROP TABLE inspections;
