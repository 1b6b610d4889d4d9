"""Visitors go on with a conversation on another channel."""

from hub.store.migrate import run_sql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0032_continuations/tables.sql")


def downgrade() -> None:
    raise RuntimeError("What visitors agreed to is not thrown away. Restore a backup instead.")
