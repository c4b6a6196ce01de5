-- One difference between two systems, over all its spells. Values only as digests, and those sealed.
CREATE TABLE finding (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name          text        NOT NULL UNIQUE,   -- what it is known by from pass to pass
    kind          text        NOT NULL,          -- class
    system        text        NOT NULL,          -- portal of the pair, or where it shows
    side          text CHECK (side IN ('here', 'there')),
    case_id       bigint REFERENCES case_record,
    ref           text,
    field         text,                          -- name of a field, or id of an act
    cause         text        NOT NULL,
    code          text,
    role          text        NOT NULL,
    agency        text,
    severity      text        NOT NULL,
    due_at        timestamptz,
    repairable    boolean     NOT NULL,
    here_at       timestamptz,                   -- as of when each side was read
    there_at      timestamptz,
    first_seen    timestamptz NOT NULL,
    last_seen     timestamptz NOT NULL,
    opened_at     timestamptz NOT NULL,
    closed_at     timestamptz,                   -- null: open
    spells        integer     NOT NULL DEFAULT 1,
    sealed_print  bytea,                         -- digest of what it says: of values, so contact key
    ack_by        text,
    ack_at        timestamptz,
    ack_until     timestamptz,
    sealed_ack    bytea                          -- the person's note
);
CREATE INDEX finding_open ON finding (system, id) WHERE closed_at IS NULL;
CREATE INDEX finding_case ON finding (case_id);
CREATE INDEX finding_ref ON finding (system, ref) WHERE case_id IS NULL;

-- One pass over a portal and the register, or over some cases of them. What is needed to go on after a stop lies here.
CREATE TABLE reconcile_run (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    system     text        NOT NULL,             -- the portal
    scope      jsonb       NOT NULL,
    state      text        NOT NULL CHECK (state IN ('waiting', 'running', 'stopped', 'failed', 'done', 'dropped')),
    step       text        NOT NULL,             -- what comes next
    progress   jsonb       NOT NULL DEFAULT '{}',   -- how far each step got: cursors, last ids
    counts     jsonb       NOT NULL DEFAULT '{}',
    actor      text        NOT NULL,
    error_code text,
    stop       boolean     NOT NULL DEFAULT false,  -- a person asked it to stop
    started_at timestamptz NOT NULL,
    ended_at   timestamptz
);
CREATE UNIQUE INDEX reconcile_run_one ON reconcile_run (system) WHERE state = 'running';

-- How far a system was asked for changes by the reconciliation of a portal; never the live watermark.
CREATE TABLE reconcile_cursor (
    portal   text        NOT NULL,
    system   text        NOT NULL,
    value    text,
    told_at  timestamptz NOT NULL DEFAULT now(),   -- by the database's clock, as link.changed_at is
    PRIMARY KEY (portal, system)
);

-- What a system told last of each reference, as far as it can be compared by sets: no content.
CREATE TABLE sighting (
    system        text        NOT NULL,
    ref           text        NOT NULL,
    case_id       bigint,                        -- which case of ours it is; null: a stranger
    version       text,                          -- as lists tell it
    kind          text,                          -- of the record that was read
    print         text,                          -- digest of the whole telling; null: gone
    since         timestamptz NOT NULL,          -- since when it is so, as far as anybody knows
    noticed_at    timestamptz NOT NULL,          -- when a pass saw it so for the first time
    seen_at       timestamptz NOT NULL,          -- as of
    judged        text,                          -- of a stranger: the print that was found in order
    code          text,                          -- of a stranger: by what its case may be known
    origin_system text,
    origin_ref    text,
    PRIMARY KEY (system, ref)
);
CREATE INDEX sighting_noticed ON sighting (system, noticed_at);
CREATE INDEX sighting_case ON sighting (case_id, system);
CREATE INDEX sighting_stranger ON sighting (system, ref) WHERE case_id IS NULL;

-- Which two tellings of a case were compared last; ``clean``: and found equal.
CREATE TABLE verdict (
    case_id     bigint      NOT NULL REFERENCES case_record,
    system      text        NOT NULL,
    here_print  text,
    there_print text,
    clean       boolean     NOT NULL,
    judged_at   timestamptz NOT NULL,
    PRIMARY KEY (case_id, system)
);
CREATE INDEX verdict_open ON verdict (system, case_id) WHERE NOT clean;

-- The newest word of the log on each baseline.
CREATE INDEX ledger_entry_agreed ON ledger_entry (case_id, system, seq DESC) WHERE kind = 'agreed';

CREATE INDEX link_changed ON link (system, changed_at);
