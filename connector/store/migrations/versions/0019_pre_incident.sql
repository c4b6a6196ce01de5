-- Which blocks of the log hold which instants: a few kilobytes, as entries come in the order of time. For the counting of an
-- incident's window (connector/store/incidents.py).
CREATE INDEX ledger_entry_at ON ledger_entry USING brin (at) WITH (pages_per_range = 32, autosummarize = on);
