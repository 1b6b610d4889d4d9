"""Templates that a channel's platform approved."""

from hub.store.migrate import run_sql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0009_templates/tables.sql")


def downgrade() -> None:
    raise RuntimeError("Templates are not taken away. Restore a backup instead.")
