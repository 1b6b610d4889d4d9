"""PostgreSQL brought along: one private server per data directory, started, watched and stopped by us."""

from hub.run.embedded.errors import EmbeddedPostgresError
from hub.run.embedded.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError"]
