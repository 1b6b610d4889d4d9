"""The exact search of a small tenant takes half of the time."""

from hub.store.migrate import run_sql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0029_exact_search/nearest.sql")


def downgrade() -> None:
    raise RuntimeError("Functions are not put back to an older form. Restore a backup instead.")
