"""Visitors go on with a conversation on another channel."""

from hub.store.migrate import run_sql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0031_continuations/tables.sql")


def downgrade() -> None:
    raise RuntimeError("What visitors agreed to is not thrown away. Restore a backup instead.")
