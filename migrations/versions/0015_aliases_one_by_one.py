"""Accept looks each alias up by itself, so that its cost does not grow with the tenant's people."""

from hub.store.migrate import run_sql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("aliases", "accept"):
        run_sql(f"0015_aliases_one_by_one/{name}.sql")


def downgrade() -> None:
    raise RuntimeError("Functions are not put back to an older form. Restore a backup instead.")
