"""Which models a tenant chose; what long conversations were about, and who named a conversation."""

from hub.store.migrate import run_sql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0031_talks/choices.sql")
    run_sql("0031_talks/summaries.sql")


def downgrade() -> None:
    raise RuntimeError("Choices and summaries are not taken away. Restore a backup instead.")
