-- A previewed set of things to do. What is approved is what the digest covers, and exactly that runs.
CREATE TABLE resync_plan (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest      text        NOT NULL UNIQUE,
    state       text        NOT NULL,            -- ready, running, paused, done, stopped
    scope       jsonb       NOT NULL,            -- what was asked for; no content
    fresh       boolean     NOT NULL,            -- the systems are read again, at the preview and when it runs
    totals      jsonb       NOT NULL,
    verdicts    jsonb       NOT NULL,            -- what the guards say
    reasons     jsonb       NOT NULL,            -- why a second person has to approve; [] = nobody has to
    made_by     text        NOT NULL,
    made_at     timestamptz NOT NULL,
    approved_by text,
    approved_at timestamptz,
    basis       text,                            -- number of the decision
    started_by  text,
    started_at  timestamptz,
    ended_at    timestamptz
);
CREATE INDEX resync_plan_running ON resync_plan (id) WHERE state = 'running';

-- One case of a plan: done as a whole or held back as a whole. These rows are the plan's own cursor.
CREATE TABLE resync_step (
    plan_id     bigint      NOT NULL REFERENCES resync_plan,
    number      integer     NOT NULL,
    case_id     bigint,                          -- null: nobody knew the case yet
    refs        jsonb       NOT NULL,            -- system → reference
    pair        boolean     NOT NULL,
    rebuild     jsonb       NOT NULL,
    owner       text        NOT NULL,            -- whose keys seal it
    told        text        NOT NULL,            -- salted digest of what the systems told
    sealed_salt bytea,
    state       text        NOT NULL,            -- pending, done, held, skipped, failed
    code        text,                            -- why it is not done
    attempts    integer     NOT NULL DEFAULT 0,
    ended_at    timestamptz,
    PRIMARY KEY (plan_id, number)
);
CREATE INDEX resync_step_pending ON resync_step (plan_id, number) WHERE state = 'pending';
CREATE INDEX resync_step_case ON resync_step (case_id);

CREATE TABLE resync_item (
    plan_id        bigint  NOT NULL,
    step           integer NOT NULL,
    number         integer NOT NULL,
    digest         text    NOT NULL,             -- salted
    deed           text    NOT NULL,
    system         text    NOT NULL,
    source         text,
    intent         text,
    act_id         text,
    act_kind       text,
    revision       integer NOT NULL,
    code           text,
    calls          integer NOT NULL,
    downgrade      boolean NOT NULL,
    published      boolean NOT NULL,
    sealed_changes bytea,                        -- fields with old and new value
    delivery_id    bigint,                       -- what became of it
    PRIMARY KEY (plan_id, step, number),
    FOREIGN KEY (plan_id, step) REFERENCES resync_step
);
