-- Tokens of programs. Only the hash is kept; a row stays after its end: the ledger names it.
CREATE TABLE api_token (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_hash bytea       NOT NULL UNIQUE,
    account    text        NOT NULL REFERENCES account,
    label      text        NOT NULL,
    scopes     text[]      NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text        NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    revoked_at timestamptz,
    revoked_by text
);
CREATE INDEX api_token_account ON api_token (account) WHERE revoked_at IS NULL;

-- Answers to writes that named an idempotency key, for as long as the settings say. Never personal data: answers that
-- show something are not kept.
CREATE TABLE kept_answer (
    account     text        NOT NULL REFERENCES account,
    key         text        NOT NULL,
    call_digest text        NOT NULL,                  -- of path and body: the same key means the same call
    status      int,                                   -- null: under way, or cut short
    body        text,
    made_at     timestamptz NOT NULL,
    PRIMARY KEY (account, key)
);
CREATE INDEX kept_answer_made ON kept_answer (made_at);
