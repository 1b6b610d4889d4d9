"""The web side of a process: every route and the sockets over the house's parts."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from adapters.webchat.channel import WebChatChannel
from hub import __version__
from hub.accounts.audit import AuditLog
from hub.accounts.credentials import OpenChannel
from hub.accounts.keys import ApiKeys, Tenants
from hub.accounts.sessions import Sessions
from hub.http.app import ADMIT, build_app
from hub.http.client import client_address
from hub.http.cookies import OwnPages, SessionCookie
from hub.http.desk_pages import DeskPages
from hub.http.documentation import DocumentationPages
from hub.http.frontend import DemoFacts, Frontend, model_note
from hub.http.health import Health, ReadyCheck
from hub.http.idempotency import Once
from hub.http.kept_answers import StoredKeys
from hub.http.limits import RouteLimits
from hub.http.routes import Bound, Route, bind_all
from hub.http.shared_windows import SharedWindows
from hub.http.visitor import VisitorApi, file_link
from hub.http.visitor_onward import VisitorOnwardApi
from hub.http.visitor_site import VisitorSiteApi
from hub.http.webhooks import Webhooks
from hub.inbox.answering import AnsweringColleagues
from hub.inbox.continuing import Continuing, Ways
from hub.inbox.guests import Guests
from hub.inbox.opinions import Opinions
from hub.inbox.revisions import Revisions
from hub.inbox.transcripts import Transcripts
from hub.jobs.wakers import RedisWaker
from hub.metering.calls import CallCounter
from hub.realtime.desk import guest_desk
from hub.realtime.feeds import RedisFeed, RedisListener, open_redis
from hub.realtime.server import Realtime
from hub.run.agent_door import SocketDoor
from hub.run.house import House
from hub.security.resume_codes import ResumeCodes
from hub.security.tokens import DownloadTokens, VisitorTokens
from hub.telemetry.metrics import CONTENT_TYPE
from orchestrator.waiting_room import QueueReader

if TYPE_CHECKING:
    from hub.run.signing_in import HasRoutes


class WebSide:
    """Builds the application. ``draining`` makes readiness false before the process stops."""

    def __init__(self, house: House, *, demo: DemoFacts | None = None, docs: Path | None = None) -> None:
        self._house = house
        self._demo = demo
        self._docs = docs
        self.draining = False
        self.peers: Callable[[], int] = lambda: 1
        url = house.settings.redis_url
        self.windows = SharedWindows(url.get_secret_value()) if url is not None else None
        self.calls = CallCounter(store=house.store, clock=house.clock)
        self._secure = urlsplit(house.settings.public_url or "").scheme == "https"
        self._sessions = Sessions(store=house.store, secret_keys=house.secret_keys)
        tokens, links = VisitorTokens(house.secret_keys), DownloadTokens(house.secret_keys)
        self._guests = Guests(
            store=house.store,
            accounts=house.accounts,
            tokens=tokens,
            accept=house.accept,
            webchat=WebChatChannel(clock=house.clock),
            link=lambda tenant, file: file_link(links, tenant, file),
        )
        self._once = Once(StoredKeys(store=house.store, vault=house.vault))
        self._visitor = VisitorApi(
            guests=self._guests,
            store=house.store,
            blobs=house.blobs,
            links=links,
            once=self._once,
        )
        self._limits = RouteLimits(
            shared=self.windows, peers=lambda: self.peers(), plans=house.settings.offered_plans, calls=self.calls
        )
        continuing = Continuing(
            store=house.store,
            ways=Ways(accounts=house.accounts, channels=house.channels),
            guests=self._guests,
            codes=ResumeCodes(house.secret_keys),
        )
        self._onward = VisitorOnwardApi(
            continuing=continuing,
            transcripts=Transcripts(store=house.store, guests=self._guests, post=house.post),
            limits=self._limits,
        )
        self._site = VisitorSiteApi(
            guests=self._guests,
            store=house.store,
            link=lambda tenant, file: file_link(links, tenant, file),
            clock=house.clock,
            notice=self._say_notice,
            ways=continuing.ways,
            mails=house.post.sends,
        )
        self.realtime = Realtime(
            desk=guest_desk(
                self._guests,
                who_answers=AnsweringColleagues(store=house.store),
                presence=house.feed,
                queue=QueueReader(store=house.store),
                opinions=Opinions(store=house.store),
                revisions=Revisions(
                    store=house.store,
                    guests=self._guests,
                    announcer=house.feed,
                    waker=house.waker,
                    clock=house.clock,
                ),
            ),
            address=client_address(house.settings.trusted_proxies),
            feed=house.feed,
            door=self._door(),
        )

    def _door(self) -> SocketDoor:
        house, admin_key = self._house, self._house.settings.admin_api_key
        return SocketDoor(
            store=house.store,
            keys=ApiKeys(store=house.store, admin_key=admin_key.get_secret_value() if admin_key else None),
            tenants=Tenants(store=house.store),
            people=self._sessions,
            cookie=SessionCookie(self._secure),
            own=OwnPages(self._secure, house.settings.public_url),
        )

    def app(self, *, rooms_later: bool = False) -> web.Application:
        """The application: routes, documents, sockets. With ``rooms_later`` it waits for ``open_rooms``."""
        house, settings = self._house, self._house.settings
        admin_key = settings.admin_api_key.get_secret_value() if settings.admin_api_key else None
        app = build_app(
            routes=self._front() if rooms_later else self.routes(),
            more_to_come=rooms_later,
            keys=ApiKeys(store=house.store, admin_key=admin_key),
            tenants=Tenants(store=house.store),
            idempotency=StoredKeys(store=house.store, vault=house.vault),
            version=__version__,
            visitors=self._visitor,
            origin_allowed=self._visitor.origin_allowed,
            observe=house.metrics.request,
            limit=self._limits,
            trusted_proxies=settings.trusted_proxies,
            secure=self._secure,
            public_url=settings.public_url,
            people=self._sessions,
            note_act=AuditLog(store=house.store).note,
        )
        self.realtime.mount(app)
        return app

    async def open_rooms(self, app: web.Application) -> None:
        """Load and serve the routes that ``app`` was made without.

        Most of the time that loading takes goes into them, so a server listens before; their first callers wait.
        """

        def load() -> Sequence[Bound]:
            self._house.load()
            return bind_all(self._rooms())

        app[ADMIT](await asyncio.to_thread(load))

    def routes(self) -> list[Route]:
        """Every route of the product, in one list."""
        return [*self._front(), *self._rooms()]

    def _rooms(self) -> list[Route]:
        from hub.run.rooms import routes_of_rooms

        return routes_of_rooms(self._house, once=self._once)

    def _front(self) -> list[Route]:
        """What platforms, visitors and supervisors call: there from the first moment."""
        house = self._house
        apis: tuple[HasRoutes, ...] = (
            Health(
                checks=self._checks(),
                render_metrics=lambda: (house.metrics.render(), CONTENT_TYPE),
            ),
            Webhooks(
                accounts=house.accounts,
                channels=house.channels,
                accept=house.accept,
                count=house.metrics.webhook,
            ),
            self._visitor,
            self._site,
            self._onward,
            Frontend(demo=self._demo, framers=self._guests.framers),
            DeskPages(),
            *([DocumentationPages(self._docs)] if self._docs is not None else []),
        )
        return [route for api in apis for route in api.routes()]

    def _checks(self) -> dict[str, ReadyCheck]:
        async def serving() -> str | None:
            return "This process is stopping." if self.draining else None

        async def database() -> str | None:
            async with self._house.store.cross() as cross:
                await cross.backlog()
            return None

        return {"serving": serving, "database": database}

    def _say_notice(self, site: OpenChannel) -> str | None:
        return model_note(self._demo) if self._demo is not None else None


@asynccontextmanager
async def plugged_in(house: House, side: WebSide) -> AsyncIterator[None]:
    """Connect the feed to this process's sockets, and to other processes' through Redis where there is one."""
    rooms = side.realtime.rooms
    if house.settings.redis_url is None or not isinstance(house.waker, RedisWaker):
        house.feed.target = rooms
        yield
        return
    publisher = open_redis(house.settings.redis_url.get_secret_value())
    listener_client = open_redis(house.settings.redis_url.get_secret_value())
    feed = RedisFeed(client=publisher, here=rooms)
    house.feed.target = feed
    listening = asyncio.create_task(
        RedisListener(client=listener_client, rooms=rooms, own_origin=feed.origin).run(), name="redis-feed"
    )
    try:
        yield
    finally:
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening
        await publisher.aclose()
        await listener_client.aclose()
