"""A version of instructions tried beside the one in use."""

from hub.store.migrate import run_sql

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0035_prompt_contests/tables.sql")


def downgrade() -> None:
    raise RuntimeError("Contests are not taken away. Restore a backup instead.")
