"""The web side of a process: every route and the sockets over the house's parts."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from adapters.webchat.channel import WebChatChannel
from admin.api.apps import AppsApi
from admin.api.channels import ChannelsApi
from admin.api.documents import DocumentsApi
from admin.api.events import EventsApi
from admin.api.feedback import FeedbackApi
from admin.api.files import FilesApi
from admin.api.inbox import InboxApi
from admin.api.installs import InstallsApi
from admin.api.keys import KeysApi
from admin.api.ledger import LedgerApi
from admin.api.search import SearchApi
from admin.api.sources import SourcesApi
from admin.api.suggestions import SuggestionsApi
from admin.api.templates import TemplatesApi
from admin.api.tenants import TenantsApi
from admin.api.webhooks import WebhooksApi
from hub import __version__
from hub.accounts.apps import AppDesk
from hub.accounts.channels import ChannelDesk
from hub.accounts.credentials import OpenChannel
from hub.accounts.installs import InstallDesk
from hub.accounts.keys import ApiKeys, Tenants
from hub.accounts.templates import TemplateDesk
from hub.accounts.tenants import TenantDesk
from hub.core.ids import ChannelKind, TenantId
from hub.core.ports import DeltaFeed
from hub.events.desk import WebhookDesk
from hub.events.pull import EventReader
from hub.http.app import build_app
from hub.http.chat import ChatApi
from hub.http.client import client_address
from hub.http.completions import CompletionsApi
from hub.http.cookies import OwnPages, SessionCookie
from hub.http.desk_pages import DeskPages
from hub.http.documentation import DocumentationPages
from hub.http.frontend import DemoFacts, Frontend, model_note
from hub.http.health import Health, ReadyCheck
from hub.http.idempotency import Once
from hub.http.kept_answers import StoredKeys
from hub.http.limits import RouteLimits
from hub.http.routes import Route
from hub.http.shared_windows import SharedWindows
from hub.http.visitor import VisitorApi, file_link
from hub.http.webhooks import Webhooks
from hub.inbox.agents import AgentDesk
from hub.inbox.guests import Guests
from hub.inbox.lane import Turn
from hub.inbox.ledger import LedgerDesk
from hub.inbox.opinions import Opinions
from hub.jobs.wakers import RedisWaker
from hub.knowledge.sources import SourceDesk
from hub.realtime.desk import guest_desk
from hub.realtime.feeds import RedisFeed, RedisListener, open_redis
from hub.realtime.server import Realtime
from hub.run.agent_door import SocketDoor
from hub.run.house import House
from hub.run.operation import build_system_api
from hub.run.signing_in import HasRoutes, SigningIn
from hub.security.tokens import DownloadTokens, VisitorTokens
from hub.telemetry.metrics import CONTENT_TYPE
from orchestrator.chat import ChatEngine, Question
from orchestrator.suggest import Suggester
from orchestrator.waiting_room import QueueReader

WEBCHAT = ChannelKind("webchat")


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
        self._signing_in = SigningIn(
            store=house.store,
            secret_keys=house.secret_keys,
            public_url=house.settings.public_url,
            post=house.post,
        )
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
            notice=self._say_notice,
        )
        self.realtime = Realtime(
            desk=guest_desk(
                self._guests,
                agent_name=self._guests.colleague,
                presence=house.feed,
                queue=QueueReader(store=house.store),
                opinions=Opinions(store=house.store),
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
            people=self._signing_in.sessions,
            cookie=SessionCookie(self._signing_in.secure),
            own=OwnPages(self._signing_in.secure, house.settings.public_url),
        )

    def app(self) -> web.Application:
        """The whole application: routes, documents, sockets."""
        house, settings = self._house, self._house.settings
        admin_key = settings.admin_api_key.get_secret_value() if settings.admin_api_key else None
        app = build_app(
            routes=self.routes(),
            keys=ApiKeys(store=house.store, admin_key=admin_key),
            tenants=Tenants(store=house.store),
            idempotency=StoredKeys(store=house.store, vault=house.vault),
            version=__version__,
            visitors=self._visitor,
            origin_allowed=self._visitor.origin_allowed,
            observe=house.metrics.request,
            limit=RouteLimits(shared=self.windows, peers=lambda: self.peers()),
            trusted_proxies=settings.trusted_proxies,
            secure=self._signing_in.secure,
            public_url=settings.public_url,
            people=self._signing_in.sessions,
            note_act=self._signing_in.log.note,
        )
        self.realtime.mount(app)
        return app

    def routes(self) -> list[Route]:
        """Every route of the product, in one list."""
        house = self._house
        public_url = house.settings.public_url
        engine = build_engine(house)
        apis: tuple[HasRoutes, ...] = (
            Health(
                checks=self._checks(),
                render_metrics=lambda: (house.metrics.render(), CONTENT_TYPE),
            ),
            build_system_api(house),
            Webhooks(
                accounts=house.accounts,
                channels=house.channels,
                accept=house.accept,
                count=house.metrics.webhook,
            ),
            self._visitor,
            self._signing_in,
            Frontend(demo=self._demo),
            DeskPages(),
            *([DocumentationPages(self._docs)] if self._docs is not None else []),
            ChatApi(engine=engine),
            CompletionsApi(engine=engine, tenants=Tenants(store=house.store)),
            TenantsApi(desk=TenantDesk(store=house.store), accounts=house.accounts, blobs=house.blobs),
            ChannelsApi(
                desk=ChannelDesk(store=house.store, accounts=house.accounts, channels=house.channels),
                public_url=house.base_url,
            ),
            AppsApi(desk=AppDesk(store=house.store, accounts=house.accounts), public_url=public_url),
            TemplatesApi(
                desk=TemplateDesk(
                    store=house.store,
                    channels=ChannelDesk(store=house.store, accounts=house.accounts, channels=house.channels),
                )
            ),
            InstallsApi(desk=build_installs(house)),
            DocumentsApi(library=house.library, once=self._once),
            SourcesApi(desk=SourceDesk(store=house.store, library=house.library, client=house.outbound)),
            SearchApi(library=house.library, retriever=house.retriever),
            SuggestionsApi(
                suggest=Suggester(store=house.store, search=house.retriever, model_for=house.models.chat_for)
            ),
            InboxApi(
                store=house.store,
                channels=house.channels,
                clock=house.clock,
                desk=AgentDesk(
                    store=house.store,
                    channels=house.channels,
                    announcer=house.feed,
                    feed=house.feed,
                    waker=house.waker,
                    clock=house.clock,
                    bell=house.feed,
                ),
            ),
            LedgerApi(store=house.store, desk=LedgerDesk(store=house.store, waker=house.waker), clock=house.clock),
            WebhooksApi(
                desk=WebhookDesk(
                    store=house.store,
                    vault=house.vault,
                    outbound=house.outbound,
                    clock=house.clock,
                    waker=house.waker,
                )
            ),
            FilesApi(store=house.store, blobs=house.blobs, once=self._once),
            EventsApi(reader=EventReader(store=house.store)),
            FeedbackApi(store=house.store),
            KeysApi(keys=ApiKeys(store=house.store, admin_key=None), store=house.store, clock=house.clock),
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
        own = site.settings.get("notice")
        if isinstance(own, str) and own:
            return own
        return model_note(self._demo) if self._demo is not None else None


def build_engine(house: House) -> ChatEngine:
    """What answers questions of the chat API and of the command line."""

    def seal(tenant: TenantId) -> bytes:
        adapter = house.channels[WEBCHAT]
        # No page can have this origin (RFC 2606 reserves the ending), so no browser can use the API's channel.
        return house.accounts.seal(tenant, adapter.configure({"allowed_origins": ["https://chat-api.invalid"]}))

    def turn_with(feed: DeltaFeed, question: Question) -> Turn:
        from hub.run.background import build_turn  # everything a turn needs: loaded with the first question

        return build_turn(house, feed, question.context, question.earlier)

    return ChatEngine(
        store=house.store,
        accept=house.accept,
        feed=house.feed,
        turn_with=turn_with,
        kind=WEBCHAT,
        seal=seal,
        owner=house.owner,
        clock=house.clock,
    )


def build_installs(house: House) -> InstallDesk:
    """What installs shared apps, for the routes and for the command line."""
    return InstallDesk(
        store=house.store,
        accounts=house.accounts,
        channels=house.channels,
        secret_keys=house.secret_keys,
        public_url=house.settings.public_url,
    )


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
