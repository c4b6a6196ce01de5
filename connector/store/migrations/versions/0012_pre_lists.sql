-- What lists and totals of the console need, so that no page reads a whole table (docs/performance.md).

-- Exact totals of what only grows: rows to be summed by name. Each change adds one, so nobody waits for anybody; the
-- sweep folds them (connector/store/tally.py). Not evidence: the triggers and what is counted below make it anew.
CREATE TABLE tally (
    name text   NOT NULL,                    -- cases | linked/<system> | done/<target>
    n    bigint NOT NULL
);

CREATE FUNCTION tally_cases() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO phanhoi.tally SELECT 'cases', TG_ARGV[0]::bigint * count(*) FROM changed HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER case_record_tally_new AFTER INSERT ON case_record REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tally_cases('1');
CREATE TRIGGER case_record_tally_gone AFTER DELETE ON case_record REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tally_cases('-1');

CREATE FUNCTION tally_links() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO phanhoi.tally
        SELECT 'linked/' || system, TG_ARGV[0]::bigint * count(*) FROM changed GROUP BY system;
    RETURN NULL;
END $$;
CREATE TRIGGER link_tally_new AFTER INSERT ON link REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tally_links('1');
CREATE TRIGGER link_tally_gone AFTER DELETE ON link REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tally_links('-1');

CREATE FUNCTION tally_done() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.state = 'done' THEN
        INSERT INTO phanhoi.tally VALUES ('done/' || OLD.target, -1);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.state = 'done' THEN
        INSERT INTO phanhoi.tally VALUES ('done/' || NEW.target, 1);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER delivery_tally_done AFTER UPDATE OF state ON delivery FOR EACH ROW
    WHEN ((OLD.state = 'done') <> (NEW.state = 'done')) EXECUTE FUNCTION tally_done();
CREATE TRIGGER delivery_tally_new AFTER INSERT ON delivery FOR EACH ROW
    WHEN (NEW.state = 'done') EXECUTE FUNCTION tally_done();
CREATE TRIGGER delivery_tally_gone AFTER DELETE ON delivery FOR EACH ROW
    WHEN (OLD.state = 'done') EXECUTE FUNCTION tally_done();

INSERT INTO tally
    SELECT 'cases', count(*) FROM case_record HAVING count(*) > 0
    UNION ALL SELECT 'linked/' || system, count(*) FROM link GROUP BY system
    UNION ALL SELECT 'done/' || target, count(*) FROM delivery WHERE state = 'done' GROUP BY target;

-- The writes that are not done, counted by target and state; and each state's newest writes.
CREATE INDEX delivery_not_done ON delivery (state, id) INCLUDE (target) WHERE state <> 'done';
CREATE INDEX delivery_done ON delivery (target, id) WHERE state = 'done';
DROP INDEX delivery_given_up;

-- A case was listed under its agency by a program that does so, even where nobody is named: it is not looked at again.
ALTER TABLE case_record ADD filed boolean NOT NULL DEFAULT false;
DROP INDEX case_unfiled;
CREATE INDEX case_unfiled ON case_record (id) WHERE agency IS NULL AND NOT filed;

CREATE INDEX quarantine_listed ON quarantine (state, id);
CREATE INDEX run_system ON run (system, id);
CREATE INDEX run_read ON run (system, ended_at) WHERE kind = 'observe' AND outcome IN ('ok', 'empty');
CREATE INDEX reconcile_run_ended ON reconcile_run (ended_at) WHERE state = 'done';
CREATE INDEX ledger_entry_case_seq ON ledger_entry (case_id, seq);
DROP INDEX ledger_entry_case;
