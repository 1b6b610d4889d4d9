"""Customers rate whole conversations."""

from hub.store.migrate import run_sql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0017_ratings/tables.sql")


def downgrade() -> None:
    raise RuntimeError("Ratings are not thrown away. Restore a backup instead.")
