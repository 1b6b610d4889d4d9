"""What can keep the embedded PostgreSQL from running."""

from __future__ import annotations

from hub.core.errors import Unavailable


class EmbeddedPostgresError(Unavailable):
    """The embedded PostgreSQL cannot run; the text says why and the way out."""

    code = "embedded_postgres"
