-- +goose Up
CREATE TABLE proofs (
    code       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    proof      TEXT NOT NULL, -- compact proof that the sheet shows; holds nothing that is not public
    created_at TEXT NOT NULL,
    PRIMARY KEY (code, version),
    FOREIGN KEY (code, version) REFERENCES slips (code, version)
) STRICT;

-- +goose Down
DROP TABLE proofs;
