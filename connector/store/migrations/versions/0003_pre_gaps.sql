-- Times in which a system could not be read for longer than the law allows (Quy chế Đ10): what a backfill has to cover.
CREATE TABLE pull_gap (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    system     text        NOT NULL,
    since      timestamptz NOT NULL,         -- last successful reading
    noticed_at timestamptz NOT NULL,
    ended_at   timestamptz                   -- first successful reading after it; null: still silent
);
CREATE UNIQUE INDEX pull_gap_open ON pull_gap (system) WHERE ended_at IS NULL;
