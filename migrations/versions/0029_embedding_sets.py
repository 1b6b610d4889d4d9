"""Sets of vectors tell why they stand still; documents tell how their chunks were cut."""

from hub.store.migrate import run_sql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("0029_embedding_sets/columns.sql")


def downgrade() -> None:
    raise RuntimeError("Columns are not taken away again. Restore a backup instead.")
