-- What came in, byte for byte, and what was found out about the signatures of files (rules R13, R28, §5.4).

CREATE TABLE IF NOT EXISTS register.evidence (
    number      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id     bigint NOT NULL REFERENCES register.case_record (id),
    kind        text NOT NULL,         -- submission, supplement, create, update, append, command:<name>
    received_at timestamptz NOT NULL,
    source_at   timestamptz,           -- by the sender's or the other system's clock, if told
    channel     text,
    token       text NOT NULL,         -- role:name of the caller's token; sql: direct access
    officer     text,
    peer        text,                  -- subject of the TLS client certificate, else the network address
    size        bigint NOT NULL,
    sha256      text NOT NULL,         -- over the bytes before any change of Unicode form
    sealed      bytea                  -- null: destroyed with the case's key; the hash stays
);

CREATE INDEX IF NOT EXISTS evidence_case ON register.evidence (case_id, number);
ALTER TABLE register.evidence ALTER COLUMN sealed SET STORAGE EXTERNAL;

CREATE TABLE IF NOT EXISTS register.signature_check (
    case_id       bigint NOT NULL,
    attachment_id text NOT NULL,
    checked_at    timestamptz NOT NULL,
    outcome       text NOT NULL,
    count         integer NOT NULL,
    sealed        bytea,               -- signers, certificates and what is said of each signature
    PRIMARY KEY (case_id, attachment_id),
    FOREIGN KEY (case_id, attachment_id) REFERENCES register.attachment (case_id, attachment_id)
);
