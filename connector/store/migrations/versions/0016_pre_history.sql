-- What the charts of the console are drawn from. Not evidence: each table may be emptied, and is kept for
-- console.history_days at most.

-- Entries of the log per hour, system and kind; counted from the log: with an empty table and seq 0 everything is counted anew.
CREATE TABLE flow_hour (
    hour   timestamptz NOT NULL,
    system text        NOT NULL,
    kind   text        NOT NULL,
    write  boolean     NOT NULL,             -- the entry is about a delivery
    n      bigint      NOT NULL,
    PRIMARY KEY (hour, system, kind, write)
);
CREATE TABLE flow_counted (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    seq bigint NOT NULL                      -- the last entry that was counted
);
INSERT INTO flow_counted (seq) VALUES (0);

-- The worst of each hour, in seconds: how old the last reading was, how long the oldest open write has waited.
CREATE TABLE lag_hour (
    hour   timestamptz      NOT NULL,
    system text             NOT NULL,
    read_s double precision,                 -- null: never read
    wait_s double precision NOT NULL,
    open   integer          NOT NULL,
    PRIMARY KEY (hour, system)
);

-- How a process saw a system's circuit, from when until when. Where there is no row, no process ran.
CREATE TABLE circuit_span (
    node     text        NOT NULL,
    system   text        NOT NULL,
    state    text        NOT NULL,
    since    timestamptz NOT NULL,
    until_at timestamptz NOT NULL,
    PRIMARY KEY (node, system, since)
);
CREATE INDEX circuit_span_until ON circuit_span (until_at);

-- The clocks of a case with a due day, as the rules read them from the register's newest telling. No agency, no content.
CREATE TABLE case_duty (
    case_id   bigint      NOT NULL,          -- no foreign key: its check would lock the case that somebody moves
    number    smallint    NOT NULL,
    duty      text        NOT NULL,
    governs   boolean     NOT NULL,          -- false: a pack that only watches
    nearest   boolean     NOT NULL,          -- of the open clocks of this duty the one that ends first
    due_at    timestamptz NOT NULL,          -- its end
    closed_at timestamptz,                   -- null: still to be done
    met       boolean,                       -- in time; null: open, or closed without being fulfilled
    PRIMARY KEY (case_id, number)
);
CREATE INDEX case_duty_closed ON case_duty (closed_at) WHERE met IS NOT NULL AND governs;
CREATE INDEX case_duty_open ON case_duty (due_at) WHERE nearest;

-- Which telling case_duty was read from: whoever stores a newer one moves changed_at alone, so the two differ then.
ALTER TABLE link ADD COLUMN duties_of timestamptz;
CREATE INDEX link_duties ON link (case_id) WHERE system = 'register' AND duties_of IS DISTINCT FROM changed_at;
