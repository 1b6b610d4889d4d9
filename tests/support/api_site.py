"""The REST API over a real database, with everything beside it real but the model: for tests of routes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from adapters.telegram.channel import TelegramChannel
from adapters.webchat.channel import WebChatChannel
from admin.api.apps import AppsApi
from admin.api.channels import ChannelsApi
from admin.api.chunking import ChunkingApi
from admin.api.documents import DocumentsApi
from admin.api.embedding_sets import EmbeddingSetsApi
from admin.api.events import EventsApi
from admin.api.feedback import FeedbackApi
from admin.api.files import FilesApi
from admin.api.inbox import InboxApi
from admin.api.keys import KeysApi
from admin.api.ledger import LedgerApi
from admin.api.organisations import OrganisationsApi
from admin.api.portraits import PortraitsApi
from admin.api.ratings import RatingsApi
from admin.api.search import SearchApi
from admin.api.sites import SitesApi
from admin.api.sources import SourcesApi
from admin.api.system import SystemApi
from admin.api.tenants import TenantsApi
from admin.api.webhooks import WebhooksApi
from hub.accounts.apps import AppDesk
from hub.accounts.channels import ChannelDesk
from hub.accounts.credentials import ChannelAccounts
from hub.accounts.keys import ApiKeys, Tenants
from hub.accounts.organisations import OrganisationDesk
from hub.accounts.people import PeopleDesk
from hub.accounts.portraits import Portraits
from hub.accounts.post import Post
from hub.accounts.providers import Provider
from hub.accounts.sessions import Sessions
from hub.accounts.tenants import TenantDesk
from hub.core.conversations import State
from hub.core.ids import ChannelKind, ConversationId, MessageId, TenantId, uuid7
from hub.events.desk import WebhookDesk
from hub.events.pull import EventReader
from hub.files.local import LocalBlobStore
from hub.http.app import build_app
from hub.http.chat import ChatApi
from hub.http.health import Health
from hub.http.idempotency import Once
from hub.http.kept_answers import StoredKeys
from hub.http.visitor import VisitorApi
from hub.http.visitor_site import VisitorSiteApi
from hub.http.webhooks import Webhooks
from hub.inbox.accept import Accept
from hub.inbox.agents import AgentDesk
from hub.inbox.guests import Guests
from hub.inbox.ledger import LedgerDesk
from hub.jobs.desk import JobsDesk
from hub.jobs.wakers import LocalWaker
from hub.knowledge.embedding_sets import EmbeddingSetDesk
from hub.knowledge.library import Library
from hub.knowledge.pages import PageFetcher
from hub.knowledge.recutting import ChunkingDesk
from hub.knowledge.retrieval import Retriever
from hub.knowledge.set_comparison import SetComparison
from hub.knowledge.sources import SourceDesk
from hub.run.signing_in import SigningIn
from hub.security.encryption import Vault, generate_key
from hub.security.outbound import OutboundClient
from hub.security.passwords import Passwords, Strength
from hub.security.tokens import DownloadTokens, VisitorTokens
from hub.store.session import Store
from hub.telemetry.metrics import Metrics
from orchestrator.chat import Answered, Grew, Question, TakenBack

OPERATOR = "operator-key-for-tests-0000000000"
SECRET = "telegram-secret-token-0001"
BOT = "123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

CHEAP = Strength(memory=8, passes=1)
"""Argon2 at its cheapest: tests hash often and protect nobody."""


class Now:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class Told:
    """What browsers were told."""

    announced: list[int] = field(default_factory=list)
    withdrawn_ids: list[MessageId] = field(default_factory=list)

    async def announce(self, tenant: TenantId, conversation: ConversationId, seq: int) -> None:
        self.announced.append(seq)

    async def delta(self, *_: Any) -> None: ...

    async def withdrawn(self, tenant: TenantId, conversation: ConversationId, message: MessageId) -> None:
        self.withdrawn_ids.append(message)

    async def typing(self, *_: Any) -> None: ...


@dataclass
class Site:
    """The running API. ``call`` asks as the operator unless another key is given."""

    client: TestClient[web.Request, web.Application]
    store: Store
    told: Told
    counted: list[tuple[str, str]]
    accounts: ChannelAccounts
    people: PeopleDesk
    sessions: Sessions
    vault: Vault

    async def call(self, method: str, path: str, *, key: str | None = OPERATOR, **more: Any) -> ClientResponse:
        headers = dict(more.pop("headers", {}))
        if key is not None:
            headers.setdefault("Authorization", f"Bearer {key}")
        return await self.client.request(method, path, headers=headers, **more)

    async def made(self, path: str, body: object, **more: Any) -> dict[str, Any]:
        answer = await self.call("POST", path, json=body, **more)
        assert answer.status in (201, 202), await answer.text()
        made: dict[str, Any] = await answer.json()
        return made

    async def tenant(self, slug: str = "acme") -> str:
        return str((await self.made("/api/v1/tenants", {"slug": slug, "name": slug.title()}))["id"])

    async def web_channel(self, tenant: str, origin: str = "https://shop.example") -> str:
        body = {"kind": "webchat", "name": "Shop", "credentials": {"allowed_origins": [origin]}}
        return str((await self.made(f"/api/v1/tenants/{tenant}/channels", body))["id"])

    async def telegram_channel(self, tenant: str, bot: str = BOT) -> str:
        body = {"kind": "telegram", "name": "Bot", "credentials": {"bot_token": bot, "secret_token": SECRET}}
        return str((await self.made(f"/api/v1/tenants/{tenant}/channels", body))["id"])


async def _echo(tenant: TenantId, question: Question) -> AsyncIterator[Grew | TakenBack | Answered]:
    """Stands for the bot: a model is no business of these tests."""
    message = MessageId(uuid7())
    yield Grew(message, 0, question.text)
    yield TakenBack(message)
    yield Answered(question.conversation or ConversationId(uuid7()), State.WAITING, "wish", None)


@pytest.fixture
def mails() -> bool:
    """Whether the API under test has a mail server; a test file says so by a fixture of its own."""
    return False


@pytest.fixture
async def providers() -> Sequence[Provider]:
    """Ways to sign in beside the password; a test file says so by a fixture of its own."""
    return ()


@pytest.fixture
async def site(store: Store, tmp_path: Path, mails: bool, providers: Sequence[Provider]) -> AsyncIterator[Site]:
    """The API on the worker's database."""
    secrets, clock, told, waker = [generate_key()], Now(), Told(), LocalWaker()
    vault = Vault(secrets)
    accounts = ChannelAccounts(store=store, vault=vault)
    telegram, webchat = TelegramChannel(session=None, clock=clock), WebChatChannel(clock=clock)
    channels = {ChannelKind("telegram"): telegram, ChannelKind("webchat"): webchat}
    accept = Accept(store=store, waker=waker, announcer=told)
    guests = Guests(store=store, accounts=accounts, tokens=VisitorTokens(secrets), accept=accept, webchat=webchat)
    blobs = LocalBlobStore(tmp_path / "blobs")
    kept = StoredKeys(store=store, vault=vault)
    once = Once(kept)
    visitor = VisitorApi(guests=guests, store=store, blobs=blobs, links=DownloadTokens(secrets), once=once)
    counted: list[tuple[str, str]] = []
    outbound = OutboundClient()

    library = Library(store=store, blobs=blobs, waker=waker, fetch=PageFetcher(client=outbound))

    async def no_embedder(tenant: TenantId, model: str | None = None) -> None:
        return None

    retriever = Retriever(store=store, embedder_for=no_embedder)
    keys = ApiKeys(store=store, admin_key=OPERATOR)
    signing_in = SigningIn(
        store=store,
        secret_keys=secrets,
        passwords=Passwords(CHEAP),
        post=Post(vault=vault, waker=waker, base_url="https://hub.example", sends=mails),
        providers=providers,
    )
    parts = (
        signing_in,
        Health(checks={}, render_metrics=lambda: (b"", "text/plain")),
        SystemApi(
            store=store,
            desk=JobsDesk(store=store, waker=waker, after_cancel={"document.ingest": library.work_given_up}),
            version="0",
            channels=list(channels),
            redis=None,
            response_times=Metrics().response_times,
        ),
        Webhooks(accounts=accounts, channels=channels, accept=accept, count=lambda k, o: counted.append((k, o))),
        visitor,
        VisitorSiteApi(
            guests=guests,
            store=store,
            link=lambda tenant, file: f"/files/{file}",
            clock=clock,
            notice=lambda site: None,
        ),
        RatingsApi(store=store),
        SitesApi(desk=ChannelDesk(store=store, accounts=accounts, channels=channels), store=store),
        ChatApi(engine=_echo),
        OrganisationsApi(desk=OrganisationDesk(store=store)),
        TenantsApi(desk=TenantDesk(store=store), accounts=accounts, blobs=blobs),
        ChannelsApi(desk=ChannelDesk(store=store, accounts=accounts, channels=channels), public_url="https://hub"),
        AppsApi(desk=AppDesk(store=store, accounts=accounts), public_url="https://hub"),
        InboxApi(
            store=store,
            channels=channels,
            clock=clock,
            desk=AgentDesk(store=store, channels=channels, announcer=told, feed=told, waker=waker, clock=clock),
        ),
        LedgerApi(store=store, desk=LedgerDesk(store=store, waker=waker), clock=clock),
        WebhooksApi(desk=WebhookDesk(store=store, vault=vault, outbound=outbound, clock=clock, waker=waker)),
        FilesApi(store=store, blobs=blobs, once=once),
        PortraitsApi(portraits=Portraits(store=store, blobs=blobs)),
        EventsApi(reader=EventReader(store=store)),
        FeedbackApi(store=store),
        KeysApi(keys=keys, store=store, clock=clock),
        DocumentsApi(library=library, once=once),
        SourcesApi(desk=SourceDesk(store=store, library=library, client=outbound)),
        SearchApi(library=library, retriever=retriever),
        EmbeddingSetsApi(
            desk=EmbeddingSetDesk(store=store, library=library, embedder_for=no_embedder, models=list),
            comparison=SetComparison(store=store, retriever=retriever),
        ),
        ChunkingApi(desk=ChunkingDesk(store=store, library=library)),
    )
    app = build_app(
        routes=[route for part in parts for route in part.routes()],
        keys=keys,
        tenants=Tenants(store=store),
        idempotency=kept,
        version="0.0.0",
        visitors=visitor,
        people=signing_in.sessions,
        note_act=signing_in.log.note,
        origin_allowed=visitor.origin_allowed,
    )
    server = TestServer(app)
    await server.start_server(auto_decompress=False)
    async with TestClient(server) as client:
        yield Site(client, store, told, counted, accounts, signing_in.people, signing_in.sessions, vault)
    await outbound.close()
    await asyncio.sleep(0)
