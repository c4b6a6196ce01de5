"""Where our tables live. Apart from the migrations, so that whoever only needs the name does not load them."""

SCHEMA = "phanhoi"
"""The PostgreSQL schema of all our tables."""

VERSION_TABLE = "schema_version"
"""Alembic's table in it."""

NEWEST = "0021_pre"
"""The newest migration that this program knows; a test keeps it equal to the scripts."""

NEEDED = "0021_pre"
"""The oldest migration that this program can work on: the newest ``pre``. A ``post`` may still be pending."""


def order(revision: str) -> tuple[int, bool]:
    """Where a migration stands: by number, and of one number the ``pre`` first."""
    number, _, stage = revision.partition("_")
    return int(number), stage == "post"
