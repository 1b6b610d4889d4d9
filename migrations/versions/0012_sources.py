"""Websites that are read page by page."""

from hub.store.migrate import run_sql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0012_sources/tables.sql")


def downgrade() -> None:
    raise RuntimeError("Sources are not taken away. Restore a backup instead.")
