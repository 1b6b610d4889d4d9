"""Data sets of judged questions, kept per tenant, and what runs over them found."""

from hub.store.migrate import run_sql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0027_evaluation/tables.sql")


def downgrade() -> None:
    raise RuntimeError("Data sets are not taken away. Restore a backup instead.")
