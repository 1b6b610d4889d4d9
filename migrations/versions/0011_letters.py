"""Letters: mails as rows, so that none is lost."""

from hub.store.migrate import run_sql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0011_letters/letters.sql")


def downgrade() -> None:
    raise RuntimeError("Letters are not taken away. Restore a backup instead.")
