"""The vector leg asks its index for more candidates: what a large tenant has in a large table is found whole."""

from hub.store.migrate import run_sql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0014_wider_search/nearest.sql")


def downgrade() -> None:
    raise RuntimeError("Functions are not put back to an older form. Restore a backup instead.")
