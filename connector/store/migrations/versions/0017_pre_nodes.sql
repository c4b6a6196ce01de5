-- Processes that run now, by their own word. Times are the database's: nodes need not agree about the hour.
-- Not evidence (the ledger is): a row goes when its process stops, or when others take over what it held.
CREATE TABLE node (
    id         uuid        PRIMARY KEY,      -- of this run of the process
    name       text        NOT NULL,
    parts      text[]      NOT NULL,         -- worker, clock, console
    version    text        NOT NULL,         -- of the program
    knows      text        NOT NULL,         -- the newest migration that it was made for
    workers    bigint[]    NOT NULL DEFAULT '{}',   -- its workers in the engine
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at    timestamptz NOT NULL DEFAULT now()
);

-- One row: the oldest program that this database still bears. Programs whose newest migration has a lower number than
-- the newest `post` that ran do not start; those of the release before bear what a `pre` only added.
CREATE TABLE schema_support (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    least integer NOT NULL
);
INSERT INTO schema_support (least) VALUES (4);
