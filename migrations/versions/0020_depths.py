"""Tells which tenants have as much waiting as may wait."""

from hub.store.migrate import run_sql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0020_depths/depths.sql")


def downgrade() -> None:
    raise RuntimeError("Functions are not put back to an older form. Restore a backup instead.")
