"""Tenants' webhooks: endpoints, deliveries, and how far consumers that pull have come."""

from hub.store.migrate import run_sql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("tables", "claim"):
        run_sql(f"0004_webhooks/{name}.sql")


def downgrade() -> None:
    raise RuntimeError("Webhooks are not taken away. Restore a backup instead.")
