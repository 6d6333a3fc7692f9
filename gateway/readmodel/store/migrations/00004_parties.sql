-- What an organisation has to do with an application, so that a queue holds only what
-- waits for it.

-- +goose Up
ALTER TABLE application_parties ADD COLUMN part TEXT NOT NULL DEFAULT '';
