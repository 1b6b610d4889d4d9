"""An index for what the bot could not answer."""

from hub.store.migrate import run_sql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0023_gaps/index.sql")


def downgrade() -> None:
    raise RuntimeError("The index is not taken away. Restore a backup instead.")
