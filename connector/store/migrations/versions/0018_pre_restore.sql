-- Restores that were accepted: from then on the log goes on in a new branch.
CREATE TABLE restoration (
    branch       int         PRIMARY KEY,              -- 1, 2, 3 …; before the first restore the log is branch 0
    at_size      bigint      NOT NULL,                 -- entries that were restored
    lost_branch  int         NOT NULL,                 -- of the newest checkpoint that was lost
    lost_size    bigint      NOT NULL,                 -- its size; at_size if nothing signed was lost
    accepted_at  timestamptz NOT NULL,
    accepted_by  text        NOT NULL,
    reason       text        NOT NULL,
    caught_up_at timestamptz                           -- everything was read again and no write is in question any more
);

-- Destroyed keys that must not come back: only a digest of the owner's name, as it was kept outside the database.
CREATE TABLE erased_owner (
    digest bytea NOT NULL,                             -- SHA-256 of "<system>/<ref>"
    part   text  NOT NULL CHECK (part IN ('contact', 'file')),
    PRIMARY KEY (digest, part)
);

-- Has the destruction been written into the write-once folder?
ALTER TABLE case_key ADD filed_at timestamptz;
CREATE INDEX case_key_unfiled ON case_key (destroyed_at) WHERE destroyed_at IS NOT NULL AND filed_at IS NULL
    AND owner NOT LIKE 'case/%';
