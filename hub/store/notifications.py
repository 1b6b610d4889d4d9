"""What colleagues are told, and whom there is to tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.core.ids import ConversationId, TenantId, uuid7
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, fetch_rows, fetch_value, run

_ABLE = """select m.person_id::text as person, m.availability, m.capacity, m.skills,
       m.role = 'agent' and m.reach = 'assigned' as own_alone,
       (select count(*)::int from hub.conversation c where c.tenant_id = m.tenant_id and c.state = 'agent'
           and c.assignee = m.person_id::text and (c.snoozed_until is null or c.snoozed_until <= now())) as busy,
       (select max(h.accepted_at) from hub.handoff h where h.accepted_by = m.person_id::text) as last_at
  from hub.membership m
 where m.tenant_id = :t and m.role in ('owner', 'admin', 'agent')
   and (cast(:team as uuid) is null or exists (
     select 1 from hub.team_member x where x.team_id = :team and x.person_id = m.person_id))
 order by m.person_id"""


@dataclass(frozen=True, slots=True)
class NotificationRow:
    id: UUID
    person: str
    kind: str
    conversation_id: ConversationId
    mark: str
    text: str
    at: datetime
    seen_at: datetime | None
    mailed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ColleagueRow:
    """A member who may take conversations. ``busy`` is how many they have now; ``own_alone``: they see none but
    what was given to them."""

    person: str
    availability: str
    capacity: int
    skills: list[str]
    busy: int
    last_at: datetime | None
    own_alone: bool = False


@dataclass(frozen=True, slots=True)
class ReaderRow:
    """Where a member's mails go, and the tenant they are about."""

    email: str
    locale: str
    slug: str
    name: str
    mailed_at: datetime | None


class Notifications:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def colleagues(self, team: UUID | None = None) -> list[ColleagueRow]:
        """Members who may answer customers; of one team where one is named."""
        return await fetch_all(self._connection, ColleagueRow, _ABLE, t=self.tenant, team=team)

    async def teams_of(self, person: UUID) -> list[UUID]:
        """The teams a member belongs to."""
        rows = await fetch_rows(
            self._connection, "select team_id from hub.team_member where person_id = :p order by team_id", p=person
        )
        return [row[0] for row in rows]

    async def add(
        self, people: Sequence[str], kind: str, conversation: ConversationId, mark: str, text: str
    ) -> list[NotificationRow]:
        """Tell each of these people; those who were told of the same are passed over."""
        return await fetch_all(
            self._connection,
            NotificationRow,
            """insert into hub.notification(id, tenant_id, person, kind, conversation_id, mark, text)
               select x.id, :t, x.person, :kind, :c, :mark, :text
                 from unnest(:ids__uuids, :people__texts) x(id, person)
               on conflict do nothing returning *""",
            t=self.tenant,
            ids__uuids=[uuid7() for _ in people],
            people__texts=list(people),
            kind=kind,
            c=conversation,
            mark=mark,
            text=text,
        )

    async def page(
        self, person: str, limit: int, after: tuple[datetime, UUID] | None = None, *, unseen: bool = False
    ) -> list[NotificationRow]:
        """What a colleague was told, newest first."""
        return await fetch_all(
            self._connection,
            NotificationRow,
            """select * from hub.notification where person = :p and (not :unseen or seen_at is null)
                  and (cast(:at as timestamptz) is null or (at, id) < (cast(:at as timestamptz), cast(:id as uuid)))
                order by at desc, id desc limit :limit""",
            p=person,
            unseen=unseen,
            at=after[0] if after else None,
            id=after[1] if after else None,
            limit=limit,
        )

    async def unseen(self, person: str) -> int:
        """How much a colleague has not seen."""
        return int(
            await fetch_value(
                self._connection,
                "select count(*) from hub.notification where person = :p and seen_at is null",
                p=person,
            )
        )

    async def see(
        self, person: str, ids: Sequence[UUID] | None = None, conversation: ConversationId | None = None
    ) -> int:
        """Mark as seen: these, those of a conversation, or (neither) all. How many were new."""
        return await run(
            self._connection,
            """update hub.notification set seen_at = now() where person = :p and seen_at is null
                  and (cast(:ids__uuids as uuid[]) is null or id = any(:ids__uuids))
                  and (cast(:c as uuid) is null or conversation_id = :c)""",
            p=person,
            ids__uuids=None if ids is None else list(ids),
            c=conversation,
        )

    async def settle(self, conversation: ConversationId, kind: str) -> None:
        """Nobody need look any more: a colleague has the conversation."""
        await run(
            self._connection,
            """update hub.notification set seen_at = now()
                where conversation_id = :c and kind = :kind and seen_at is null""",
            c=conversation,
            kind=kind,
        )

    async def reader(self, person: UUID) -> ReaderRow | None:
        """Where mails for a member go, and when they last got one here; None for who is no member any more."""
        return await fetch_one(
            self._connection,
            ReaderRow,
            """select p.email, p.locale, t.slug, t.name,
                      (select max(n.mailed_at) from hub.notification n where n.person = p.id::text) as mailed_at
                 from hub.membership m join hub.person p on p.id = m.person_id join hub.tenant t on t.id = m.tenant_id
                where m.tenant_id = :t and m.person_id = :p and p.disabled_at is null and t.enabled""",
            t=self.tenant,
            p=person,
        )

    async def unmailed(self, person: str, older: float) -> list[NotificationRow]:
        """What a colleague has neither seen for ``older`` seconds nor got by mail, oldest first; held against others
        who would mail the same."""
        return await fetch_all(
            self._connection,
            NotificationRow,
            """select * from hub.notification
                where person = :p and seen_at is null and mailed_at is null
                  and at < now() - make_interval(secs => :older)
                order by at, id limit 500 for update skip locked""",
            p=person,
            older=older,
        )

    async def mark_mailed(self, ids: Sequence[UUID]) -> None:
        """They went out by mail."""
        await run(
            self._connection,
            "update hub.notification set mailed_at = now() where id = any(:ids__uuids)",
            ids__uuids=list(ids),
        )

    async def settings(self, person: str) -> dict[str, Any]:
        """How a colleague wants to be told; empty where they never said."""
        found = await fetch_value(
            self._connection, "select settings from hub.notification_setting where person = :p", p=person
        )
        return found if isinstance(found, dict) else {}

    async def set_settings(self, person: str, settings: dict[str, Any]) -> None:
        """Keep how a colleague wants to be told."""
        await run(
            self._connection,
            """insert into hub.notification_setting(tenant_id, person, settings) values (:t, :p, :settings__jsonb)
               on conflict (tenant_id, person) do update set settings = excluded.settings, updated_at = now()""",
            t=self.tenant,
            p=person,
            settings__jsonb=settings,
        )
