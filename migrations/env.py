"""Alembic's entry point: runs our migrations on the connection that ``hub.store.migrate`` hands over."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=None,
    version_table="schema_version",
    version_table_schema="hub",
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
