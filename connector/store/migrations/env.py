"""Alembic's door: runs the migrations on the connection that :mod:`connector.store.migrate` hands over."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table="schema_version", version_table_schema="phanhoi")
with context.begin_transaction():
    context.run_migrations()
