"""What customers thought of single answers."""

from hub.store.migrate import run_sql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0012_feedback/tables.sql")


def downgrade() -> None:
    raise RuntimeError("Feedback is not taken away. Restore a backup instead.")
