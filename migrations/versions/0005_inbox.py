"""The colleagues' inbox: labels, saved views, macros, drafts, what was read, mentions, attributes, search."""

from hub.store.migrate import run_sql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("tables", "waiting", "search"):
        run_sql(f"0005_inbox/{name}.sql")


def downgrade() -> None:
    raise RuntimeError("The inbox is not taken away. Restore a backup instead.")
