"""Processes hold a lock while they live, so that their conversations are taken over at once."""

from hub.store.migrate import run_sql

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0038_presence/presence.sql")


def downgrade() -> None:
    raise RuntimeError("Who is present is known nowhere else. Restore a backup instead.")
