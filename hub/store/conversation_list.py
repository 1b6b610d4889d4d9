"""Lists of conversations as an inbox shows them: filtered, sorted, searched, with what a row tells; and counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.core.ids import ContactId, ConversationId, FileId, TenantId
from hub.core.inbox_filters import Filter
from hub.store.conversation_filters import where
from hub.store.conversations import ConversationRow
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_rows, fetch_value, record

_NEVER = "timestamptz '9998-12-31 00:00:00+00'"
_SORTS = {
    "newest": ("coalesce(c.last_message_at, c.opened_at)", "desc", "<"),
    "oldest": ("coalesce(c.last_message_at, c.opened_at)", "asc", ">"),
    "opened": ("c.opened_at", "desc", "<"),
    "waiting": (f"coalesce(c.waiting_since, {_NEVER})", "asc", ">"),
    "queue": (f"coalesce(c.handoff_at, {_NEVER})", "asc", ">"),
    "sla": (f"coalesce(c.sla_due_at, {_NEVER})", "asc", ">"),
}
SORTS = tuple(_SORTS)
MOST_UNREAD = 100
"""Unread messages are counted up to here."""
_MOST_HITS = 1000

# The braces take fragments from this module and from ``where`` alone; every value is bound.
_PAGE = """with {found}page as materialized (select c.id, {key} as key{seq} from {source} where {condition}
 order by {key} {way}, c.id {way} limit :limit)"""
_ONE = "with page as (select c.id, c.opened_at as key from hub.conversation c where c.id = :id)"
_HOLDS = """select 1 from hub.file x where x.id = :file and x.conversation_id = c.id
 union all select 1 from hub.message m where m.conversation_id = c.id and m.parts @> :held__jsonb"""
_COUNTS = "select {columns} from hub.conversation c where c.state <> 'resolved'"
_ROWS = """
select c.*, page.key as sort_key, k.name as contact_name, coalesce(k.blocked, false) as contact_blocked,
       k.opted_out_at, h.kind as channel_kind, h.name as channel_name, h.enabled as channel_enabled,
       m.parts as last_parts, m.author_kind as last_author_kind, m.author_id as last_author_id,
       m.author_name as last_author_name, m.kind as last_kind, m.status as last_status, m.at as last_at,
       m.deleted_at as last_deleted_at, u.unread, coalesce(r.seq, 0) as read_seq, l.labels, {hit} as hit_seq,
       f.parts as hit_parts, f.author_kind as hit_author_kind
  from page join hub.conversation c on c.id = page.id
  join hub.channel h on h.id = c.channel_id
  left join hub.contact k on k.id = c.contact_id
  left join hub.reading r on r.conversation_id = c.id and r.person = :me
  left join lateral (select x.* from hub.message x where x.conversation_id = c.id and x.kind <> 'activity'
                      order by x.seq desc limit 1) m on true
  left join hub.message f on f.conversation_id = c.id and f.seq = {hit}
  cross join lateral (select count(*)::int as unread from (
      select 1 from hub.message x where x.conversation_id = c.id and x.direction = 'in'
         and x.seq > coalesce(r.seq, 0) limit :most) x) u
  cross join lateral (select coalesce(array_agg(y.label_id order by y.added_at), array[]::uuid[]) as labels
      from hub.conversation_label y where y.conversation_id = c.id) l
 order by page.key {way}, c.id {way}
"""


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A conversation as one row of a list. ``hit_parts`` is the message a search found, where it found words."""

    conversation: ConversationRow
    sort_key: datetime
    contact_name: str | None
    contact_blocked: bool
    opted_out_at: datetime | None
    channel_kind: str
    channel_name: str
    channel_enabled: bool
    last_parts: list[dict[str, Any]] | None
    last_author_kind: str | None
    last_author_id: str | None
    last_author_name: str | None
    last_kind: str | None
    last_status: str | None
    last_at: datetime | None
    last_deleted_at: datetime | None
    unread: int
    read_seq: int
    labels: list[UUID]
    hit_seq: int | None
    hit_parts: list[dict[str, Any]] | None
    hit_author_kind: str | None


class ConversationList:
    """Reads lists for one colleague; ``me`` is that colleague's name in assignments, mentions and readings."""

    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def page(
        self,
        wanted: Filter,
        me: str,
        limit: int,
        *,
        sort: str = "newest",
        after: tuple[datetime, UUID] | None = None,
        search: str | None = None,
    ) -> list[ListedRow]:
        """The conversations that fit, from after a (sort key, id) on.

        ``search`` finds words of messages, names, and beginnings of addresses.
        """
        condition, values = where(wanted, me)
        key, way, side = _SORTS[sort]
        source, hit = "hub.conversation c", "null::bigint"
        if search is not None:
            values |= {"typed": search, "hits": _MOST_HITS}
            source = "found f join hub.conversation c on c.id = f.conversation_id"
            hit = "page.seq"
        if after is not None:
            condition += f" and ({key}, c.id) {side} (cast(:at as timestamptz), cast(:after as uuid))"
            values |= {"at": after[0], "after": after[1]}
        found = "found as materialized (select * from hub_cross.search_conversations(:typed, :hits)), "
        sql = _PAGE.format(
            found=found if search is not None else "",
            key=key,
            seq=", f.seq" if search is not None else "",
            source=source,
            condition=condition,
            way=way,
        ) + _ROWS.format(hit=hit, way=way)
        rows = await fetch_rows(self._connection, sql, **values, limit=limit, most=MOST_UNREAD)
        return [_listed(dict(row)) for row in rows]

    async def one(self, id: ConversationId, me: str) -> ListedRow | None:
        """One conversation as a list would show it."""
        sql = _ONE + _ROWS.format(hit="null::bigint", way="desc")
        rows = await fetch_rows(self._connection, sql, id=id, me=me, most=MOST_UNREAD)
        return _listed(dict(rows[0])) if rows else None

    async def counts(self, lists: Mapping[str, Filter], me: str) -> dict[str, int]:
        """How many open conversations each list holds. Resolved ones are never counted: there is no end to them."""
        values: dict[str, Any] = {}
        columns = [
            f"count(*) filter (where {where(wanted, me, values)[0]}) as n{n}" for n, wanted in enumerate(lists.values())
        ]
        sql = _COUNTS.format(columns=", ".join(columns))
        (row,) = await fetch_rows(self._connection, sql, **values)
        return {name: int(row[f"n{n}"]) for n, name in enumerate(lists)}

    async def within(self, wanted: Filter, me: str, ids: Sequence[ConversationId]) -> set[ConversationId]:
        """Those of these conversations that fit."""
        condition, values = where(wanted, me)
        sql = f"select c.id from hub.conversation c where c.id = any(:ids__uuids) and {condition}"  # noqa: S608  # as above
        rows = await fetch_rows(self._connection, sql, **values, ids__uuids=list(ids))
        return {ConversationId(row[0]) for row in rows}

    async def any_of(
        self,
        wanted: Filter,
        me: str,
        *,
        conversation: ConversationId | None = None,
        contact: ContactId | None = None,
        file: FileId | None = None,
    ) -> bool:
        """Whether a conversation that fits is this one, is this contact's, or holds this file."""
        condition, values = where(wanted, me)
        if conversation is not None:
            condition += " and c.id = :conversation"
            values["conversation"] = conversation
        if contact is not None:
            condition += " and c.contact_id = :contact"
            values["contact"] = contact
        if file is not None:
            condition += f" and exists ({_HOLDS})"
            values |= {"file": file, "held__jsonb": [{"file_id": str(file)}]}
        sql = f"select 1 from hub.conversation c where {condition} limit 1"  # noqa: S608  # as above
        return await fetch_value(self._connection, sql, **values) is not None

    async def existing(self, ids: Sequence[ConversationId]) -> list[ConversationRow]:
        """Those of these conversations that are there."""
        return await fetch_all(
            self._connection,
            ConversationRow,
            "select * from hub.conversation where id = any(:ids__uuids)",
            ids__uuids=list(ids),
        )


def _listed(row: dict[str, Any]) -> ListedRow:
    return record(ListedRow, {**row, "conversation": record(ConversationRow, row)})
