-- The connector's own tables. Schema "phanhoi" is on the search path of every connection.

-- One feedback case over all systems.
CREATE TABLE case_record (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code          text UNIQUE,               -- the register's case code, once any system told it
    origin_system text        NOT NULL,
    origin_ref    text        NOT NULL,
    dirty_at      timestamptz,               -- set by an observation or an outcome, cleared by settle
    created_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (origin_system, origin_ref)
);
CREATE INDEX case_dirty ON case_record (id) WHERE dirty_at IS NOT NULL;

-- What one system holds of a case, and (for a portal) the baseline both sides agreed on.
CREATE TABLE link (
    case_id     bigint      NOT NULL REFERENCES case_record,
    system      text        NOT NULL,
    ref         text        NOT NULL,
    state       jsonb,                       -- newest canonical telling, absent until it was read
    status      text,                        -- derived from the acts in state
    baseline    jsonb,
    refresh_at  timestamptz,                 -- when the case is to be read again; null: not needed
    changed_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (case_id, system),
    UNIQUE (system, ref)
);
CREATE INDEX link_refresh ON link (system, refresh_at) WHERE refresh_at IS NOT NULL;

-- What a system said at a moment. Append-only.
CREATE TABLE observation (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    system      text        NOT NULL,
    ref         text        NOT NULL,
    case_id     bigint REFERENCES case_record,
    kind        text        NOT NULL,
    version     text        NOT NULL,
    digest      text        NOT NULL,        -- SHA-256 of the exact bytes
    fingerprint text        NOT NULL,        -- digest of the decoded record: equal means seen already
    media_type  text        NOT NULL,
    raw         bytea       NOT NULL,
    data        jsonb       NOT NULL,        -- the decoded record, so that a corrected mapping can read it again
    observed_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (system, ref, kind, fingerprint)
);
CREATE INDEX observation_case ON observation (case_id);

-- One intended write to one system. These rows are the truth; the queue only wakes lanes.
CREATE TABLE delivery (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id         bigint      NOT NULL REFERENCES case_record,
    target          text        NOT NULL,
    source          text        NOT NULL,
    intent          text        NOT NULL,    -- create | update | append | tighten
    act_id          text,
    revision        integer     NOT NULL DEFAULT 0,
    key             uuid        NOT NULL UNIQUE,
    epoch           integer     NOT NULL DEFAULT 0,   -- a new key after a refused attempt that had no effect
    state           text        NOT NULL CHECK (state IN
                      ('planned', 'sent', 'done', 'in_doubt', 'waiting', 'quarantined', 'cancelled', 'dismissed')),
    operation       jsonb,                   -- the rendered write, kept only until its outcome is known
    basis           jsonb,                   -- digests of what was rendered: becomes the baseline when done
    attempts        integer     NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    error_code      text,
    error_text      text,
    receipt         jsonb,
    created_at      timestamptz NOT NULL DEFAULT now(),
    sent_at         timestamptz,
    finished_at     timestamptz,
    UNIQUE NULLS NOT DISTINCT (case_id, target, intent, act_id, revision)
);
CREATE INDEX delivery_open ON delivery (target, case_id, id)
    WHERE state IN ('planned', 'sent', 'in_doubt', 'waiting', 'quarantined');

-- Every transaction id that ever left us, so that an echo is recognised whatever happened since.
CREATE TABLE delivery_key (
    key         uuid   PRIMARY KEY,
    delivery_id bigint NOT NULL REFERENCES delivery
);

CREATE TABLE watermark (
    system     text PRIMARY KEY,
    value      text,
    total      integer,                      -- size of the last whole answer, for the emptied-answer guard
    asked_at   timestamptz,
    ok_at      timestamptz,
    released   boolean NOT NULL DEFAULT false   -- a person let the next answer pass the guard, once
);

-- What could not be used, with the reason; nothing leaves this table by age.
CREATE TABLE quarantine (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject        text        NOT NULL,     -- "<system>/<ref>" or "delivery/<id>" or "case/<id>/<reason>"
    system         text        NOT NULL,
    ref            text,
    case_id        bigint REFERENCES case_record,
    delivery_id    bigint REFERENCES delivery,
    observation_id bigint REFERENCES observation,
    code           text        NOT NULL,
    reason         text        NOT NULL,
    candidates     jsonb       NOT NULL DEFAULT '[]',
    state          text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'resolved', 'dismissed')),
    first_seen     timestamptz NOT NULL DEFAULT now(),
    last_seen      timestamptz NOT NULL DEFAULT now(),
    closed_by      text,
    closed_note    text
);
CREATE UNIQUE INDEX quarantine_open ON quarantine (subject, code) WHERE state = 'open';

CREATE TABLE pause (
    scope  text PRIMARY KEY,                 -- system:<name> | flow:<flow>:<name> | case:<id>
    reason text        NOT NULL,
    code   text,
    actor  text        NOT NULL,
    at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE run (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text        NOT NULL,
    system     text,
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at   timestamptz,
    outcome    text,
    error_code text,
    counts     jsonb       NOT NULL DEFAULT '{}'
);

-- Unguessable, expiring addresses of files that a portal fetches. Only the hash of the token is kept.
CREATE TABLE file_ticket (
    token_hash bytea PRIMARY KEY,
    system     text        NOT NULL,
    ref        text        NOT NULL,
    attachment jsonb       NOT NULL,
    expires_at timestamptz NOT NULL
);

-- The reconciliation log: append-only, each entry carries the hash of the one before.
CREATE TABLE ledger_entry (
    seq         bigint      PRIMARY KEY,
    at          timestamptz NOT NULL,
    kind        text        NOT NULL,
    system      text,
    case_id     bigint,
    delivery_id bigint,
    actor       text        NOT NULL,
    data        jsonb       NOT NULL,
    prev_hash   text        NOT NULL,
    hash        text        NOT NULL
);
CREATE INDEX ledger_entry_case ON ledger_entry (case_id);

-- One row: the end of the chain. Locking it orders the entries of all nodes.
CREATE TABLE ledger_head (
    one  boolean PRIMARY KEY DEFAULT true CHECK (one),
    seq  bigint NOT NULL,
    hash text   NOT NULL
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = 'raise_exception';
END $$;
CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER observation_append_only BEFORE DELETE OR TRUNCATE ON observation
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
