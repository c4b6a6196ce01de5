-- The recorded contract with each system: names, types and codes, never a value of a case. A version is never changed.
CREATE TABLE contract_version (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    system text        NOT NULL,
    part   text        NOT NULL,             -- wsdl, catalogue/fields, answers/case …
    number integer     NOT NULL,
    lines  jsonb       NOT NULL,             -- path or code → form
    digest text        NOT NULL,
    at     timestamptz NOT NULL,
    actor  text        NOT NULL,
    basis  text,                             -- why a person approved it; null: recorded at the first look
    UNIQUE (system, part, number)
);

-- The newest look at each part: what an approval takes over is what was shown.
CREATE TABLE contract_look (
    system text        NOT NULL,
    part   text        NOT NULL,
    kind   text        NOT NULL,             -- schema, codes, version, answers
    lines  jsonb       NOT NULL,
    digest text        NOT NULL,
    at     timestamptz NOT NULL,
    PRIMARY KEY (system, part)
);

-- The newest check of each system, and how far its tellings were learned from.
CREATE TABLE contract_check (
    system  text        PRIMARY KEY,
    at      timestamptz NOT NULL,
    outcome text        NOT NULL,            -- same, drifted, failed
    code    text,
    seen    jsonb       NOT NULL DEFAULT '{}'   -- kind of record → observation.id up to which it was learned from
);

-- One line that is not as recorded. Open until a person approves it (``accepted``: where no version can take it over)
-- or it is gone by itself.
CREATE TABLE contract_drift (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    system     text        NOT NULL,
    part       text        NOT NULL,
    path       text        NOT NULL,
    change     text        NOT NULL CHECK (change IN ('added', 'gone', 'changed', 'unreadable')),
    was        text,
    now        text,
    uses       jsonb       NOT NULL DEFAULT '[]',   -- lines of the mapping, as file:line section
    concern    jsonb       NOT NULL DEFAULT '{}',   -- which writes it holds
    holds      boolean     NOT NULL,
    cases      integer     NOT NULL DEFAULT 0,      -- open cases concerned at the newest check
    state      text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'accepted', 'approved', 'gone')),
    first_seen timestamptz NOT NULL,
    last_seen  timestamptz NOT NULL,
    closed_by  text,
    closed_at  timestamptz
);
CREATE UNIQUE INDEX contract_drift_open ON contract_drift (system, part, path, change)
    WHERE state IN ('open', 'accepted');
CREATE INDEX contract_drift_holds ON contract_drift (system) WHERE state = 'open' AND holds;

-- The newest tellings of each kind of record, of which the form is learned.
CREATE INDEX observation_kind ON observation (system, kind, id);

-- When data was purged last is asked often.
CREATE INDEX ledger_entry_purged ON ledger_entry (seq) WHERE kind = 'purged';
