-- +goose Up
ALTER TABLE accounts ADD COLUMN administrator INTEGER NOT NULL DEFAULT 0; -- 1: keeps the accounts of its organisation
ALTER TABLE accounts ADD COLUMN organisation TEXT;           -- whom it acts for, '': operators alone keep it; NULL: not read from the certificate yet
ALTER TABLE accounts ADD COLUMN revoked_at TEXT;             -- NULL: not revoked
ALTER TABLE accounts ADD COLUMN certificate_revoked_at TEXT; -- NULL: the certificate authority does not know yet
CREATE INDEX accounts_by_organisation ON accounts (organisation, name);

-- +goose Down
DROP INDEX accounts_by_organisation;
ALTER TABLE accounts DROP COLUMN certificate_revoked_at;
ALTER TABLE accounts DROP COLUMN revoked_at;
ALTER TABLE accounts DROP COLUMN organisation;
ALTER TABLE accounts DROP COLUMN administrator;
