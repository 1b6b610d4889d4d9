"""Figures for reports: counted, weighed and timed where the rows are, in one statement a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from hub.core.ids import TenantId
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one

FACTS: Final[Mapping[str, str]] = {
    "conversations": """
        select ch.name as label, extract(epoch from c.resolved_at - c.opened_at) as seconds, null::numeric as cost,
               (select coalesce(sum(octet_length(m.parts::text)), 0) from hub.message m
                 where m.tenant_id = c.tenant_id and m.conversation_id = c.id) as bytes
          from hub.conversation c join hub.channel ch on ch.tenant_id = c.tenant_id and ch.id = c.channel_id
         where c.tenant_id = :t and c.opened_at >= :start and c.opened_at < :end""",
    "messages": """
        select m.author_kind as label, null::numeric as seconds, null::numeric as cost,
               octet_length(m.parts::text) as bytes
          from hub.message m
         where m.tenant_id = :t and m.created_at >= :start and m.created_at < :end""",
    "days": """
        select to_char(m.created_at at time zone 'UTC', 'YYYY-MM-DD') as label, null::numeric as seconds,
               null::numeric as cost, octet_length(m.parts::text) as bytes
          from hub.message m
         where m.tenant_id = :t and m.created_at >= :start and m.created_at < :end""",
    "responses": """
        select ch.name as label, extract(epoch from answer.at - asked.at) as seconds, null::numeric as cost,
               answer.bytes
          from hub.conversation c join hub.channel ch on ch.tenant_id = c.tenant_id and ch.id = c.channel_id
         cross join lateral (select m.seq, m.created_at as at from hub.message m
                 where m.tenant_id = c.tenant_id and m.conversation_id = c.id and m.author_kind = 'contact'
                 order by m.seq limit 1) asked
         cross join lateral (select m.created_at as at, octet_length(m.parts::text) as bytes from hub.message m
                 where m.tenant_id = c.tenant_id and m.conversation_id = c.id and m.seq > asked.seq
                   and m.direction = 'out' and m.author_kind in ('bot', 'agent') order by m.seq limit 1) answer
         where c.tenant_id = :t and c.opened_at >= :start and c.opened_at < :end""",
    "handoffs": """
        select h.reason as label, extract(epoch from h.accepted_at - h.requested_at) as seconds, h.cost,
               null::bigint as bytes
          from hub.handoff h
         where h.tenant_id = :t and h.requested_at >= :start and h.requested_at < :end""",
    "labels": """
        select l.name as label, extract(epoch from c.resolved_at - c.opened_at) as seconds, null::numeric as cost,
               (select coalesce(sum(octet_length(m.parts::text)), 0) from hub.message m
                 where m.tenant_id = c.tenant_id and m.conversation_id = c.id) as bytes
          from hub.conversation_label cl
          join hub.label l on l.tenant_id = cl.tenant_id and l.id = cl.label_id
          join hub.conversation c on c.tenant_id = cl.tenant_id and c.id = cl.conversation_id
         where cl.tenant_id = :t and c.opened_at >= :start and c.opened_at < :end""",
    "models": """
        select concat_ws(' · ', u.provider, u.model, u.task) as label, u.duration::numeric as seconds, u.cost,
               null::bigint as bytes
          from hub.usage u
         where u.tenant_id = :t and u.at >= :start and u.at < :end""",
    "satisfaction": """
        select f.value as label, null::numeric as seconds, null::numeric as cost, null::bigint as bytes
          from hub.feedback f
         where f.tenant_id = :t and f.at >= :start and f.at < :end""",
    "ratings": """
        select r.score::text as label, null::numeric as seconds, null::numeric as cost, null::bigint as bytes
          from hub.rating r
         where r.tenant_id = :t and r.at >= :start and r.at < :end""",
}
"""By the name of a report: what it counts, one row each, with its label, seconds, bytes and cost."""

_SUM: Final = """
    select f.label, grouping(f.label) = 1 as total, count(*) as count, sum(f.bytes)::bigint as bytes,
           min(f.seconds)::float8 as minimum, max(f.seconds)::float8 as maximum,
           (percentile_cont(0.5) within group (order by f.seconds))::float8 as median, sum(f.cost) as cost
      from ({facts}) f group by grouping sets ((f.label), ()) order by total, count desc, f.label"""


_OVERVIEW: Final = """
    with ended as (
        select exists (select 1 from hub.handoff h
                        where h.tenant_id = c.tenant_id and h.conversation_id = c.id)
               or exists (select 1 from hub.message m where m.tenant_id = c.tenant_id
                             and m.conversation_id = c.id and m.author_kind = 'agent') as person
          from hub.conversation c
         where c.tenant_id = :t and c.resolved_at >= :start and c.resolved_at < :end),
    said as (
        select m.direction, m.author_kind, m.support from hub.message m
         where m.tenant_id = :t and m.created_at >= :start and m.created_at < :end),
    spent as (
        select sum(u.cost) as cost, max(u.currency) as currency from hub.usage u
         where u.tenant_id = :t and u.at >= :start and u.at < :end),
    rated as (
        select r.score from hub.rating r where r.tenant_id = :t and r.at >= :start and r.at < :end),
    answered as ({responses})
    select (select count(*) from hub.conversation c
             where c.tenant_id = :t and c.opened_at >= :start and c.opened_at < :end) as opened,
           (select count(*) from ended) as resolved,
           (select count(*) from ended where not person) as resolved_by_bot,
           (select count(*) from hub.handoff h
             where h.tenant_id = :t and h.requested_at >= :start and h.requested_at < :end) as handoffs,
           (select count(*) from said where direction = 'in') as messages_in,
           (select count(*) from said where direction = 'out' and author_kind in ('bot', 'agent'))
               as messages_out,
           (select count(*) from hub.conversation c where c.tenant_id = :t and c.state <> 'resolved')
               as open,
           (select count(*) from hub.conversation c where c.tenant_id = :t and c.state = 'waiting')
               as waiting,
           (select (percentile_cont(0.5) within group (order by seconds))::float8 from answered)
               as first_response,
           (select avg(support)::float8 from said where author_kind = 'bot') as support,
           (select count(*) from hub.feedback f where f.tenant_id = :t and f.value = 'up'
               and f.at >= :start and f.at < :end) as thumbs_up,
           (select count(*) from hub.feedback f where f.tenant_id = :t and f.value = 'down'
               and f.at >= :start and f.at < :end) as thumbs_down,
           (select count(*) from rated) as ratings,
           (select avg(score)::float8 from rated) as rating,
           (select cost from spent) as cost, (select currency from spent) as currency"""


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One label's figures, or with ``total`` those of all. Seconds and bytes are None where nothing has any."""

    label: str | None
    total: bool
    count: int
    bytes: int | None
    minimum: float | None
    median: float | None
    maximum: float | None
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class Overview:
    """How a tenant did in a time. ``open`` and ``waiting`` are as of now; ``first_response`` is the median, seconds;
    ``rating`` the mean of 1 (bad) to 5 (very good)."""

    opened: int
    resolved: int
    resolved_by_bot: int
    handoffs: int
    messages_in: int
    messages_out: int
    open: int
    waiting: int
    first_response: float | None
    support: float | None
    thumbs_up: int
    thumbs_down: int
    ratings: int
    rating: float | None
    cost: Decimal | None
    currency: str | None


class Reports:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def lines(self, report: str, start: datetime, end: datetime) -> list[ReportLine]:
        """A report over ``start`` to ``end``, ``end`` left out: its labels, the most frequent first, then the total.
        Raises ``KeyError`` for a report there is not."""
        sql = _SUM.replace("{facts}", FACTS[report])
        return await fetch_all(self._connection, ReportLine, sql, t=self.tenant, start=start, end=end)

    async def overview(self, start: datetime, end: datetime) -> Overview:
        """The figures of the dashboard. A conversation counts as resolved by the bot when no person was asked for and
        none wrote in it."""
        found = await fetch_one(
            self._connection,
            Overview,
            _OVERVIEW.replace("{responses}", FACTS["responses"]),
            t=self.tenant,
            start=start,
            end=end,
        )
        assert found is not None  # noqa: S101 - a select without from gives one row
        return found
