"""Reconciliation and repair: pure judgements on what the systems tell. What reads and writes lies in :mod:`connector.sync`."""
