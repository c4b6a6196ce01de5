-- A guard's stop: its name, and the numbers that a person is shown and lets pass.
ALTER TABLE pause
    ADD guard   text,
    ADD numbers jsonb NOT NULL DEFAULT '{}';

-- What a person let pass a guard, once, and why. Append-only in meaning: a row is used up, never removed.
CREATE TABLE guard_release (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scope   text        NOT NULL,            -- flow:<flow>:<name>
    guard   text        NOT NULL,
    amount  integer,                         -- null: the stop had no number
    actor   text        NOT NULL,
    reason  text        NOT NULL,
    at      timestamptz NOT NULL,
    used_at timestamptz                      -- when it was used up
);
CREATE INDEX guard_release_scope ON guard_release (scope, id);

ALTER TABLE watermark
    ADD stands_at timestamptz,               -- the instant that the watermark means, where it is one
    ADD clock_at  timestamptz;               -- when the system's clock was last compared with ours

-- Digests of what may rewrite cases when it changes: mappings, settings.
CREATE TABLE fingerprint (
    name   text PRIMARY KEY,
    digest text        NOT NULL,
    at     timestamptz NOT NULL
);

-- ``trying_since``: when the present row of attempts began; a person's retry begins another.
ALTER TABLE delivery
    ADD trying_since timestamptz,
    ADD act_kind     text;                   -- kind of the act that it carries

-- What was planned lately, for the flood guard.
CREATE INDEX delivery_planned ON delivery (target, created_at) WHERE intent <> 'create';
