-- +goose Up
CREATE TABLE proof_certificates (
    owner       TEXT NOT NULL, -- MSP of a peer; empty for a slip signer
    certificate BLOB NOT NULL, -- DER; compact proofs on paper refer to it, so that it stays
    created_at  TEXT NOT NULL,
    PRIMARY KEY (owner, certificate)
) STRICT;

-- +goose Down
DROP TABLE proof_certificates;
