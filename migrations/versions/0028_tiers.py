"""Tiers with limits on calls by the hour, what budgets leave behind, owners of tenants, and acting as a member."""

from hub.store.migrate import run_sql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0028_tiers/budgets.sql")
    run_sql("0028_tiers/calls.sql")
    run_sql("0028_tiers/organisations.sql")


def downgrade() -> None:
    raise RuntimeError("What was counted is not taken away. Restore a backup instead.")
