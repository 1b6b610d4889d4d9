"""The exact search of a small tenant takes half of the time."""

from hub.store.migrate import run_sql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0030_exact_search/nearest.sql")


def downgrade() -> None:
    raise RuntimeError("Functions are not put back to an older form. Restore a backup instead.")
