"""A tenant holds no more than its share of a process's slots; tries that came back by themselves are counted."""

from hub.store.migrate import run_sql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0016_shares/claims.sql")


def downgrade() -> None:
    raise RuntimeError("Columns are not taken away again. Restore a backup instead.")
