-- Room for what is sealed. Between this file and 0006 the installer seals the rows that are here already
-- (adapters/register/upgrade.py), in the same transaction.

CREATE TABLE IF NOT EXISTS register.case_key (
    case_id    bigint NOT NULL REFERENCES register.case_record (id),
    purpose    text NOT NULL CHECK (purpose IN ('contact', 'file')),
    master     text NOT NULL,      -- name of the master key that wraps it
    wrapped    bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (case_id, purpose)
);

COMMENT ON TABLE register.case_key IS
    'Keys of the cases, wrapped. Deleting a row erases what was sealed with it, in every copy (rules §5.1).';

CREATE INDEX IF NOT EXISTS case_key_master ON register.case_key (master);

ALTER TABLE register.case_record ADD COLUMN IF NOT EXISTS sealed bytea;
ALTER TABLE register.contact
    ADD COLUMN IF NOT EXISTS sealed bytea,
    ADD COLUMN IF NOT EXISTS phone_digest bytea,  -- keyed hash of the E.164 number: finds equal numbers, tells none
    ADD COLUMN IF NOT EXISTS erased_at timestamptz;
ALTER TABLE register.header_history
    ADD COLUMN IF NOT EXISTS sealed bytea,
    ADD COLUMN IF NOT EXISTS contact_sealed bytea;
ALTER TABLE register.act ADD COLUMN IF NOT EXISTS sealed bytea;
ALTER TABLE register.attachment
    ADD COLUMN IF NOT EXISTS sealed bytea,        -- the exact bytes
    ADD COLUMN IF NOT EXISTS facts_sealed bytea;  -- the file name

CREATE INDEX IF NOT EXISTS contact_phone ON register.contact (phone_digest) WHERE phone_digest IS NOT NULL;
