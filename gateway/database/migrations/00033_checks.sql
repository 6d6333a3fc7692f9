-- +goose Up
-- What checks have found and operators are told of, until some time after it has gone.
CREATE TABLE check_findings (
    check_name TEXT NOT NULL,
    about      TEXT NOT NULL,    -- tells the findings of one check apart
    text_zh    TEXT NOT NULL,
    text_en    TEXT NOT NULL,
    began_at   TEXT NOT NULL,
    gone_at    TEXT NOT NULL,    -- since when it is not found any more; '': it is found
    told       INTEGER NOT NULL, -- 1: operators have been told that it began
    PRIMARY KEY (check_name, about)
) STRICT;

-- Up to where the audit log was found whole: shows after a restart what was cut off.
CREATE TABLE audit_checked (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    sequence INTEGER NOT NULL,
    digest   BLOB NOT NULL
) STRICT;

-- +goose Down
DROP TABLE audit_checked;
DROP TABLE check_findings;
