"""The event log over REST: pulling what webhooks push, and acknowledging it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from hub.accounts.permissions import Permission
from hub.core.events import HubEvent
from hub.core.ids import ConversationId
from hub.events.payload import payload_of
from hub.events.pull import EventReader
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.routes import Route

Consumer = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$", examples=["crm"])]
Cursor = Annotated[int, Field(ge=0, le=2**53)]


class EventsQuery(Model):
    """Events, oldest first."""

    limit: Annotated[int, Field(ge=1, le=500)] = 100
    cursor: Cursor | None = None
    """`next_cursor` of the answer before; 0 for the beginning."""
    consumer: Consumer | None = None
    """Without a cursor: begin after what this consumer acknowledged."""
    type: HubEvent | None = None
    conversation: UUID | None = None


class EventView(View):
    """An event, the same as a webhook brings it."""

    id: UUID
    seq: int
    type: str
    timestamp: str
    tenant_id: UUID
    schema_version: int
    data: dict[str, Any]


class EventPage(View):
    items: list[EventView]
    next_cursor: str
    """Ask again with it, now or later: it is never null, for there is always a next event."""


class Acknowledgement(Model):
    consumer: Consumer
    cursor: Cursor
    """`next_cursor` of the page that is dealt with, or an event's `seq`."""


class EventsApi:
    """The routes of the event log."""

    def __init__(self, *, reader: EventReader) -> None:
        self._reader = reader

    async def pull(self, call: Call, query: EventsQuery) -> EventPage:
        rows, following = await self._reader.read(
            call.tenant_id,
            query.limit,
            after=query.cursor,
            consumer=query.consumer,
            types=() if query.type is None else (query.type,),
            conversation=None if query.conversation is None else ConversationId(query.conversation),
        )
        return EventPage(
            items=[EventView(**payload_of(row, call.tenant_id)) for row in rows], next_cursor=str(following)
        )

    async def acknowledge(self, call: Call, body: Acknowledgement) -> None:
        await self._reader.acknowledge(call.tenant_id, body.consumer, body.cursor)

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base, access, tags = "/api/v1/tenants/{tenant}/events", tenant(Permission.EVENTS_READ), ("events",)
        return [
            Route(method="GET", path=base, handler=self.pull, access=access, name="list_events", tags=tags,
                  summary="What happened, in order"),
            Route(method="POST", path=f"{base}/ack", handler=self.acknowledge, access=access, name="acknowledge_events",
                  tags=tags, summary="Note how far a consumer has come", idempotent=True,
                  audit=False),
        ]  # fmt: skip
