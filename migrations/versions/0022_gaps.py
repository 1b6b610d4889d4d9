"""An index for what the bot could not answer."""

from hub.store.migrate import run_sql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0022_gaps/index.sql")


def downgrade() -> None:
    raise RuntimeError("The index is not taken away. Restore a backup instead.")
