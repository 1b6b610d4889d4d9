"""Templates of a tenant's channels, as their platforms last told them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.core.ids import ChannelId, TenantId, uuid7
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, run


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """``content`` is the template (``hub.core.templates``)."""

    id: UUID
    channel_id: ChannelId
    name: str
    language: str
    status: str
    content: dict[str, Any]
    created_at: datetime
    synced_at: datetime


class Templates:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def get(self, channel: ChannelId, name: str, language: str) -> TemplateRow | None:
        return await fetch_one(
            self._connection,
            TemplateRow,
            "select * from hub.template where channel_id = :c and name = :name and language = :language",
            c=channel,
            name=name,
            language=language,
        )

    async def page(
        self, channel: ChannelId, limit: int, after: tuple[datetime, UUID] | None = None, *, status: str | None = None
    ) -> list[TemplateRow]:
        """Templates by age, all or those of one status."""
        return await fetch_all(
            self._connection,
            TemplateRow,
            """select * from hub.template
                where channel_id = :c and (cast(:status as text) is null or status = :status)
                  and (cast(:at as timestamptz) is null
                       or (created_at, id) > (cast(:at as timestamptz), cast(:id as uuid)))
                order by created_at, id limit :limit""",
            c=channel,
            status=status,
            at=after[0] if after else None,
            id=after[1] if after else None,
            limit=limit,
        )

    async def replace(self, channel: ChannelId, contents: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
        """Have these and no others: how many were written anew or changed, and how many went. Idempotent."""
        rows = [
            {"id": str(uuid7()), **{f: c[f] for f in ("name", "language", "status")}, "content": dict(c)}
            for c in contents
        ]
        written = await run(
            self._connection,
            """insert into hub.template as old (id, tenant_id, channel_id, name, language, status, content)
               select r.id, :t, :c, r.name, r.language, r.status, r.content
                 from jsonb_to_recordset(:rows__jsonb)
                      as r(id uuid, name text, language text, status text, content jsonb)
               on conflict (channel_id, name, language) do update
                  set status = excluded.status, content = excluded.content, synced_at = now()
                where old.content <> excluded.content""",
            t=self.tenant,
            c=channel,
            rows__jsonb=rows,
        )
        gone = await run(
            self._connection,
            """delete from hub.template t where t.channel_id = :c and not exists (
                 select 1 from jsonb_to_recordset(:rows__jsonb) as r(name text, language text)
                  where r.name = t.name and r.language = t.language)""",
            c=channel,
            rows__jsonb=rows,
        )
        return written, gone
