"""Which processes live, what runs by the clock, jobs as the operator sees them, and what is kept for a time only."""

from hub.store.migrate import run_sql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0008_operation/tables.sql")
    run_sql("0008_operation/functions.sql")


def downgrade() -> None:
    raise RuntimeError("Operation's tables are not taken away. Restore a backup instead.")
