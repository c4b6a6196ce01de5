-- The provider's name for the session that somebody came in by (claim `sid`); null: it told none.
ALTER TABLE console_session ADD sso_sid text;

-- Logout tokens that were taken, until they are over: each counts once.
CREATE TABLE sso_logout (
    jti_hash bytea       PRIMARY KEY,
    until    timestamptz NOT NULL
);
CREATE INDEX sso_logout_until ON sso_logout (until);

-- Filters that people keep for themselves. A person may write anything, so name and query are sealed for the account.
CREATE TABLE saved_filter (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account      text        NOT NULL REFERENCES account,
    list         text        NOT NULL,
    sealed_named bytea       NOT NULL,
    saved_at     timestamptz NOT NULL
);
CREATE INDEX saved_filter_account ON saved_filter (account, list);
