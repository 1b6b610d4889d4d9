"""The vector leg walks past more entries of the index, so that it finds 99 of 100 true neighbours."""

from hub.store.migrate import run_sql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0019_deeper_search/nearest.sql")


def downgrade() -> None:
    raise RuntimeError("Functions are not put back to an older form. Restore a backup instead.")
