-- Who may open the console. Accounts are locked, never removed: the ledger names them.
CREATE TABLE account (
    name          text PRIMARY KEY,
    display_name  text        NOT NULL,
    role          text        NOT NULL,
    agencies      text[]      NOT NULL DEFAULT '{}',   -- empty: all
    password_hash text        NOT NULL,                -- argon2id
    sealed_totp   bytea,                               -- secret of the one-time codes: sealed; null: none set up
    totp_step     bigint      NOT NULL DEFAULT 0,      -- the last code that was used: none passes twice
    locked_at     timestamptz,
    created_at    timestamptz NOT NULL,
    signed_in_at  timestamptz
);

-- Only the hash of the cookie is kept.
CREATE TABLE console_session (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_hash bytea       NOT NULL UNIQUE,
    account    text        NOT NULL REFERENCES account,
    stage      text        NOT NULL CHECK (stage IN ('code', 'enrol', 'full')),
    csrf       text        NOT NULL,
    sealed_new_totp bytea,                             -- secret that is being set up
    address    text        NOT NULL,
    created_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    ended_at   timestamptz,
    ended_by   text
);
CREATE INDEX console_session_account ON console_session (account) WHERE ended_at IS NULL;

-- Tries to sign in that did not succeed, for the lock-out and the rate limit. May be emptied at any time.
CREATE TABLE sign_in_try (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL,
    account text,                                      -- null: no such account; what was typed may be a password
    address text        NOT NULL
);
CREATE INDEX sign_in_try_at ON sign_in_try (at);

-- What the list of cases is searched by: codes, never content. From the register's telling, else from the first one.
ALTER TABLE case_record
    ADD agency text,
    ADD field  text;
CREATE INDEX case_agency ON case_record (agency, id);
CREATE INDEX case_field ON case_record (field, id);
CREATE INDEX case_unfiled ON case_record (id) WHERE agency IS NULL;
CREATE INDEX case_code_begins ON case_record (lower(code) text_pattern_ops);
CREATE INDEX case_code_ends ON case_record (reverse(lower(code)) text_pattern_ops);
CREATE INDEX link_ref_begins ON link (lower(ref) text_pattern_ops);
CREATE INDEX link_ref_ends ON link (reverse(lower(ref)) text_pattern_ops);
CREATE INDEX case_ended ON case_record (id) WHERE ended_at IS NOT NULL;
CREATE INDEX delivery_given_up ON delivery (state, id) WHERE state IN ('cancelled', 'dismissed');
CREATE INDEX link_status ON link (status, case_id);
CREATE INDEX quarantine_case ON quarantine (case_id) WHERE state = 'open';

-- The newest entries of one kind.
CREATE INDEX ledger_entry_kind ON ledger_entry (kind, seq);
