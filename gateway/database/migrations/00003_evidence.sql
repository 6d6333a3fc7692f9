-- +goose Up
CREATE TABLE evidence_files (
    owner       TEXT NOT NULL,
    cid         TEXT NOT NULL,
    sealed_name TEXT NOT NULL, -- file name, sealed with the context "evidence-name/<owner>/<cid>"
    uploaded_at TEXT NOT NULL,
    PRIMARY KEY (owner, cid)
) STRICT;

-- +goose Down
DROP TABLE evidence_files;
