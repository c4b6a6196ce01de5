-- name: serialise_install
-- Two programs that start at once install one after the other.
SELECT pg_advisory_xact_lock(727011001);

-- name: unhurried
-- An upgrade writes large tables anew; the limit of a session is for the work of every day.
SET LOCAL statement_timeout = 0;

-- name: version_table
CREATE SCHEMA IF NOT EXISTS register;

-- name: version_table_2
CREATE TABLE IF NOT EXISTS register.schema_version (
    version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());

-- name: versions
SELECT coalesce(max(version), 0) AS version FROM register.schema_version;

-- name: applied
INSERT INTO register.schema_version (version, name) VALUES (%(version)s, %(name)s);
