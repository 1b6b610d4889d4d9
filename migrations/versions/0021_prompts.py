"""Versions of what a tenant tells its bot."""

from hub.store.migrate import run_sql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0021_prompts/tables.sql")


def downgrade() -> None:
    raise RuntimeError("Prompts are not taken away. Restore a backup instead.")
