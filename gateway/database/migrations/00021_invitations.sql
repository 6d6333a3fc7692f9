-- +goose Up
CREATE TABLE invitations (
    number        INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL UNIQUE, -- the enrolment id is made of it
    token_hash    BLOB NOT NULL UNIQUE, -- SHA-256 of the link's token
    inviter       TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    organisation  TEXT NOT NULL,        -- as that of accounts
    label_zh      TEXT NOT NULL,
    label_en      TEXT NOT NULL,
    msp           TEXT NOT NULL,
    role          TEXT NOT NULL,
    uscc          TEXT NOT NULL,
    division      TEXT NOT NULL,
    office        TEXT NOT NULL,
    administrator INTEGER NOT NULL,
    created_at    TEXT NOT NULL,
    expires_at    TEXT NOT NULL,
    withdrawn_at  TEXT,                 -- NULL: not withdrawn
    accepted_at   TEXT,                 -- NULL: not accepted
    account       TEXT                  -- that was made of it
) STRICT;
CREATE INDEX invitations_by_organisation ON invitations (organisation, number);

CREATE TABLE invitation_secrets (
    invitation    TEXT PRIMARY KEY REFERENCES invitations (id) ON DELETE CASCADE,
    sealed_secret TEXT NOT NULL -- of the enrolment, sealed with the context "invitation-secret/<id>"; gone once the account is made
) STRICT;

-- +goose Down
DROP TABLE invitation_secrets;
DROP TABLE invitations;
