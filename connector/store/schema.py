"""Where our tables live. Apart from the migrations, so that whoever only needs the name does not load them."""

SCHEMA = "phanhoi"
"""The PostgreSQL schema of all our tables."""

VERSION_TABLE = "schema_version"
"""Alembic's table in it."""

NEWEST = "0016_pre"
"""The newest migration that this program knows; a test keeps it equal to the scripts."""
