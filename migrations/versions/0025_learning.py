"""What is learned from colleagues' answers, and what changes when documents are indexed anew."""

from hub.store.migrate import run_sql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0025_learning/tables.sql")


def downgrade() -> None:
    raise RuntimeError("What was learned is not taken away. Restore a backup instead.")
