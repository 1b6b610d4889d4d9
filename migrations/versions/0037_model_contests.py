"""Models tried beside the one that answers."""

from hub.store.migrate import run_sql

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0037_model_contests/tables.sql")


def downgrade() -> None:
    raise RuntimeError("A contest of models has no place in the table before. Restore a backup instead.")
