"""Versions of what a tenant tells its bot."""

from hub.store.migrate import run_sql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0022_prompts/tables.sql")


def downgrade() -> None:
    raise RuntimeError("Prompts are not taken away. Restore a backup instead.")
