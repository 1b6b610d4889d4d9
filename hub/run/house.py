"""The house: everything one process needs, made from the settings and wired together. Nobody receives it whole."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from adapters.registry import Channels
from hub.accounts.credentials import ChannelAccounts
from hub.accounts.post import Post
from hub.core.errors import Invalid
from hub.core.ids import ConversationId, MessageId, TenantId
from hub.core.ports import BlobStore, Mailer
from hub.files.factory import open_blob_store
from hub.inbox.accept import Accept
from hub.inbox.depth import Depth
from hub.inbox.pacing import Pacing
from hub.inbox.shared_buckets import SharedBuckets
from hub.inbox.suspects import APART_AFTER
from hub.inbox.taps import Taps
from hub.jobs.arq_queue import ArqQueue
from hub.jobs.presence import Presence
from hub.jobs.wakers import LocalWaker, RedisWaker
from hub.realtime.feeds import Feed, RedisFeed, open_redis
from hub.security.encryption import Vault
from hub.security.outbound import OutboundClient, trusted_session
from hub.settings import Settings
from hub.store.pool import open_pool
from hub.store.session import Store
from hub.telemetry.metrics import Metrics

if TYPE_CHECKING:
    import aiohttp

    from hub.accounts.providers import Provider
    from hub.knowledge.library import Library
    from hub.knowledge.retrieval import Retriever
    from hub.run.models import Models


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class Switch:
    """A feed whose other end is plugged in later: sockets need the inbox, and the inbox speaks to sockets."""

    def __init__(self) -> None:
        self.target: Feed | None = None

    async def announce(self, tenant: TenantId, conversation: ConversationId, seq: int) -> None:
        if self.target is not None:
            await self.target.announce(tenant, conversation, seq)

    async def delta(
        self,
        tenant: TenantId,
        conversation: ConversationId,
        message: MessageId,
        floor_epoch: int,
        n: int,
        text: str,
    ) -> None:
        if self.target is not None:
            await self.target.delta(tenant, conversation, message, floor_epoch, n, text)

    async def withdrawn(self, tenant: TenantId, conversation: ConversationId, message: MessageId) -> None:
        if self.target is not None:
            await self.target.withdrawn(tenant, conversation, message)

    async def typing(self, tenant: TenantId, conversation: ConversationId, active: bool) -> None:
        if self.target is not None:
            await self.target.typing(tenant, conversation, active)

    async def present(
        self, tenant: TenantId, conversation: ConversationId, who: str, name: str | None, state: str
    ) -> None:
        if self.target is not None:
            await self.target.present(tenant, conversation, who, name, state)

    async def notified(self, tenant: TenantId, person: str, notification: Mapping[str, Any]) -> None:
        if self.target is not None:
            await self.target.notified(tenant, person, notification)


@dataclass(frozen=True, kw_only=True)
class House:
    """One process's parts. ``feed`` announces; its target is plugged in by who has sockets, or Redis.

    What knows documents and models is made when it is first asked for: a server listens before it is loaded.
    """

    settings: Settings
    secret_keys: tuple[str, ...]
    owner: UUID
    clock: SystemClock
    metrics: Metrics
    store: Store
    session: aiohttp.ClientSession
    outbound: OutboundClient
    sign_in_outbound: OutboundClient
    youtube_outbound: OutboundClient
    vault: Vault
    accounts: ChannelAccounts
    channels: Channels
    blobs: BlobStore
    waker: LocalWaker
    feed: Switch
    accept: Accept
    depth: Depth
    presence: Presence
    pacing: Pacing
    _loading: Lock = field(default_factory=Lock)

    def load(self) -> None:
        """Make what is made when first asked for, once, whichever threads come for it.

        It takes a moment: call it from a thread of its own.
        """
        with self._loading:
            _ = self.models, self.retriever, self.library

    @cached_property
    def models(self) -> Models:
        """The deployment's models."""
        from hub.run.models import Models

        return Models(settings=self.settings, store=self.store, metrics=self.metrics, session=self.session)

    @cached_property
    def providers(self) -> Sequence[Provider]:
        """The ways to sign in beside the password."""
        from hub.run.providers import build_providers

        return build_providers(self.settings, self.sign_in_outbound)

    @cached_property
    def retriever(self) -> Retriever:
        """What finds passages."""
        from hub.knowledge.result_cache import ResultCache
        from hub.knowledge.retrieval import Retriever

        return Retriever(
            store=self.store,
            embedder_for=self.models.embedder_for,
            reranker_for=self.models.reranker_for,
            cache=ResultCache(),
        )

    @cached_property
    def library(self) -> Library:
        """What takes documents in."""
        from hub.knowledge.library import Library
        from hub.knowledge.pages import PageFetcher

        return Library(store=self.store, blobs=self.blobs, waker=self.waker, fetch=PageFetcher(client=self.outbound))

    @property
    def base_url(self) -> str:
        """Where people reach this hub."""
        return self.settings.public_url or f"http://127.0.0.1:{self.settings.port}"

    @property
    def mailer(self) -> Mailer | None:
        """What sends mail, where a mail server is set."""
        if self.settings.smtp_url is None:
            return None
        from hub.mail.smtp import SmtpMailer

        host = urlsplit(self.base_url).hostname or "localhost"
        sender = self.settings.mail_from or f"Switchboard <switchboard@{host}>"
        return SmtpMailer(self.settings.smtp_url.get_secret_value(), sender=sender)

    @property
    def post(self) -> Post:
        """What puts mails on their way."""
        sends = self.settings.smtp_url is not None
        return Post(vault=self.vault, waker=self.waker, base_url=self.base_url, sends=sends)


def shared_metrics() -> Path | None:
    """Where the crew of this process keeps its metrics together, if it is of one. The client library reads it too."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    return Path(folder) if folder else None


@asynccontextmanager
async def open_house(settings: Settings, *, pool: int | None = None) -> AsyncIterator[House]:
    """Make everything, and close it again in the opposite order. Raises ``Invalid`` naming what is not set."""
    if settings.database_url is None:
        raise Invalid("HUB_DATABASE_URL is not set. Set it, or use 'hub up', which brings its own database.")
    keys = tuple(k.get_secret_value() for k in settings.secret_keys)
    if not keys:
        raise Invalid("HUB_SECRET_KEYS is not set. 'hub secrets new' prints a key to use.")
    async with AsyncExitStack() as stack:
        clock, metrics, feed = SystemClock(), Metrics(shared_metrics()), Switch()
        size = pool or settings.database_pool
        store = Store(open_pool(settings.database_url.get_secret_value(), size=size))
        stack.push_async_callback(store.close)
        session = trusted_session()
        stack.push_async_callback(session.close)
        outbound = OutboundClient(allow=settings.outbound_allow)
        stack.push_async_callback(outbound.close)
        sign_in_outbound = OutboundClient(allow=(*settings.outbound_allow, *settings.sign_in_targets), connections=10)
        stack.push_async_callback(sign_in_outbound.close)
        youtube_outbound = OutboundClient(allow=(settings.youtube_target,), connections=10)
        stack.push_async_callback(youtube_outbound.close)
        vault = Vault(keys)
        channels = Channels(
            clock=clock,
            session=session,
            api_urls={
                "messenger": settings.messenger_api_url,
                "slack": settings.slack_api_url,
                "telegram": settings.telegram_api_url,
                "whatsapp": settings.whatsapp_api_url,
            },
        )
        accounts = ChannelAccounts(store=store, vault=vault)
        taps = Taps(accounts=accounts, channels=channels.__getitem__)
        stack.push_async_callback(taps.close)
        blobs = open_blob_store(settings.blob_url, settings.data_dir)
        waker = await _open_waker(settings, feed, stack)
        depth = Depth(
            store=store, inbox_limit=settings.inbox_limit, outbox_limit=settings.outbox_limit, note=metrics.full
        )
        stack.push_async_callback(depth.stop)
        owner = uuid4()
        presence = Presence(store=store, owner=owner, waker=waker, crashes=APART_AFTER)
        stack.push_async_callback(presence.stop)
        buckets = None
        if settings.redis_url is not None:
            drawn_from = open_redis(settings.redis_url.get_secret_value())
            stack.push_async_callback(drawn_from.aclose)
            buckets = SharedBuckets(drawn_from)
        yield House(
            settings=settings,
            secret_keys=keys,
            owner=owner,
            clock=clock,
            metrics=metrics,
            store=store,
            session=session,
            outbound=outbound,
            sign_in_outbound=sign_in_outbound,
            youtube_outbound=youtube_outbound,
            vault=vault,
            accounts=accounts,
            channels=channels,
            blobs=blobs,
            waker=waker,
            feed=feed,
            accept=Accept(store=store, waker=waker, announcer=feed, taps=taps, depth=depth),
            depth=depth,
            presence=presence,
            pacing=Pacing(shared=buckets),
        )


async def _open_waker(settings: Settings, feed: Switch, stack: AsyncExitStack) -> LocalWaker:
    """In process, or through Redis, where the feed goes too unless sockets of this process take it over."""
    if settings.redis_url is None:
        return LocalWaker()
    client = open_redis(settings.redis_url.get_secret_value())
    stack.push_async_callback(client.aclose)
    feed.target = RedisFeed(client=client)
    long_work = ArqQueue(settings.redis_url.get_secret_value())
    stack.push_async_callback(long_work.close)
    waker = RedisWaker(client, long_work=long_work)
    waker.start()
    stack.push_async_callback(waker.stop)
    return waker
