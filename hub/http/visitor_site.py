"""What the bubble asks beside the conversation: how the site set it up, who the visitor is, and how it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from hub.accounts.credentials import OpenChannel
from hub.core.errors import Invalid, NotFound
from hub.core.ids import ConversationId, FileId, TenantId
from hub.core.ports import Clock
from hub.http.access import PUBLIC, VISITOR, Call
from hub.http.model import Model, View
from hub.http.routes import Route
from hub.inbox.continuing import Ways
from hub.inbox.desk_settings import read_desk_settings
from hub.inbox.guest_profile import keep_profile
from hub.inbox.guests import FileLink, Guests
from hub.inbox.opinions import Opinions
from hub.inbox.site_settings import Greeting, PreChat, read_site_settings
from hub.store.session import Store

Notice = Callable[[OpenChannel], str | None]
"""What the deployment itself has to say before a visitor writes."""
KNOWN_FIELDS = ("name", "email", "phone")


class SiteQuery(Model):
    site_key: Annotated[str, Field(min_length=1, max_length=64)]


class WayView(View):
    """A channel on which a conversation may go on."""

    channel: UUID
    kind: str


class SiteConfig(View):
    """How the site's owner set the bubble up."""

    name: str
    greeting: str | None
    greetings: list[Greeting]
    """The first one that fits the page and the hour takes the greeting's place."""
    notice: str | None
    """What a visitor should know before writing, such as which model answers."""
    suggestions: list[str]
    color: str | None
    position: Literal["right", "left"]
    size: Literal["compact", "normal", "large"]
    theme: Literal["auto", "light", "dark"]
    launcher_text: str | None
    avatar: str | None
    """A picture's address below the hub's, which works for an hour."""
    css: str
    prechat: PreChat | None
    ask_rating: bool
    offline_form: bool
    elsewhere: list[WayView]
    """Where a conversation may go on."""
    mails: bool
    """Whether a conversation can be had by mail."""
    open: bool
    """Whether people are there now."""
    opens_at: datetime | None
    """When they next are; null while they are there, or where nobody can say."""


class Profile(Model):
    """What was filled in."""

    fields: Annotated[
        dict[Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,39}$")], Annotated[str, Field(max_length=500)]],
        Field(max_length=10, examples=[{"name": "Ada", "email": "ada@shop.example"}]),
    ]
    consent: bool = False
    """Whether the visitor agreed to the site's words of consent."""


class NewRating(Model):
    score: Annotated[int, Field(ge=1, le=5)]
    """1 (bad) to 5 (very good)."""
    comment: Annotated[str, Field(max_length=2_000)] | None = None


class VisitorSiteApi:
    """These routes."""

    def __init__(
        self,
        *,
        guests: Guests,
        store: Store,
        link: FileLink,
        clock: Clock,
        notice: Notice,
        ways: Ways | None = None,
        mails: bool = False,
    ) -> None:
        self._guests = guests
        self._store = store
        self._link = link
        self._clock = clock
        self._notice = notice
        self._ways = ways
        self._mails = mails
        self._opinions = Opinions(store=store)

    async def config(self, call: Call, query: SiteQuery) -> SiteConfig:
        site = await self._guests.site(query.site_key)
        await self._guests.check_origin(query.site_key, call.request.headers.get("Origin"))
        set_up = read_site_settings(site.settings)
        is_open, opens_at = await self._hours(site.tenant_id)
        return SiteConfig(
            name=set_up.name or "Chat",
            notice=set_up.notice or self._notice(site),
            avatar=None if set_up.avatar is None else self._link(site.tenant_id, FileId(set_up.avatar)),
            elsewhere=[]
            if self._ways is None
            else [WayView(channel=way.channel, kind=way.kind) for way in await self._ways.of(site)],
            mails=self._mails,
            open=is_open,
            opens_at=opens_at,
            **{
                name: getattr(set_up, name)
                for name in SiteConfig.model_fields
                if name not in ("name", "notice", "avatar", "open", "opens_at", "elsewhere", "mails")
            },
        )

    async def _hours(self, tenant: TenantId) -> tuple[bool, datetime | None]:
        """One truth for the bot's words, the queue and the bubble: the desk's calendar."""
        now = self._clock.now()
        async with self._store.begin(tenant) as tx:
            hours = await tx.calendars.hours(read_desk_settings(await tx.settings.get()).calendar)
        return (True, None) if hours.is_open(now) else (False, hours.next_opening(now))

    async def tell(self, call: Call, body: Profile) -> None:
        prechat = read_site_settings((await self._guests.site(call.guest.site_key)).settings).prechat or PreChat()
        asked = {field.name: field for field in prechat.fields}
        for name in body.fields:
            if name not in asked and name not in KNOWN_FIELDS:
                raise Invalid("This site does not ask for that.", field=f"fields.{name}")
        email = body.fields.get("email", "").strip()
        if email and ("@" not in email[1:-1] or any(c.isspace() for c in email)):
            raise Invalid("This is no e-mail address.", field="fields.email")
        consent = prechat.consent if body.consent else None
        await keep_profile(self._store, call.guest, body.fields, consent=consent, at=self._clock.now())

    async def rate(self, call: Call, conversation: UUID, body: NewRating) -> None:
        id = ConversationId(conversation)
        if not await self._guests.owns(call.guest, id):
            raise NotFound("There is no such conversation.", field="conversation")
        await self._opinions.rate(call.guest.tenant, id, body.score, (body.comment or "").strip() or None)

    def routes(self) -> list[Route]:
        """The routes of this file."""

        def route(method: str, path: str, handler: Any, summary: str, name: str, **more: Any) -> Route:
            return Route(
                method=method,
                path=f"/api/v1/visitor{path}",
                handler=handler,
                summary=summary,
                name=name,
                **{"access": VISITOR, "tags": ("visitors",), "cors": True, **more},
            )

        return [
            route("GET", "/config", self.config, "How the bubble is set up", "get_visitor_config", access=PUBLIC,
                  problems=(403, 404)),
            route("PUT", "/profile", self.tell, "Say who one is", "tell_visitor_profile",
                  description="What the site asks before the first message; kept with the customer."),
            route("PUT", "/conversations/{conversation}/rating", self.rate, "Say how a conversation was",
                  "rate_visitor_conversation", problems=(404,)),
        ]  # fmt: skip
