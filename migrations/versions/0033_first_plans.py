"""Plans that find one row by its own index from the first message on."""

from hub.store.migrate import run_sql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0033_first_plans/statistics.sql")


def downgrade() -> None:
    """Statistics are replaced by the server itself."""
