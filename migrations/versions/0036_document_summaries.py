"""What documents are about."""

from hub.store.migrate import run_sql

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0036_document_summaries/tables.sql")


def downgrade() -> None:
    raise RuntimeError("Summaries are not taken away. Restore a backup instead.")
