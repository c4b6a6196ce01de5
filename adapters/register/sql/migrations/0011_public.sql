-- What a person confirmed for everybody to read, one row a version of the answer (R12, R13, R24). Sealed with the case's
-- file key all the same: a case may become private or restricted later.

CREATE TABLE IF NOT EXISTS register.public_copy (
    case_id      bigint NOT NULL REFERENCES register.case_record (id),
    version      integer NOT NULL,     -- of the answer
    published_at timestamptz NOT NULL,
    officer      text NOT NULL,
    sealed       bytea,
    PRIMARY KEY (case_id, version)
);
