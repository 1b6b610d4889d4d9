"""Handing over: what the colleague gets, calendars, notifications, the desk's round, and markers in the thread."""

from hub.store.migrate import run_sql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("tables", "markers"):
        run_sql(f"0010_handoff/{name}.sql")


def downgrade() -> None:
    raise RuntimeError("Handoffs are not taken away. Restore a backup instead.")
