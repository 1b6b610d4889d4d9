"""What a colleague is told, over REST: the list, what was seen, and how they want to be told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, cast
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field

from admin.api.actors import me
from hub.accounts.permissions import Permission
from hub.core.ids import ConversationId
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.pages import Page, PageQuery, decode_cursor, page_of
from hub.http.routes import Route
from hub.store.notifications import NotificationRow
from hub.store.session import Store

Kind = Literal["needs_person", "assigned", "mention", "customer_replied", "sla", "snooze_over"]
Clockface = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["22:00"])]


def _known_zone(zone: str) -> str:
    if zone not in available_timezones():
        raise ValueError("This is no time zone, such as Europe/Vienna.")
    return zone


class Ways(Model):
    """How one kind is told."""

    desktop: bool = True
    sound: bool = True
    mail: bool = False


class QuietHours(Model):
    """Neither sound nor desktop notifications nor mails between these, in this zone; the list fills all the same, and
    what is still unseen is mailed afterwards."""

    start: Clockface
    end: Clockface
    zone: Annotated[str, Field(max_length=60, examples=["Europe/Vienna"]), AfterValidator(_known_zone)] = "UTC"


class NotificationSettings(Model):
    """Per kind; what is not named is told by desktop and sound."""

    kinds: dict[Kind, Ways] = Field(default_factory=dict)
    quiet: QuietHours | None = None
    digest: Literal["off", "hourly", "daily"] = "off"
    """Mail of what was not seen, at most once an hour or a day; kinds told by mail come sooner."""
    repeat_sound: bool = True
    """The sound for waiting customers comes again until somebody looks."""


class NotificationsQuery(PageQuery):
    unseen: bool = False


class NotificationView(View):
    id: UUID
    kind: Kind
    conversation_id: UUID
    text: str
    at: datetime
    seen_at: datetime | None


class NotificationPage(Page[NotificationView]):
    unseen: int
    """How many have not been seen in all."""


class Seen(Model):
    """Which were seen: these, those of a conversation, or all."""

    ids: Annotated[list[UUID], Field(max_length=200)] | None = None
    conversation_id: UUID | None = None


class SeenView(View):
    seen: int
    unseen: int


class NotificationsApi:
    """The routes of notifications. Everybody sees their own alone."""

    def __init__(self, *, store: Store) -> None:
        self._store = store

    async def page(self, call: Call, query: NotificationsQuery) -> NotificationPage:
        async with self._store.begin(call.tenant_id) as tx:
            rows = await tx.notifications.page(
                me(call), query.limit + 1, decode_cursor(query.cursor), unseen=query.unseen
            )
            unseen = await tx.notifications.unseen(me(call))
        page = page_of(rows, query.limit, lambda row: (row.at, row.id), _show)
        return NotificationPage(items=page.items, next_cursor=page.next_cursor, unseen=unseen)

    async def see(self, call: Call, body: Seen | None = None) -> SeenView:
        body = body or Seen()
        conversation = None if body.conversation_id is None else ConversationId(body.conversation_id)
        async with self._store.begin(call.tenant_id) as tx:
            seen = await tx.notifications.see(me(call), body.ids, conversation)
            return SeenView(seen=seen, unseen=await tx.notifications.unseen(me(call)))

    async def settings(self, call: Call) -> NotificationSettings:
        async with self._store.begin(call.tenant_id) as tx:
            return NotificationSettings.model_validate(await tx.notifications.settings(me(call)))

    async def set_settings(self, call: Call, body: NotificationSettings) -> NotificationSettings:
        async with self._store.begin(call.tenant_id) as tx:
            await tx.notifications.set_settings(me(call), body.model_dump(mode="json"))
        return body

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base, tags = "/api/v1/tenants/{tenant}/notifications", ("desk",)
        access = tenant(Permission.CONVERSATIONS_READ_ASSIGNED)
        return [
            Route(method="GET", path=base, handler=self.page, name="list_notifications", tags=tags, access=access,
                  summary="What you were told, newest first"),
            Route(method="POST", path=f"{base}/seen", handler=self.see, name="see_notifications", tags=tags,
                  access=access, summary="Say that you have seen them", idempotent=True),
            Route(method="GET", path=f"{base}/settings", handler=self.settings, name="get_notification_settings",
                  tags=tags, access=access, summary="How you want to be told"),
            Route(method="PUT", path=f"{base}/settings", handler=self.set_settings, tags=tags, access=access,
                  name="set_notification_settings", summary="Choose how you want to be told"),
        ]  # fmt: skip


def _show(row: NotificationRow) -> NotificationView:
    return NotificationView.model_construct(
        id=row.id,
        kind=cast("Kind", row.kind),
        conversation_id=row.conversation_id,
        text=row.text,
        at=row.at,
        seen_at=row.seen_at,
    )
