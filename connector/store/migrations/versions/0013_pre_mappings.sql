-- Versions of the mappings folder as they came into force, were refused, or wait for a restart; each text is kept once.
CREATE TABLE mapping_text (
    digest text PRIMARY KEY,                           -- SHA-256 of the bytes
    data   bytea NOT NULL
);
CREATE TABLE mapping_version (
    number   bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest   text        NOT NULL,                     -- over names and contents of all files
    state    text        NOT NULL CHECK (state IN ('in_force', 'refused', 'restart')),
    at       timestamptz NOT NULL,
    actor    text        NOT NULL,                     -- the process that took it
    cases    int,                                      -- settled cases that it would rewrite; null for the first
    problems jsonb       NOT NULL DEFAULT '[]'         -- of a refused one, each with file and line
);
CREATE TABLE mapping_file (
    version bigint NOT NULL REFERENCES mapping_version,
    name    text   NOT NULL,                           -- relative to the folder
    digest  text   NOT NULL REFERENCES mapping_text,
    PRIMARY KEY (version, name)
);

-- Codes that systems told, counted after the fact: a distinct telling counts once. Never a value that is no code.
CREATE TABLE code_seen (
    system     text        NOT NULL,
    list       text        NOT NULL,
    code       text        NOT NULL,
    count      bigint      NOT NULL,
    first_seen timestamptz NOT NULL,
    last_seen  timestamptz NOT NULL,
    PRIMARY KEY (system, list, code)
);
-- Up to which observation codes were counted.
CREATE TABLE code_count (
    single      boolean     PRIMARY KEY DEFAULT true CHECK (single),
    observation bigint      NOT NULL,
    at          timestamptz NOT NULL,
    ended       boolean     NOT NULL                  -- false: a count is under way
);
