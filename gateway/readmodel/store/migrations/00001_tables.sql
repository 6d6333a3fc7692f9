-- Rendered for the engine before it is run: TEXT compares by bytes in both.

-- +goose Up
CREATE TABLE checkpoint (
    id BIGINT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL, -- of the last block applied; -1: none
    hash TEXT NOT NULL, -- of its header, hexadecimal
    mapping BIGINT NOT NULL -- version of the code that made the rows
);
INSERT INTO checkpoint (id, number, hash, mapping) VALUES (1, -1, '', 0);

CREATE TABLE blocks (
    number BIGINT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL,
    transactions BIGINT NOT NULL,
    valid BIGINT NOT NULL
);

CREATE TABLE catalog_entries (
    provider TEXT NOT NULL,
    identifier TEXT NOT NULL,
    version BIGINT NOT NULL,
    status TEXT NOT NULL,
    name TEXT NOT NULL,
    provider_name TEXT NOT NULL,
    format TEXT NOT NULL,
    sharing_type TEXT NOT NULL,
    open_type TEXT NOT NULL,
    update_cycle TEXT NOT NULL,
    section TEXT NOT NULL,
    industry TEXT NOT NULL,
    division TEXT NOT NULL,
    publish_date TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    tx_id TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (provider, identifier)
);
CREATE INDEX catalog_entries_changed_at_provider_identifier ON catalog_entries (changed_at, provider, identifier);
CREATE INDEX catalog_entries_status_changed_at_provider_identifier ON catalog_entries (status, changed_at, provider, identifier);
CREATE INDEX catalog_entries_provider_changed_at_identifier ON catalog_entries (provider, changed_at, identifier);
CREATE INDEX catalog_entries_division_changed_at_provider_identifier ON catalog_entries (division, changed_at, provider, identifier);
CREATE INDEX catalog_entries_section_changed_at_provider_identifier ON catalog_entries (section, changed_at, provider, identifier);

CREATE TABLE catalog_versions (
    provider TEXT NOT NULL,
    identifier TEXT NOT NULL,
    version BIGINT NOT NULL,
    status TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (provider, identifier, version)
);

CREATE TABLE evidence (
    owner TEXT NOT NULL,
    cid TEXT NOT NULL,
    kind TEXT NOT NULL,
    sealed BIGINT NOT NULL,
    anchored_at TEXT NOT NULL,
    tx_id TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (owner, cid)
);
CREATE INDEX evidence_owner_anchored_at_cid ON evidence (owner, anchored_at, cid);
CREATE INDEX evidence_cid ON evidence (cid);

CREATE TABLE applications (
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    kind TEXT NOT NULL,
    filing TEXT NOT NULL,
    state TEXT NOT NULL,
    registrant TEXT NOT NULL,
    registrant_name TEXT NOT NULL,
    division TEXT NOT NULL,
    data_name TEXT NOT NULL,
    industry TEXT NOT NULL,
    data_type TEXT NOT NULL,
    summary TEXT NOT NULL,
    applicant TEXT NOT NULL,
    registration TEXT NOT NULL,
    late_days BIGINT NOT NULL,
    due TEXT NOT NULL,
    due_clock TEXT NOT NULL,
    due_provisional BIGINT NOT NULL,
    notice_start TEXT NOT NULL,
    notice_end TEXT NOT NULL,
    objections_open BIGINT NOT NULL,
    submitted_at TEXT NOT NULL,
    filed_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    tx_id TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX applications_state_due_id ON applications (state, due, id);
CREATE INDEX applications_state_division_due_id ON applications (state, division, due, id);
CREATE INDEX applications_state_notice_end_id ON applications (state, notice_end, id);
CREATE INDEX applications_submitted_at_id ON applications (submitted_at, id);
CREATE INDEX applications_division_submitted_at_id ON applications (division, submitted_at, id);
CREATE INDEX applications_applicant_submitted_at_id ON applications (applicant, submitted_at, id);
CREATE INDEX applications_registration_submitted_at_id ON applications (registration, submitted_at, id);

CREATE TABLE application_parties (
    application TEXT NOT NULL,
    registrant TEXT NOT NULL,
    submitted_at TEXT NOT NULL,
    PRIMARY KEY (application, registrant)
);
CREATE INDEX application_parties_registrant_submitted_at_application ON application_parties (registrant, submitted_at, application);

CREATE TABLE application_entries (
    application TEXT NOT NULL,
    provider TEXT NOT NULL,
    identifier TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (application, provider, identifier)
);
CREATE INDEX application_entries_provider_identifier_application ON application_entries (provider, identifier, application);

CREATE TABLE clocks (
    subject TEXT NOT NULL,
    id TEXT NOT NULL,
    position BIGINT NOT NULL,
    clock TEXT NOT NULL,
    started_on TEXT NOT NULL,
    due TEXT NOT NULL,
    provisional BIGINT NOT NULL,
    PRIMARY KEY (subject, id, position)
);
CREATE INDEX clocks_due_subject_id_position ON clocks (due, subject, id, position);

CREATE TABLE steps (
    subject TEXT NOT NULL,
    id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    action TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    article TEXT NOT NULL,
    actor TEXT NOT NULL,
    actor_role TEXT NOT NULL,
    reason_code TEXT NOT NULL,
    taken_at TEXT NOT NULL,
    tx_id TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (subject, id, seq)
);
CREATE INDEX steps_actor_taken_at ON steps (actor, taken_at);

CREATE TABLE objections (
    id TEXT NOT NULL,
    application TEXT NOT NULL,
    state TEXT NOT NULL,
    objector TEXT NOT NULL,
    due TEXT NOT NULL,
    due_clock TEXT NOT NULL,
    due_provisional BIGINT NOT NULL,
    raised_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    tx_id TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX objections_application_raised_at_id ON objections (application, raised_at, id);
CREATE INDEX objections_state_due_id ON objections (state, due, id);
CREATE INDEX objections_objector_raised_at_id ON objections (objector, raised_at, id);

CREATE TABLE registrations (
    code TEXT NOT NULL,
    version BIGINT NOT NULL,
    status TEXT NOT NULL,
    kind TEXT NOT NULL,
    registrant TEXT NOT NULL,
    registrant_name TEXT NOT NULL,
    division TEXT NOT NULL,
    data_name TEXT NOT NULL,
    section TEXT NOT NULL,
    industry TEXT NOT NULL,
    data_type TEXT NOT NULL,
    summary TEXT NOT NULL,
    application TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_until TEXT NOT NULL,
    issued_at TEXT NOT NULL,
    ended_at TEXT NOT NULL,
    national_code TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    tx_id TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (code)
);
CREATE INDEX registrations_issued_at_code ON registrations (issued_at, code);
CREATE INDEX registrations_division_issued_at_code ON registrations (division, issued_at, code);
CREATE INDEX registrations_section_issued_at_code ON registrations (section, issued_at, code);
CREATE INDEX registrations_status_issued_at_code ON registrations (status, issued_at, code);
CREATE INDEX registrations_status_valid_until_code ON registrations (status, valid_until, code);
CREATE INDEX registrations_national_code ON registrations (national_code);

CREATE TABLE registration_versions (
    code TEXT NOT NULL,
    version BIGINT NOT NULL,
    updated_at TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (code, version)
);

CREATE TABLE registration_parties (
    code TEXT NOT NULL,
    registrant TEXT NOT NULL,
    issued_at TEXT NOT NULL,
    PRIMARY KEY (code, registrant)
);
CREATE INDEX registration_parties_registrant_issued_at_code ON registration_parties (registrant, issued_at, code);

CREATE TABLE registration_entries (
    code TEXT NOT NULL,
    provider TEXT NOT NULL,
    identifier TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (code, provider, identifier)
);
CREATE INDEX registration_entries_provider_identifier_code ON registration_entries (provider, identifier, code);

CREATE TABLE supervisions (
    id TEXT NOT NULL,
    concern TEXT NOT NULL,
    registration TEXT NOT NULL,
    ground TEXT NOT NULL,
    state TEXT NOT NULL,
    due TEXT NOT NULL,
    due_clock TEXT NOT NULL,
    due_provisional BIGINT NOT NULL,
    opened_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    tx_id TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX supervisions_concern_opened_at_id ON supervisions (concern, opened_at, id);
CREATE INDEX supervisions_opened_at_id ON supervisions (opened_at, id);
CREATE INDEX supervisions_state_due_id ON supervisions (state, due, id);

CREATE TABLE mandates (
    holder TEXT NOT NULL,
    id TEXT NOT NULL,
    division TEXT NOT NULL,
    valid_until TEXT NOT NULL,
    withdrawn BIGINT NOT NULL,
    granted_at TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (holder, id)
);
CREATE INDEX mandates_valid_until_holder_id ON mandates (valid_until, holder, id);

CREATE TABLE measurements (
    day TEXT NOT NULL,
    tx_id TEXT NOT NULL,
    n BIGINT NOT NULL,
    subject TEXT NOT NULL,
    id TEXT NOT NULL,
    action TEXT NOT NULL,
    counts TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (day, tx_id, n)
);
CREATE INDEX measurements_day_subject_action_counts ON measurements (day, subject, action, counts);

CREATE TABLE measured_clocks (
    day TEXT NOT NULL,
    tx_id TEXT NOT NULL,
    n BIGINT NOT NULL,
    position BIGINT NOT NULL,
    clock TEXT NOT NULL,
    used_days BIGINT NOT NULL,
    overdue_days BIGINT NOT NULL,
    PRIMARY KEY (day, tx_id, n, position)
);
CREATE INDEX measured_clocks_day_clock_used_days_overdue_days ON measured_clocks (day, clock, used_days, overdue_days);

CREATE TABLE documents (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (kind, id)
);

CREATE TABLE events (
    block BIGINT NOT NULL,
    position BIGINT NOT NULL,
    tx_id TEXT NOT NULL,
    type TEXT NOT NULL,
    subject TEXT NOT NULL,
    actor TEXT NOT NULL,
    actor_role TEXT NOT NULL,
    occurred_at TEXT NOT NULL,
    PRIMARY KEY (block, position)
);
CREATE INDEX events_subject_block_position ON events (subject, block, position);
CREATE INDEX events_type_block_position ON events (type, block, position);
CREATE INDEX events_actor_block_position ON events (actor, block, position);
CREATE INDEX events_tx_id ON events (tx_id);
