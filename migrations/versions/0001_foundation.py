"""Tenants, channels, conversations, messages, inbox, outbox, jobs, usage, events, keys; roles and policies."""

from hub.store.migrate import run_sql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("security", "tables", "floor", "inbound", "changes", "accept", "claim", "cross"):
        run_sql(f"0001_foundation/{name}.sql")


def downgrade() -> None:
    raise RuntimeError("The first migration has nothing before it. Restore a backup instead.")
