-- Keys of cases, wrapped by a master key that lies outside the database (connector/store/vault.py).
CREATE TABLE case_key (
    owner        text        NOT NULL,       -- "<system>/<ref>" or "case/<id>"
    part         text        NOT NULL CHECK (part IN ('contact', 'file')),
    case_id      bigint REFERENCES case_record,
    master       text,                       -- name of the master key; null once destroyed
    blob         bytea,                      -- the wrapped key; null once destroyed
    made_at      timestamptz NOT NULL DEFAULT now(),
    destroyed_at timestamptz,
    PRIMARY KEY (owner, part),
    CHECK ((blob IS NULL) = (destroyed_at IS NOT NULL) AND (blob IS NULL) = (master IS NULL))
);
CREATE INDEX case_key_case ON case_key (case_id);
CREATE INDEX case_key_master ON case_key (master);

-- What remains of a case that was taken off the system or erased: no content, for good.
ALTER TABLE case_record
    ADD ended_as    text CHECK (ended_as IN ('off_system', 'erased', 'contact_erased')),
    ADD ended_at    timestamptz,
    ADD ended_by    text,                    -- account of the officer
    ADD ended_basis text;                    -- number of the decision, or reason of the erasure

-- Markings of state secrecy that an officer looked at and cleared: sealed, as they describe the content.
CREATE TABLE secrecy_clearance (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id        bigint      NOT NULL REFERENCES case_record,
    sealed_digests bytea,
    officer        text        NOT NULL,
    basis          text        NOT NULL,
    at             timestamptz NOT NULL
);
CREATE INDEX secrecy_clearance_case ON secrecy_clearance (case_id);

ALTER TABLE link
    ADD sealed_state    bytea,               -- newest telling without the sender: file key
    ADD sealed_sender   bytea,               -- the sender: contact key
    ADD sealed_baseline bytea;               -- digests; a phone could be guessed from one: contact key
ALTER TABLE observation
    ALTER raw DROP NOT NULL,
    ALTER data DROP NOT NULL,
    ADD sealed_raw  bytea,                   -- exact bytes: contact key
    ADD sealed_data bytea;                   -- the decoded record, so that a corrected mapping can read it again
ALTER TABLE delivery
    ADD sealed_operation  bytea,             -- the rendered write, kept only until its outcome is known: contact key
    ADD sealed_basis      bytea,
    ADD sealed_error_text bytea,
    ADD sealed_receipt    bytea;
ALTER TABLE quarantine
    ALTER reason DROP NOT NULL,
    ADD sealed_reason      bytea,
    ADD sealed_closed_note bytea;
ALTER TABLE file_ticket
    ALTER attachment DROP NOT NULL,
    ADD sealed_attachment bytea;
