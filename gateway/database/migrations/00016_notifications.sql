-- +goose Up
CREATE TABLE account_emails (
    account      TEXT PRIMARY KEY REFERENCES accounts (name) ON DELETE CASCADE,
    sealed_email TEXT NOT NULL -- sealed with the context "account-email/<account>"
) STRICT;

CREATE TABLE notifications (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    account    TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    reason     TEXT NOT NULL, -- what it is about, so that nobody is told the same twice
    kind       TEXT NOT NULL,
    subject    TEXT NOT NULL,
    case_id    TEXT NOT NULL,
    title      TEXT NOT NULL,
    state_zh   TEXT NOT NULL,
    state_en   TEXT NOT NULL,
    clock_zh   TEXT NOT NULL,
    clock_en   TEXT NOT NULL,
    due        TEXT NOT NULL, -- YYYY-MM-DD, '': no clock
    article    TEXT NOT NULL,
    created_at TEXT NOT NULL,
    read_at    TEXT,          -- NULL: not read
    UNIQUE (account, reason)
) STRICT;
CREATE INDEX notifications_unread ON notifications (account) WHERE read_at IS NULL;
CREATE INDEX notifications_by_account ON notifications (account, id);

CREATE TABLE mails (
    notification INTEGER PRIMARY KEY REFERENCES notifications (id) ON DELETE CASCADE,
    attempts     INTEGER NOT NULL,
    next_at      TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('pending', 'sent', 'dead')),
    error        TEXT NOT NULL
) STRICT;
CREATE INDEX mails_pending ON mails (next_at) WHERE state = 'pending';

CREATE TABLE notification_place (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    block    INTEGER NOT NULL, -- everything up to here in the event log has been told
    position INTEGER NOT NULL,
    reminded TEXT NOT NULL     -- ledger day whose reminders have been made
) STRICT;

-- +goose Down
DROP TABLE notification_place;
DROP TABLE mails;
DROP TABLE notifications;
DROP TABLE account_emails;
