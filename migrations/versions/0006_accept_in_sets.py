"""Accept stores a batch's usual events as a set; policies whose plans do not depend on who is asking."""

from hub.store.migrate import run_sql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("policies", "usual", "accept"):
        run_sql(f"0006_accept_in_sets/{name}.sql")


def downgrade() -> None:
    raise RuntimeError("Functions are not put back to an older form. Restore a backup instead.")
