-- What each running process sees of the systems' circuits, for status pages. Not evidence: may be emptied at any time.
CREATE TABLE circuit (
    node    text        NOT NULL,
    system  text        NOT NULL,
    state   text        NOT NULL,            -- closed, open, half_open
    since   timestamptz NOT NULL,            -- of this state
    seen_at timestamptz NOT NULL,            -- the process was alive then
    PRIMARY KEY (node, system)
);
