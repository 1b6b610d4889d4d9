"""Websites that are read page by page."""

from hub.store.migrate import run_sql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0013_sources/tables.sql")


def downgrade() -> None:
    raise RuntimeError("Sources are not taken away. Restore a backup instead.")
