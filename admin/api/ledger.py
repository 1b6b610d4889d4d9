"""The ledger over REST: what became of every event that came in, and trying again what failed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from hub.accounts.permissions import Permission
from hub.core.errors import Invalid, NotFound
from hub.core.ids import InboxId
from hub.core.ports import Clock
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.pages import Page, PageQuery, decode_cursor, page_of
from hub.http.routes import Route
from hub.inbox.ledger import MOST, OPEN_BOUND_SECONDS, LedgerDesk, Range, Replayed
from hub.store.ledger import Entry, OutcomeCount, Unsent
from hub.store.session import Store

Outcome = Literal["open", "answered", "handed_over", "waiting", "ignored", "dead"]
Ids = Annotated[list[UUID], Field(min_length=1, max_length=MOST)]


class OutcomeView(View):
    """How many events ended like this."""

    outcome: Outcome
    reason: str | None
    count: int
    oldest: datetime
    oldest_seconds: float


class OpenView(View):
    """Events that have no outcome yet: they wait for the bot, or are being answered."""

    count: int
    oldest: datetime | None
    oldest_seconds: float | None
    stuck: bool
    """Whether the oldest is open longer than anything should be (`bound_seconds`)."""
    bound_seconds: float


class UnsentCountView(View):
    """Outgoing messages that were not sent, or of which nobody knows."""

    dead: int
    unknown: int


class LedgerView(View):
    """Events that came in, counted by what became of them. `deliveries` are all there are."""

    at: datetime
    total: int
    open: OpenView
    dead: int
    outcomes: list[OutcomeView]
    deliveries: UnsentCountView


class LedgerQuery(Model):
    """Which events are counted: all, or those that came in a time."""

    start: Annotated[AwareDatetime | None, Field(alias="from")] = None
    """From this time on."""
    end: Annotated[AwareDatetime | None, Field(alias="to")] = None
    """Up to this time, without it."""


class EntriesQuery(PageQuery):
    outcome: Outcome | None = None
    reason: Annotated[str, Field(min_length=1, max_length=100)] | None = None


class EntryView(View):
    """One event that came in. `outcome` is `open` until it has one."""

    id: UUID
    type: str
    channel_id: UUID
    channel: str
    """The channel's kind."""
    platform_id: str
    conversation_id: UUID | None
    message_id: UUID | None
    received_at: datetime
    replayed_at: datetime | None
    done_at: datetime | None
    outcome: Outcome
    reason: str | None
    error: str | None


class EntryDetail(EntryView):
    """One event with its body, as the hub understood it."""

    event: dict[str, Any]


class UnsentQuery(PageQuery):
    state: Literal["dead", "unknown"] | None = None


class UnsentView(View):
    """One outgoing message that was not sent (`dead`), or of which nobody knows whether it was (`unknown`)."""

    id: UUID
    conversation_id: UUID
    channel_id: UUID
    channel: str
    """The channel's kind."""
    message_id: UUID
    state: Literal["dead", "unknown"]
    code: str | None
    error: str | None
    attempts: int
    parts: list[dict[str, Any]]
    created_at: datetime
    finished_at: datetime | None
    replayed_at: datetime | None


class _Choice(Model):
    ids: Ids | None = None
    """These, all or none of them."""
    start: Annotated[AwareDatetime | None, Field(alias="from")] = None
    """From this time on."""
    end: Annotated[AwareDatetime | None, Field(alias="to")] = None
    """Up to this time, without it."""

    def chosen(self, whole: str | None, name: str) -> Sequence[UUID] | Range:
        """The ids, or the range; raises ``Invalid`` unless it is exactly one of them."""
        if (self.ids is None) == (whole is None):
            raise Invalid(f"Give either ids or {name}.", field="ids")
        if self.ids is not None:
            if self.start is not None or self.end is not None:
                raise Invalid("A range goes with all dead ones, not with ids. Leave one of them out.", field="from")
            return self.ids
        return Range(self.start, self.end)


class Replay(_Choice):
    """Which messages the bot shall read again: `ids`, or `outcome` with a range."""

    outcome: Literal["dead"] | None = None


class SendAgain(_Choice):
    """Which messages shall be sent again: `ids`, or `state` with a range."""

    state: Literal["dead", "unknown"] | None = None
    even_unknown: bool = False
    """Send unknown ones too, although they may have arrived: customers may get them twice."""


class ReplayedView(View):
    """How many were put back; `more` says that the range holds more, so call again."""

    replayed: int
    more: bool


class LedgerApi:
    """The routes of the ledger."""

    def __init__(self, *, store: Store, desk: LedgerDesk, clock: Clock) -> None:
        self._store = store
        self._desk = desk
        self._clock = clock

    async def counts(self, call: Call, query: LedgerQuery) -> LedgerView:
        async with self._store.begin(call.tenant_id) as tx:
            rows = await tx.ledger.counts(query.start, query.end)
            unsent = {row.state: row.count for row in await tx.ledger.unsent_counts()}
        now = self._clock.now()
        return LedgerView(
            at=now,
            total=sum(row.count for row in rows),
            open=_open([row for row in rows if row.outcome is None], now),
            dead=sum(row.count for row in rows if row.outcome == "dead"),
            outcomes=[
                OutcomeView(
                    outcome=_outcome(row.outcome),
                    reason=row.reason,
                    count=row.count,
                    oldest=row.oldest,
                    oldest_seconds=_age(row.oldest, now),
                )
                for row in rows
            ],
            deliveries=UnsentCountView(dead=unsent.get("dead", 0), unknown=unsent.get("unknown", 0)),
        )

    async def page(self, call: Call, query: EntriesQuery) -> Page[EntryView]:
        async with self._store.begin(call.tenant_id) as tx:
            rows = await tx.ledger.page(
                query.limit + 1, decode_cursor(query.cursor), outcome=query.outcome, reason=query.reason
            )
        return page_of(rows, query.limit, lambda row: (row.received_at, row.id), lambda row: EntryView(**_entry(row)))

    async def get(self, call: Call, entry: UUID) -> EntryDetail:
        async with self._store.begin(call.tenant_id) as tx:
            row = await tx.ledger.get(InboxId(entry))
        if row is None:
            raise NotFound("There is no such entry in the ledger.", field="entry")
        return EntryDetail(**_entry(row), event=row.event)

    async def replay(self, call: Call, body: Replay) -> ReplayedView:
        chosen = body.chosen(body.outcome, "outcome")
        return _replayed(await self._desk.replay(call.tenant_id, chosen))

    async def unsent(self, call: Call, query: UnsentQuery) -> Page[UnsentView]:
        async with self._store.begin(call.tenant_id) as tx:
            rows = await tx.ledger.unsent(query.limit + 1, decode_cursor(query.cursor), state=query.state)
        return page_of(rows, query.limit, lambda row: (row.created_at, row.id), _unsent)

    async def send_again(self, call: Call, body: SendAgain) -> ReplayedView:
        chosen = body.chosen(body.state, "state")
        return _replayed(
            await self._desk.send_again(
                call.tenant_id, chosen, state=body.state or "dead", even_unknown=body.even_unknown
            )
        )

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base = "/api/v1/tenants/{tenant}/ledger"
        reads, writes = tenant(Permission.LEDGER_READ), tenant(Permission.LEDGER_REPLAY)

        def route(method: str, path: str, handler: Any, summary: str, name: str, text: str = "") -> Route:
            return Route(method=method, path=path, handler=handler, summary=summary, name=name, description=text,
                         tags=("ledger",), access=reads if method == "GET" else writes,
                         idempotent=method == "POST")  # fmt: skip

        return [
            route("GET", base, self.counts, "What became of everything that came in", "get_ledger"),
            route("GET", f"{base}/entries", self.page, "Events that came in, newest first", "list_ledger_entries"),
            route("GET", f"{base}/entries/{{entry}}", self.get, "One event with its body", "get_ledger_entry"),
            route("POST", f"{base}/replay", self.replay, "Have the bot read dead messages again", "replay_messages",
                  f"At most {MOST} a call, the oldest first. A message that is not dead is refused."),
            route("GET", f"{base}/deliveries", self.unsent, "Outgoing messages that were not sent, newest first",
                  "list_unsent_deliveries"),
            route("POST", f"{base}/deliveries/replay", self.send_again, "Send again what was not sent",
                  "replay_deliveries",
                  f"At most {MOST} a call, the oldest first. The bot's own messages go out only while no person has"
                  " taken the conversation since."),
        ]  # fmt: skip


def _open(rows: Sequence[OutcomeCount], now: datetime) -> OpenView:
    oldest = min((row.oldest for row in rows), default=None)
    age = None if oldest is None else _age(oldest, now)
    return OpenView(
        count=sum(row.count for row in rows),
        oldest=oldest,
        oldest_seconds=age,
        stuck=age is not None and age > OPEN_BOUND_SECONDS,
        bound_seconds=OPEN_BOUND_SECONDS,
    )


def _age(since: datetime, now: datetime) -> float:
    return round(max(0.0, (now - since).total_seconds()), 3)


def _outcome(stored: str | None) -> Any:
    return stored or "open"


def _entry(row: Entry) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in EntryView.model_fields if name not in ("channel", "outcome")}
    return {**shown, "channel": row.kind, "outcome": _outcome(row.outcome)}


def _unsent(row: Unsent) -> UnsentView:
    shown = {name: getattr(row, name) for name in UnsentView.model_fields if name not in ("channel", "parts")}
    return UnsentView(**shown, channel=row.kind, parts=row.outbound["parts"])


def _replayed(done: Replayed) -> ReplayedView:
    return ReplayedView(replayed=done.count, more=done.more)
