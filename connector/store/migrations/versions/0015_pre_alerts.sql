-- One row an alert: a condition of one subject, from its beginning to its end. Never personal data.
CREATE TABLE alert (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    condition    text        NOT NULL,
    subject      text,                                 -- a system, outlet or channel; null: the program as a whole
    fact         jsonb       NOT NULL,                 -- what was found last
    raised_at    timestamptz NOT NULL,
    told_at      timestamptz NOT NULL,
    told_weight  integer     NOT NULL,                 -- the worst that was told
    tellings     integer     NOT NULL,
    gone_since   timestamptz,                          -- does not hold just now
    ended_at     timestamptz,
    ack_by       text,
    ack_at       timestamptz,
    ack_note     text,
    snooze_by    text,
    snooze_at    timestamptz,
    snooze_note  text,
    snooze_until timestamptz
);
CREATE UNIQUE INDEX alert_open ON alert (condition, coalesce(subject, '')) WHERE ended_at IS NULL;
CREATE INDEX alert_ended ON alert (ended_at) WHERE ended_at IS NOT NULL;

-- One row a message and channel. Sent ones are removed after a while: the ledger has their number.
CREATE TABLE alert_message (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel         text        NOT NULL,
    kind            text        NOT NULL,              -- alerts | daily | weekly
    letter          jsonb       NOT NULL,              -- subject, text, html, chat, data: ready to go
    made_at         timestamptz NOT NULL,
    state           text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed')),
    attempts        integer     NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL,
    code            text,                              -- of the last failure
    ended_at        timestamptz
);
CREATE INDEX alert_message_waiting ON alert_message (channel, id) WHERE state = 'waiting';
CREATE INDEX alert_message_ended ON alert_message (channel, ended_at) WHERE state <> 'waiting';

-- Which digests went out: each goes once, whichever node sends it.
CREATE TABLE alert_digest (
    kind    text        NOT NULL,
    day     date        NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (kind, day)
);
