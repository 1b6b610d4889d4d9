"""Contexts, documents, chunks, term statistics, embeddings; search."""

from hub.store.migrate import run_sql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("tables", "statistics", "search"):
        run_sql(f"0002_knowledge/{name}.sql")


def downgrade() -> None:
    raise RuntimeError("Knowledge tables are not taken away. Restore a backup instead.")
