"""The conversations of a batch are found one by one, so that a channel's size does not slow down what it receives."""

from hub.store.migrate import run_sql

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0039_thread_by_thread/usual.sql")


def downgrade() -> None:
    raise RuntimeError("The function before it was only slower. Restore a backup instead.")
