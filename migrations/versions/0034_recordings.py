"""Passages of recordings, and YouTube as a source."""

from hub.store.migrate import run_sql

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0034_recordings/tables.sql")


def downgrade() -> None:
    raise RuntimeError("Sources are not taken away. Restore a backup instead.")
