-- Lines that begin with an engine's name in brackets are that engine's alone.

-- +goose Up
CREATE TABLE resources (
    record_kind TEXT NOT NULL, -- entry, registration
    holder TEXT NOT NULL, -- provider of an entry; empty: a registration
    id TEXT NOT NULL, -- identifier, or code
    seq BIGINT NOT NULL, -- place of its last change on the ledger
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    registrant TEXT NOT NULL,
    registrant_name TEXT NOT NULL,
    division TEXT NOT NULL,
    section TEXT NOT NULL,
    industry TEXT NOT NULL,
    data_type TEXT NOT NULL,
    status TEXT NOT NULL,
    open_type TEXT NOT NULL,
    sharing_type TEXT NOT NULL,
    update_cycle TEXT NOT NULL,
    issued_at TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    registration TEXT NOT NULL, -- its own code, or that of an active registration that covers it
    title_words TEXT NOT NULL,
    all_words TEXT NOT NULL,
    mark TEXT GENERATED ALWAYS AS (CASE WHEN registration <> '' THEN 'registered' WHEN open_type IN ('无条件开放', '有条件开放') THEN 'open' ELSE 'directory' END) STORED,
    PRIMARY KEY (record_kind, holder, id)
);
CREATE UNIQUE INDEX resources_seq ON resources (seq);
CREATE INDEX resources_division_seq ON resources (division, seq);
CREATE INDEX resources_section_seq ON resources (section, seq);
CREATE INDEX resources_mark_seq ON resources (mark, seq);
CREATE INDEX resources_registration ON resources (registration);

-- [sqlite] CREATE VIRTUAL TABLE resource_words USING fts5 (title, everything, content='', contentless_delete=1, detail='column', tokenize='ascii');
-- [sqlite] -- +goose StatementBegin
-- [sqlite] CREATE TRIGGER resources_words_added AFTER INSERT ON resources BEGIN
-- [sqlite] INSERT INTO resource_words (rowid, title, everything) VALUES (new.seq, new.title_words, new.all_words);
-- [sqlite] END;
-- [sqlite] -- +goose StatementEnd
-- [sqlite] -- +goose StatementBegin
-- [sqlite] CREATE TRIGGER resources_words_removed AFTER DELETE ON resources BEGIN
-- [sqlite] DELETE FROM resource_words WHERE rowid = old.seq;
-- [sqlite] END;
-- [sqlite] -- +goose StatementEnd
-- [sqlite] -- +goose StatementBegin
-- [sqlite] CREATE TRIGGER resources_words_changed AFTER UPDATE OF seq ON resources BEGIN
-- [sqlite] DELETE FROM resource_words WHERE rowid = old.seq;
-- [sqlite] INSERT INTO resource_words (rowid, title, everything) VALUES (new.seq, new.title_words, new.all_words);
-- [sqlite] END;
-- [sqlite] -- +goose StatementEnd

-- [postgres] ALTER TABLE resources ADD COLUMN title_vector tsvector GENERATED ALWAYS AS (array_to_tsvector(array_remove(string_to_array(title_words, ' '), ''))) STORED;
-- [postgres] ALTER TABLE resources ADD COLUMN all_vector tsvector GENERATED ALWAYS AS (array_to_tsvector(array_remove(string_to_array(all_words, ' '), ''))) STORED;
-- [postgres] CREATE INDEX resources_title_vector ON resources USING gin (title_vector);
-- [postgres] CREATE INDEX resources_all_vector ON resources USING gin (all_vector);
