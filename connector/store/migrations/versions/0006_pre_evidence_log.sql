-- What an entry commits to without showing it: name → hex. Null: an entry of format 1.
ALTER TABLE ledger_entry ADD commitments jsonb;

-- Salts and values of the commitments, sealed with a key of case/<id>: they end with it, the entry stays.
CREATE TABLE ledger_opening (
    seq     bigint NOT NULL,                 -- of the entry
    part    text   NOT NULL CHECK (part IN ('contact', 'file')),
    case_id bigint NOT NULL REFERENCES case_record,
    sealed  bytea  NOT NULL,
    PRIMARY KEY (seq, part)
);
CREATE INDEX ledger_opening_case ON ledger_opening (case_id);

-- Perfect subtrees of the Merkle tree (connector/store/tiles.py): what a proof needs without reading a million entries.
CREATE TABLE ledger_tile (
    level  smallint NOT NULL,                -- 8, 16, 24 …: 2^level entries
    number bigint   NOT NULL,                -- the entries number·2^level + 1 to (number+1)·2^level
    hash   bytea    NOT NULL,
    leaves bytea,                            -- level 8: the 256 leaf hashes one after the other
    PRIMARY KEY (level, number)
);

-- Signed checkpoints. The columns after the note are filled when they come; nothing else ever changes.
CREATE TABLE ledger_checkpoint (
    size            bigint PRIMARY KEY,
    root            bytea       NOT NULL,
    head_hash       text        NOT NULL,    -- hash of entry number size: where the chain goes on
    signed_at       timestamptz NOT NULL,
    note            text        NOT NULL,    -- as it was signed
    timestamp_token bytea,                   -- RFC 3161, over the note's text
    cosignatures    text,                    -- the witness's signature lines
    filed_at        timestamptz              -- when it was written into the write-once folder
);

CREATE FUNCTION refuse_other_checkpoint() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.size, OLD.root, OLD.head_hash, OLD.signed_at, OLD.note)
       IS DISTINCT FROM (NEW.size, NEW.root, NEW.head_hash, NEW.signed_at, NEW.note) THEN
        RAISE EXCEPTION 'table ledger_checkpoint is append-only' USING ERRCODE = 'raise_exception';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_checkpoint_append_only BEFORE DELETE OR TRUNCATE ON ledger_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_checkpoint_unchanged BEFORE UPDATE ON ledger_checkpoint
    FOR EACH ROW EXECUTE FUNCTION refuse_other_checkpoint();

-- Public keys by which checkpoints are checked, and since when and until when each counts.
CREATE TABLE ledger_key (
    id          text PRIMARY KEY,            -- as signature lines name it
    label       text        NOT NULL,        -- its name in the key file
    name        text        NOT NULL,        -- its name in notes: the origin of the log
    public      bytea       NOT NULL,
    valid_from  timestamptz NOT NULL,
    valid_until timestamptz
);

-- What could not be done with a checkpoint (seal, folder, witness, timestamp), and since when; empty when all is well.
CREATE TABLE ledger_outlet (
    outlet   text PRIMARY KEY,
    code     text        NOT NULL,           -- of the error
    since    timestamptz NOT NULL,
    tried_at timestamptz NOT NULL
);
