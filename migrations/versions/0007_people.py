"""People: accounts, memberships, sessions, invitations, teams, and the audit log."""

from hub.store.migrate import run_sql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("people", "teams"):
        run_sql(f"0007_people/{name}.sql")


def downgrade() -> None:
    raise RuntimeError("People are not taken away. Restore a backup instead.")
