"""The worker of a process: turns, deliveries and long work over the house's parts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from hub.core.channels import MarksRead, ShowsTyping
from hub.core.ids import ChannelId, ConversationId, DocumentId, MessageId, PlatformId, TenantId, ThreadKey
from hub.core.ports import DeltaFeed
from hub.events.postman import Postman
from hub.events.send import WebhookSender
from hub.inbox.deliver import CLAIM_SECONDS as DELIVERY_LEASE
from hub.inbox.deliver import Deliver
from hub.inbox.lane import LEASE_SECONDS as TURN_LEASE
from hub.inbox.lane import Lane
from hub.inbox.ledger import OPEN_BOUND_SECONDS
from hub.inbox.media import MediaFetcher, file_opener
from hub.inbox.polling import Polling
from hub.jobs.claim import ClaimLoop
from hub.jobs.mailing import Mailing
from hub.jobs.registry import Registry
from hub.jobs.runner import Handler, JobRunner
from hub.jobs.schedule import Schedule
from hub.jobs.wakers import RedisWaker
from hub.jobs.worker import Worker
from hub.knowledge.crawler import Crawler
from hub.knowledge.filling import FILL_JOB, SetFiller, fill_handler
from hub.knowledge.ingest import Ingester
from hub.knowledge.library import SUMMARY_JOB
from hub.knowledge.loading import Loader
from hub.knowledge.source_runs import CRAWL_JOB, SourceReader, SourceRuns, source_handler
from hub.knowledge.sources import WEBSITE, YOUTUBE
from hub.knowledge.youtube.client import YouTube
from hub.knowledge.youtube.reading import VideoReader
from hub.llm.ports import ChatMessage, ChatModel
from hub.run.house import House
from hub.run.operation import build_registry, build_schedule
from hub.security.resume_codes import ResumeCodes
from hub.store.cross import DeskClaim
from hub.store.session import Tx
from orchestrator.abstract import Abstracter
from orchestrator.chat import Earlier
from orchestrator.desk_round import LEASE_SECONDS as DESK_LEASE
from orchestrator.desk_round import DeskRound
from orchestrator.digest import DIGEST_JOB, Digester
from orchestrator.evaluation_runs import RUN_JOB, Trials, trials_handler
from orchestrator.rephrase import Rephraser
from orchestrator.retrieve import Found
from orchestrator.turn import Turn
from orchestrator.typing_mark import Typist

_AT_THE_DESK = 4
_CONTEXTS = 100
_LONG_MARK = 5
"""A mark that hangs on a message lasts 25 s; others are shown again every 4 s."""


def build_turn(
    house: House, feed: DeltaFeed | None = None, context: str | None = None, earlier: Sequence[Earlier] = ()
) -> Turn:
    """A turn that speaks into ``feed`` (default: the house's) and searches one context alone, where one is named.
    ``earlier`` was said before the conversation began."""
    spoken = feed or house.feed

    async def typing(id: ChannelId, thread: ThreadKey, message: PlatformId | None, nth: int) -> None:
        account = await house.accounts.by_id(id)
        channel = house.channels[account.kind] if account else None
        if account is not None and isinstance(channel, ShowsTyping):
            await channel.show_typing(account.credentials, thread)
        elif account is not None and isinstance(channel, MarksRead) and message and nth % _LONG_MARK == 0:
            await channel.mark_read(account.credentials, message, typing=True)

    return Turn(
        search_on=lambda channel: ScopedSearch(house, context, channel),
        model_for=house.models.chat_for,
        small_for=house.models.small_for,
        rephrase=build_rephraser(house),
        feed=spoken,
        announcer=house.feed,
        waker=house.waker,
        typist=Typist(feed=spoken, show=typing),
        clock=house.clock,
        earlier=[ChatMessage(e.role, e.text) for e in earlier],
        codes=ResumeCodes(house.secret_keys),
    )


def build_rephraser(house: House) -> Rephraser:
    """What puts questions into other words for the search."""

    async def model_for(tenant: TenantId, conversation: ConversationId) -> ChatModel | None:
        return await house.models.task_for(tenant, conversation, "rephrase")

    return Rephraser(store=house.store, model_for=model_for)


class ScopedSearch:
    """The retriever, held to the context that a question names, else to those of the channel's setting ``contexts``;
    over all knowledge where neither says anything."""

    def __init__(self, house: House, context: str | None, channel: ChannelId | None = None) -> None:
        self._house = house
        self._context = context
        self._channel = channel

    async def search(self, tenant: TenantId, query: str, *, k: int, also: Sequence[str] = ()) -> Found:
        """The best passages; none where no named context exists: held to nothing, a search must not find all."""
        from hub.knowledge.retrieval import Filters, SearchResult

        async with self._house.store.begin(tenant) as tx:
            names = [self._context] if self._context is not None else await self._of_channel(tx)
            found = [await tx.contexts.by_name(name) for name in names]
        contexts = [context.id for context in found if context is not None]
        if names and not contexts:
            return SearchResult((), {}, False, None)
        filters = Filters(contexts=contexts) if contexts else None
        return await self._house.retriever.search(tenant, query, k=k, filters=filters, also=also)

    async def _of_channel(self, tx: Tx) -> list[str]:
        row = await tx.channels.get(self._channel) if self._channel is not None else None
        names = row.settings.get("contexts") if row is not None else None
        return [name for name in names if isinstance(name, str)][:_CONTEXTS] if isinstance(names, list) else []


def build_ingester(house: House) -> Ingester:
    """What indexes documents. One a process: it bounds how many are read at once."""
    return Ingester(store=house.store, blobs=house.blobs, loader=Loader(), embedder_for=house.models.embedder_for)


def build_handlers(house: House) -> Mapping[str, Handler]:
    """What each kind of long work does."""
    media = MediaFetcher(
        store=house.store,
        blobs=house.blobs,
        accounts=house.accounts,
        channels=house.channels.__getitem__,
        announcer=house.feed,
    )

    ingester = build_ingester(house)

    runs = SourceRuns(store=house.store, library=house.library)
    youtube = YouTube(client=house.youtube_outbound, root=house.settings.youtube_url)
    readers: Mapping[str, SourceReader] = {
        WEBSITE: Crawler(runs=runs, client=house.outbound),
        YOUTUBE: VideoReader(runs=runs, youtube=youtube),
    }

    async def ingest(tenant: TenantId, args: Mapping[str, Any], last_try: bool) -> None:
        await ingester.run(tenant, DocumentId(UUID(args["document_id"])), last_try=last_try)

    async def fetch(tenant: TenantId, args: Mapping[str, Any], last_try: bool) -> None:
        await media.run(tenant, MessageId(UUID(args["message_id"])), last_try=last_try)

    async def abstract_model(tenant: TenantId) -> ChatModel | None:
        return await house.models.task_for(tenant, None, "summary")

    filler = SetFiller(store=house.store, embedder_for=house.models.embedder_for)

    return {
        "document.ingest": ingest,
        "media.fetch": fetch,
        CRAWL_JOB: source_handler(runs, readers),
        SUMMARY_JOB: Abstracter(store=house.store, model_for=abstract_model).handle,
        DIGEST_JOB: Digester(store=house.store, model_for=house.models.task_for, announcer=house.feed).handle,
        RUN_JOB: trials_handler(Trials(store=house.store, search=house.retriever, model_for=house.models.chat_for)),
        FILL_JOB: fill_handler(filler),
    }


def build_worker(house: House) -> Worker:
    """The claim loops, not yet started."""
    lane = Lane(store=house.store, turn=build_turn(house), owner=house.owner, has_room=house.depth.has_room)
    deliver = Deliver(
        store=house.store,
        channels=house.channels.__getitem__,
        accounts=house.accounts,
        announcer=house.feed,
        clock=house.clock,
        owner=house.owner,
        open_file=file_opener(house.store, house.blobs),
        pacing=house.pacing,
    )
    return Worker(
        store=house.store,
        waker=house.waker,
        owner=house.owner,
        run_turn=lane.run,
        turn_lease=TURN_LEASE,
        run_delivery=deliver.run,
        delivery_lease=DELIVERY_LEASE,
        jobs=JobRunner(store=house.store, handlers=build_handlers(house)),
        queue=house.waker.long_work if isinstance(house.waker, RedisWaker) else None,
        open_bound=OPEN_BOUND_SECONDS,
        note_stuck=house.metrics.stuck,
    )


def build_desk(house: House) -> ClaimLoop[DeskClaim]:
    """The desk's round over conversations that wait for people, not yet started."""
    desk = DeskRound(
        store=house.store,
        channels=house.channels,
        announcer=house.feed,
        bell=house.feed,
        waker=house.waker,
        clock=house.clock,
    )

    async def claim(n: int) -> list[DeskClaim]:
        async with house.store.cross() as cross:
            return await cross.claim_desk(n, DESK_LEASE)

    return ClaimLoop[DeskClaim](topic="desk", claim=claim, run=desk.run, waker=house.waker, concurrency=_AT_THE_DESK)


class Background:
    """Everything of a process that nobody calls: the claim loops, what comes by the clock, and the asking of platforms
    that cannot reach us."""

    def __init__(
        self,
        *,
        worker: Worker,
        polling: Polling,
        postman: Postman,
        desk: ClaimLoop[DeskClaim],
        mailing: Mailing,
        schedule: Schedule,
        registry: Registry,
    ) -> None:
        self._desk = desk
        self._mailing = mailing
        self._worker = worker
        self._polling = polling
        self._postman = postman
        self._schedule = schedule
        self._registry = registry

    def start(self) -> None:
        """Begin to work."""
        self._worker.start()
        self._polling.start()
        self._postman.start()
        self._desk.start()
        self._mailing.start()
        self._schedule.start()
        self._registry.start()

    async def stop(self, grace: float) -> None:
        """Take nothing more on; finish or release what runs within ``grace`` seconds."""
        self._registry.draining = True
        await asyncio.gather(
            self._worker.stop(grace),
            self._postman.stop(grace),
            self._desk.stop(grace),
            self._mailing.stop(grace),
            self._polling.stop(),
            self._schedule.stop(),
        )
        await self._registry.stop()


def build_background(house: House) -> Background:
    """The background of a process, not yet started."""
    polling = Polling(
        store=house.store,
        accounts=house.accounts,
        channels=house.channels.__getitem__,
        accept=house.accept,
        owner=house.owner,
    )
    sender = WebhookSender(
        store=house.store, vault=house.vault, outbound=house.outbound, clock=house.clock, owner=house.owner
    )
    worker = build_worker(house)
    return Background(
        worker=worker,
        polling=polling,
        postman=Postman(store=house.store, waker=house.waker, sender=sender),
        desk=build_desk(house),
        mailing=Mailing(store=house.store, vault=house.vault, mailer=house.mailer, waker=house.waker),
        schedule=build_schedule(house),
        registry=build_registry(house, "worker", house.owner, worker.running),
    )
