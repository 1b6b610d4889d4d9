"""Mails of what a colleague was told and has not seen."""

from hub.store.migrate import run_sql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0021_digests/readers.sql")


def downgrade() -> None:
    raise RuntimeError("Mails that were sent are not taken back. Restore a backup instead.")
