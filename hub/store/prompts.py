"""Versions of what a tenant tells its bot, and which of them is in use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.core.ids import TenantId, uuid7
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, run

_COLUMNS = "p.*, (u.prompt_id is not null) as in_use"
_FROM = "hub.prompt p left join hub.prompt_in_use u on u.tenant_id = p.tenant_id and u.prompt_id = p.id"


@dataclass(frozen=True, slots=True)
class PromptRow:
    """``language`` None: as the tenant's setting says."""

    id: UUID
    version: int
    instructions: str
    tone: str
    language: str | None
    note: str
    author: str
    created_at: datetime
    in_use: bool


class Prompts:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def add(self, instructions: str, tone: str, language: str | None, note: str, author: str) -> PromptRow:
        """The next version; it is not in use yet. Two at the same moment get different numbers."""
        id = uuid7()
        await run(
            self._connection,
            "select pg_advisory_xact_lock(hashtextextended('prompt ' || cast(:t as text), 0))",
            t=str(self.tenant),
        )
        await run(
            self._connection,
            """insert into hub.prompt(id, tenant_id, version, instructions, tone, language, note, author)
               select :id, :t, coalesce(max(version), 0) + 1, :instructions, :tone, :language, :note, :author
                 from hub.prompt where tenant_id = :t""",
            id=id,
            t=self.tenant,
            instructions=instructions,
            tone=tone,
            language=language,
            note=note,
            author=author,
        )
        row = await self.get(id)
        if row is None:
            raise LookupError("a prompt just made is not there")
        return row

    async def get(self, id: UUID) -> PromptRow | None:
        return await fetch_one(
            self._connection,
            PromptRow,
            f"select {_COLUMNS} from {_FROM} where p.id = :id",  # noqa: S608  # constants of this file
            id=id,
        )

    async def by_version(self, version: int) -> PromptRow | None:
        """The version of this number."""
        return await fetch_one(
            self._connection,
            PromptRow,
            f"select {_COLUMNS} from {_FROM} where p.tenant_id = :t and p.version = :version",  # noqa: S608  # as above
            t=self.tenant,
            version=version,
        )

    async def in_use(self) -> PromptRow | None:
        """The version that answers; None where the settings alone count."""
        return await fetch_one(
            self._connection,
            PromptRow,
            f"select {_COLUMNS} from {_FROM} where u.tenant_id = :t",  # noqa: S608  # as above
            t=self.tenant,
        )

    async def page(self, limit: int, before: tuple[datetime, UUID] | None = None) -> list[PromptRow]:
        """Versions, the newest first."""
        return await fetch_all(
            self._connection,
            PromptRow,
            f"""select {_COLUMNS} from {_FROM}
                 where p.tenant_id = :t and (cast(:id as uuid) is null or p.id < :id)
                 order by p.id desc limit :limit""",  # noqa: S608  # as above
            t=self.tenant,
            id=None if before is None else before[1],
            limit=limit,
        )

    async def use(self, id: UUID) -> None:
        """Answer by this version from the next turn on. Idempotent."""
        await run(
            self._connection,
            """insert into hub.prompt_in_use(tenant_id, prompt_id) values (:t, :id)
               on conflict (tenant_id) do update set prompt_id = excluded.prompt_id, since = now()""",
            t=self.tenant,
            id=id,
        )

    async def use_none(self) -> None:
        """Answer by the settings alone again. Idempotent."""
        await run(self._connection, "delete from hub.prompt_in_use where tenant_id = :t", t=self.tenant)
