"""Webhooks over REST: where a tenant's events go, what became of them, and sending them again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from hub.accounts.permissions import Permission
from hub.core.events import HubEvent
from hub.core.ids import WebhookDeliveryId, WebhookId
from hub.events.desk import WebhookDesk
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.pages import Page, PageQuery, decode_cursor, page_of
from hub.http.routes import Route
from hub.store.webhook_deliveries import WebhookDeliveryRow
from hub.store.webhooks import WebhookRow

Address = Annotated[str, Field(min_length=1, max_length=2_000, examples=["https://hooks.example.com/switchboard"])]
Description = Annotated[str, Field(max_length=500, examples=["CRM"])]
Types = Annotated[list[HubEvent], Field(max_length=50)]
Number = Annotated[int, Field(ge=0, le=2**53)]


class NewWebhook(Model):
    url: Address
    types: Types = Field(default_factory=list)
    """The events wanted; empty for all, those of later versions included."""
    description: Description = ""


class WebhookChange(Model):
    """What is left out stays."""

    url: Address | None = None
    types: Types | None = None
    description: Description | None = None
    enabled: bool | None = None
    """Switched off, it gets nothing, and what waits is given up. Switched on, it gets what happens from then on."""


class Rotation(Model):
    overlap_hours: Annotated[int, Field(ge=0, le=168)] = 24
    """How long the old secret signs beside the new one."""


class ReplayRange(Model):
    """Events by number, both ends included."""

    first: Number
    last: Number = 2**53


class WebhookView(View):
    id: UUID
    url: str
    description: str
    types: list[str]
    enabled: bool
    disabled_reason: str | None
    failures: int
    """Failed tries in a row."""
    paused_until: datetime | None
    """Nothing is sent before, because the endpoint failed or asked for time."""
    created_at: datetime
    updated_at: datetime


class WebhookSecretView(WebhookView):
    secret: str
    """Signs what is sent. It is shown this once."""


class DeliveriesQuery(Model):
    """Deliveries, newest event first."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[int, Field(ge=1, le=2**53)] | None = None
    """`next_cursor` of the page before."""
    state: Literal["ready", "delivered", "dead"] | None = None


class WebhookDeliveryView(View):
    id: UUID
    webhook_id: UUID
    event_id: UUID
    """The header `webhook-id`, the same for every try."""
    event_seq: int
    type: str
    conversation_id: UUID | None
    state: str
    """ready, delivered or dead."""
    attempts: int
    due_at: datetime | None
    status: int | None
    """The last answer's status; null when nobody answered."""
    response: str | None
    """The beginning of the last answer."""
    error: str | None
    created_at: datetime
    finished_at: datetime | None


class DeliveryPage(View):
    items: list[WebhookDeliveryView]
    next_cursor: str | None


class ReplayedView(View):
    replayed: int
    next: int | None
    """Where to go on when there are more than were replayed at once; null when that was all."""


class TestedView(View):
    """What the endpoint made of the test."""

    ok: bool
    status: int | None
    """Null when nobody answered."""
    error: str | None


class RatesQuery(Model):
    days: Annotated[int, Field(ge=1, le=90)] = 7


class RatesView(View):
    """What became of the deliveries of the last `days`."""

    days: int
    delivered: int
    first_try: int
    """Of those delivered, how many at the first try."""
    dead: int
    waiting: int


class WebhooksApi:
    """The routes of webhooks and their deliveries."""

    def __init__(self, *, desk: WebhookDesk) -> None:
        self._desk = desk

    async def create(self, call: Call, body: NewWebhook) -> WebhookSecretView:
        row, secret = await self._desk.create(call.tenant_id, body.url, types=body.types, description=body.description)
        return WebhookSecretView(**_view(row).model_dump(), secret=secret)

    async def page(self, call: Call, query: PageQuery) -> Page[WebhookView]:
        rows = await self._desk.page(call.tenant_id, query.limit + 1, decode_cursor(query.cursor))
        return page_of(rows, query.limit, lambda row: (row.created_at, row.id), _view)

    async def get(self, call: Call, webhook: UUID) -> WebhookView:
        return _view(await self._desk.get(call.tenant_id, WebhookId(webhook)))

    async def change(self, call: Call, webhook: UUID, body: WebhookChange) -> WebhookView:
        changed = await self._desk.change(
            call.tenant_id,
            WebhookId(webhook),
            url=body.url,
            types=body.types,
            description=body.description,
            enabled=body.enabled,
        )
        return _view(changed)

    async def remove(self, call: Call, webhook: UUID) -> None:
        await self._desk.remove(call.tenant_id, WebhookId(webhook))

    async def rotate(self, call: Call, webhook: UUID, body: Rotation | None = None) -> WebhookSecretView:
        overlap = timedelta(hours=(body or Rotation()).overlap_hours)
        row, secret = await self._desk.rotate(call.tenant_id, WebhookId(webhook), overlap)
        return WebhookSecretView(**_view(row).model_dump(), secret=secret)

    async def deliveries(self, call: Call, webhook: UUID, query: DeliveriesQuery) -> DeliveryPage:
        rows = await self._desk.deliveries(
            call.tenant_id, WebhookId(webhook), query.limit + 1, query.cursor, state=query.state
        )
        kept = rows[: query.limit]
        more = str(kept[-1].event_seq) if len(rows) > query.limit else None
        return DeliveryPage(items=[_delivery(row) for row in kept], next_cursor=more)

    async def test(self, call: Call, webhook: UUID) -> TestedView:
        came = await self._desk.test(call.tenant_id, WebhookId(webhook))
        return TestedView(ok=came.error is None, status=came.status, error=came.error)

    async def rates(self, call: Call, webhook: UUID, query: RatesQuery) -> RatesView:
        found = await self._desk.rates(call.tenant_id, WebhookId(webhook), query.days)
        return RatesView(
            days=query.days,
            delivered=found.delivered,
            first_try=found.first_try,
            dead=found.dead,
            waiting=found.waiting,
        )

    async def replay(self, call: Call, delivery: UUID) -> WebhookDeliveryView:
        return _delivery(await self._desk.replay(call.tenant_id, WebhookDeliveryId(delivery)))

    async def replay_range(self, call: Call, webhook: UUID, body: ReplayRange) -> ReplayedView:
        count, following = await self._desk.replay_range(call.tenant_id, WebhookId(webhook), body.first, body.last)
        return ReplayedView(replayed=count, next=following)

    def routes(self) -> list[Route]:
        """The routes of this file."""
        root = "/api/v1/tenants/{tenant}"
        base = f"{root}/webhooks"
        one = f"{base}/{{webhook}}"
        reads, writes = tenant(Permission.EVENTS_READ), tenant(Permission.EVENTS_WRITE)

        def route(method: str, path: str, handler: Any, summary: str, name: str, **more: Any) -> Route:
            access = reads if method == "GET" else writes
            return Route(method=method, path=path, handler=handler, summary=summary, name=name,
                         **{"tags": ("events",), "access": access, "idempotent": method == "POST", **more})  # fmt: skip

        return [
            route("POST", base, self.create, "Send events to an address", "create_webhook", status=201),
            route("GET", base, self.page, "A tenant's webhooks", "list_webhooks"),
            route("GET", one, self.get, "One webhook", "get_webhook"),
            route("PATCH", one, self.change, "Change a webhook", "change_webhook"),
            route("DELETE", one, self.remove, "Remove a webhook with its deliveries", "remove_webhook"),
            route("POST", f"{one}/rotate", self.rotate, "Make a new secret", "rotate_webhook_secret",
                  description="The old secret signs beside the new one for a while."),
            route("GET", f"{one}/deliveries", self.deliveries, "What was sent, and what became of it",
                  "list_webhook_deliveries"),
            route("POST", f"{one}/test", self.test, "Send a test event now", "test_webhook",
                  description="One signed `webhook.test`, in no log and never sent again."),
            route("GET", f"{one}/rates", self.rates, "How many deliveries went well", "get_webhook_rates"),
            route("POST", f"{one}/replay", self.replay_range, "Send a range of events again", "replay_webhook",
                  status=202, description="At most a thousand a call, those the webhook never had included."),
            route("POST", f"{root}/deliveries/{{delivery}}/replay", self.replay, "Send one event again",
                  "replay_delivery", status=202),
        ]  # fmt: skip


def _view(row: WebhookRow) -> WebhookView:
    return WebhookView(
        id=row.id,
        url=row.url,
        description=row.description,
        types=list(row.types),
        enabled=row.enabled,
        disabled_reason=row.disabled_reason,
        failures=row.failures,
        paused_until=row.open_until,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _delivery(row: WebhookDeliveryRow) -> WebhookDeliveryView:
    return WebhookDeliveryView(
        id=row.id,
        webhook_id=row.webhook_id,
        event_id=row.event_id,
        event_seq=row.event_seq,
        type=row.type,
        conversation_id=row.conversation_id,
        state=row.state,
        attempts=row.attempts,
        due_at=row.due_at,
        status=row.status,
        response=row.response,
        error=row.error,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )
