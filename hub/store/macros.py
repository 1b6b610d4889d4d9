"""Macros: replies kept ready, with what is done along with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.core.ids import TenantId
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, run


@dataclass(frozen=True, slots=True)
class MacroContent:
    """What a macro says and does. ``owner`` None: every colleague has it. ``note``: it is for colleagues' eyes."""

    owner: str | None
    name: str
    shortcut: str | None
    text: str
    note: bool
    actions: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class MacroRow:
    id: UUID
    owner: str | None
    name: str
    shortcut: str | None
    text: str
    note: bool
    actions: list[dict[str, Any]]
    used: int
    created_at: datetime
    updated_at: datetime


class Macros:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def visible_to(self, person: str) -> list[MacroRow]:
        """Shared macros and this colleague's own, the most used first."""
        return await fetch_all(
            self._connection,
            MacroRow,
            "select * from hub.macro where owner is null or owner = :p order by used desc, lower(name), id",
            p=person,
        )

    async def get(self, id: UUID, person: str) -> MacroRow | None:
        """A macro this colleague may use."""
        return await fetch_one(
            self._connection,
            MacroRow,
            "select * from hub.macro where id = :id and (owner is null or owner = :p)",
            id=id,
            p=person,
        )

    async def add(self, id: UUID, new: MacroContent) -> MacroRow | None:
        """A new macro; None when its owner has one of this name."""
        return await fetch_one(
            self._connection,
            MacroRow,
            """insert into hub.macro(id, tenant_id, owner, name, shortcut, text, note, actions)
               values (:id, :t, :owner, :name, :shortcut, :text, :note, :actions__jsonb)
               on conflict (tenant_id, coalesce(owner, ''), lower(name)) do nothing returning *""",
            id=id,
            t=self.tenant,
            owner=new.owner,
            name=new.name,
            shortcut=new.shortcut,
            text=new.text,
            note=new.note,
            actions__jsonb=new.actions,
        )

    async def change(self, id: UUID, new: MacroContent) -> MacroRow | None:
        """Replace a macro; None when its owner has another of this name."""
        return await fetch_one(
            self._connection,
            MacroRow,
            """update hub.macro set owner = cast(:owner as text), name = :name, shortcut = :shortcut, text = :text,
                      note = :note, actions = :actions__jsonb, updated_at = now()
                where id = :id and not exists (
                  select 1 from hub.macro o where lower(o.name) = lower(:name) and o.id <> :id
                     and o.owner is not distinct from cast(:owner as text)) returning *""",
            id=id,
            owner=new.owner,
            name=new.name,
            shortcut=new.shortcut,
            text=new.text,
            note=new.note,
            actions__jsonb=new.actions,
        )

    async def count_use(self, id: UUID) -> None:
        """The macro was used once more."""
        await run(self._connection, "update hub.macro set used = used + 1 where id = :id", id=id)

    async def remove(self, id: UUID) -> bool:
        return await run(self._connection, "delete from hub.macro where id = :id", id=id) > 0
