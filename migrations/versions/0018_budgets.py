"""Budgets for models, what was used of them, and answers kept for when they are spent."""

from hub.store.migrate import run_sql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0018_budgets/tables.sql")
    run_sql("0018_budgets/reserve.sql")


def downgrade() -> None:
    raise RuntimeError("Budgets are not taken away. Restore a backup instead.")
