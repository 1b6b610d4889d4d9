"""When a row was put back by hand; what is open longer than it should be."""

from hub.store.migrate import run_sql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0003_ledger/ledger.sql")


def downgrade() -> None:
    raise RuntimeError("The ledger's columns are not taken away. Restore a backup instead.")
