"""Writing acts down: who did it, from where, under which request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.accounts.principals import Principal, PrincipalKind
from hub.core.ids import PersonId, TenantId
from hub.store.audit import AuditEntry, AuditRow
from hub.store.session import PLATFORM, Store

_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Trace:
    """Where an act comes from. ``who`` is None for somebody who has not said who they are."""

    who: Principal | None = None
    address: str = ""
    user_agent: str = ""
    request_id: str = ""

    def entry(
        self,
        act: str,
        target: str | None = None,
        *,
        person: tuple[PersonId, str] | None = None,
        **details: Any,
    ) -> AuditEntry:
        """An entry for the audit log. ``person`` (id and name) stands for the caller where signing in is the act."""
        if self.who is not None and self.who.impersonator_id is not None:
            details["impersonator"] = str(self.who.impersonator_id)
        kind, id, name = self._actor() if person is None else ("person", person[0], person[1])
        return AuditEntry(
            act=act,
            actor_kind=kind,
            actor_id=id,
            actor_name=name,
            target=target,
            details=_short(details),
            address=self.address[:_LONGEST],
            user_agent=self.user_agent[:_LONGEST],
            request_id=self.request_id,
        )

    def _actor(self) -> tuple[str, UUID | None, str]:
        if self.who is None:
            return ("nobody", None, "")
        if self.who.impersonator_name is not None:
            return ("person", self.who.person_id, f"{self.who.name}, acted by {self.who.impersonator_name}")
        if self.who.kind is PrincipalKind.PERSON:
            return ("person", self.who.person_id, self.who.name)
        if self.who.key_id is not None:
            return ("key", self.who.key_id, self.who.name)
        return ("operator", None, self.who.name)


class AuditLog:
    """Writes acts down for doors that know only that something was done, and lists them."""

    def __init__(self, *, store: Store) -> None:
        self._store = store

    async def note(self, tenant: TenantId | None, entry: AuditEntry) -> None:
        """Write one act down, under a tenant or, where it is no tenant's, under the platform."""
        async with self._store.directory() as directory:
            await directory.note(PLATFORM if tenant is None else tenant, entry)

    async def page(
        self,
        tenant: TenantId | None,
        limit: int,
        before: tuple[datetime, UUID] | None,
        *,
        actor: UUID | None = None,
        act: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[AuditRow]:
        """Acts, the newest first."""
        async with self._store.begin(PLATFORM if tenant is None else tenant) as tx:
            return await tx.audit.page(limit, before, actor=actor, act=act, since=since, until=until)


COMMAND = Trace(Principal(PrincipalKind.PLATFORM, name="command line"))
"""An act of whoever runs commands on the machine."""


def _short(details: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value[:_LONGEST] if isinstance(value, str) else value for name, value in details.items()}
