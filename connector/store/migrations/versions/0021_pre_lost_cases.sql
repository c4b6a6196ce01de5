-- Does what a system calls the case stand in the write-once folder yet (services/known_cases.py)?
ALTER TABLE link ADD filed_at timestamptz;
CREATE INDEX link_unfiled ON link (case_id) WHERE filed_at IS NULL;

-- Known by that folder alone: the database was set back, and so was the register. Only a portal can tell of it.
ALTER TABLE case_record ADD recovered boolean NOT NULL DEFAULT false;
