"""The reconciliation log: append-only, hash-chained entries that anyone can verify without trusting us."""
