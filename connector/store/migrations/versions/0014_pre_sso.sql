-- Who is proved by a provider of single sign-on; without a password they come in by it alone.
ALTER TABLE account
    ALTER password_hash DROP NOT NULL,
    ADD sso_issuer  text,
    ADD sso_subject text,
    ADD CONSTRAINT account_sso_whole CHECK ((sso_issuer IS NULL) = (sso_subject IS NULL));
CREATE UNIQUE INDEX account_sso ON account (sso_issuer, sso_subject);

ALTER TABLE console_session ADD sso boolean NOT NULL DEFAULT false;

-- Sign-ins under way at the provider, for ten minutes. The verifier stays in the browser: here is only its challenge.
CREATE TABLE sso_request (
    state     text PRIMARY KEY,
    challenge text        NOT NULL,
    nonce     text        NOT NULL,
    goal      text        NOT NULL,
    at        timestamptz NOT NULL
);
CREATE INDEX sso_request_at ON sso_request (at);
