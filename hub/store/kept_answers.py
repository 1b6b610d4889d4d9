"""Answers kept by the prompt that they answered."""

from __future__ import annotations

from typing import Any

from hub.core.ids import TenantId
from hub.store.pool import Connection
from hub.store.rows import fetch_value, run

DAYS = 30
"""How long an answer is kept."""


class KeptAnswers:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def get(self, key: bytes) -> dict[str, Any] | None:
        """The answer to this very prompt; None when there is none or it is too old."""
        found: dict[str, Any] | None = await fetch_value(
            self._connection,
            """select thought from hub.kept_answer
                where tenant_id = :t and key = :key and at > now() - make_interval(days => :days)""",
            t=self.tenant,
            key=key,
            days=DAYS,
        )
        return found

    async def put(self, key: bytes, thought: dict[str, Any]) -> None:
        """Keep an answer; the ones that are too old go. Idempotent."""
        await run(
            self._connection,
            "delete from hub.kept_answer where tenant_id = :t and at < now() - make_interval(days => :days)",
            t=self.tenant,
            days=DAYS,
        )
        await run(
            self._connection,
            """insert into hub.kept_answer(tenant_id, key, thought) values (:t, :key, :thought__jsonb)
               on conflict (tenant_id, key) do update set thought = excluded.thought, at = now()""",
            t=self.tenant,
            key=key,
            thought__jsonb=thought,
        )
