"""The turn: what waits in a conversation is read as one, answered, and said, or not said.

    read -> gate -> handoff? -> retrieve -> answer -> guard -> reply

The model is called outside any transaction. Everything the turn says is written in one transaction that checks
the fence (is the conversation still this worker's?), the floor (has a person taken over?) and whether the customer
has written more meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import structlog

from hub.core.conversations import HandoffReason
from hub.core.ids import ChannelId, ConversationId, TenantId
from hub.core.knowledge import Passage
from hub.core.ports import Announcer, Clock, DeltaFeed, Waker
from hub.inbox.lane import Lease
from hub.llm.ports import ChatMessage, ChatModel
from hub.security.resume_codes import ResumeCodes
from orchestrator.answer import Question, answer, handed_over
from orchestrator.consent import Consent, hear_consent
from orchestrator.handoff import found_json, past_limits, too_little_support
from orchestrator.reading import Reading, read
from orchestrator.rephrase import Rephraser
from orchestrator.reply import Said, say
from orchestrator.retrieve import Search, find_passages
from orchestrator.shelf import AnswerShelf
from orchestrator.small_talk import small_talk
from orchestrator.speaking import FloorLost
from orchestrator.thought import ASKED, INTERRUPTED, Thought
from orchestrator.typing_mark import Typist
from orchestrator.wishes import hear_wish

log = structlog.get_logger(__name__)

MAX_RESTARTS = 3
ModelFor = Callable[[TenantId, ConversationId], Awaitable[ChatModel | None]]
"""The tenant's chat model, metered; None when answers are extracts."""


class Turn:
    """Reads and answers one conversation. ``await turn(lease)`` gives the lease back in its last transaction."""

    def __init__(
        self,
        *,
        search_on: Callable[[ChannelId], Search],
        model_for: ModelFor,
        small_for: ModelFor,
        rephrase: Rephraser,
        feed: DeltaFeed,
        announcer: Announcer,
        waker: Waker,
        typist: Typist,
        clock: Clock,
        earlier: Sequence[ChatMessage] = (),
        codes: ResumeCodes | None = None,
    ) -> None:
        self._search_on = search_on
        self._model_for = model_for
        self._small_for = small_for
        self._rephrase = rephrase
        self._feed = feed
        self._announcer = announcer
        self._waker = waker
        self._typist = typist
        self._clock = clock
        self._earlier = earlier
        self._codes = codes

    async def __call__(self, lease: Lease) -> None:
        """Answer what waits. A newer message restarts the turn with it merged, at most three times."""
        for restart in range(MAX_RESTARTS + 1):
            reading = await read(lease, self._codes)
            if reading is None:
                return
            async with self._typist.writing(reading):
                thought = await self._think(lease, reading)
            said = await say(lease, reading, thought, now=self._clock.now(), may_restart=restart < MAX_RESTARTS)
            await self._tell(lease, reading, said)
            if reading.code and said is Said.SAID:
                await self._tell_origin(lease)
            if said is not Said.RESTART:
                return

    async def _think(self, lease: Lease, reading: Reading) -> Thought:
        """What to say; an interrupted thought when a person took the floor meanwhile."""
        if reading.kept is not None:
            return reading.kept
        thought = self._at_once(reading)
        if thought is not None:
            return thought
        model = await self._model_for(lease.tenant, lease.conversation)
        try:
            thought = await self._answer(lease, reading, model)
        except FloorLost as lost:
            return Thought(INTERRUPTED, lost.shown.strip(), reading.language)
        if model is not None:  # what was not paid for is thought again
            async with lease.store.begin(lease.tenant) as tx:
                await tx.turns.keep(reading.turn, thought.to_json())
        return thought

    def _at_once(self, reading: Reading) -> Thought | None:
        """What needs no search: the wish for silence or for a person, a greeting, a file without words."""
        phrases, language = reading.phrases, reading.language
        if reading.code is not None:
            return Thought("phrase", "", language)  # the words are found with what becomes of the code
        consent = hear_consent(reading.text)
        if consent is Consent.STOP or (consent is Consent.START and reading.silent):
            return Thought(consent.value, phrases.say(consent.value, language), language)
        if reading.wants_person_by_button:
            return handed_over(phrases, language, "wish")
        settings = reading.settings
        wish = hear_wish(reading.text, [*settings.handoff_keywords, *settings.keywords.get(language or "", ())])
        if wish is not None:
            return replace(handed_over(phrases, language, wish.reason.value), note=wish.words)
        if not reading.done.answers and reading.policy == "person_first":
            return handed_over(phrases, language, HandoffReason.PERSON_FIRST.value)
        if not reading.done.answers and reading.policy == "ask":
            return Thought(ASKED, phrases.say("ask_who", language), language, offer_person=True)
        limit = past_limits(settings, reading.done)
        if limit is not None:
            return handed_over(phrases, language, limit.value, "limit_reached")
        if not reading.text:
            return Thought("phrase", phrases.say("cannot_read", language), language, offer_person=True)
        key = small_talk(reading.text)
        return Thought("phrase", phrases.say(key, language), language) if key else None

    async def _answer(self, lease: Lease, reading: Reading, model: ChatModel | None) -> Thought:
        search = self._search_on(reading.channel)

        async def find(query: str, earlier: Sequence[str] = (), wordings: Sequence[str] = ()) -> list[Passage]:
            return await find_passages(search, lease.tenant, query, earlier, reading.settings.passages, wordings)

        knows = reading.settings.use_knowledge
        history = [*self._earlier, *reading.history]
        wordings: list[str] = []
        if knows and reading.settings.rephrase == "model":
            wordings = await self._rephrase(lease.tenant, lease.conversation, reading.text, history, reading.language)
        n = 0

        async def show(text: str) -> None:
            nonlocal n
            with contextlib.suppress(Exception):  # deltas are ephemeral: the final message is what counts
                await self._feed.delta(lease.tenant, lease.conversation, reading.message, reading.floor_epoch, n, text)
            n += 1

        question = Question(
            text=reading.text,
            passages=await find(reading.text, [*reading.earlier, *self._asked_earlier()], wordings) if knows else [],
            history=history,
            language=reading.language,
            settings=reading.settings,
            phrases=reading.phrases,
            find=find if knows else None,
            shelf=AnswerShelf(store=lease.store, tenant=lease.tenant),
        )

        def has_floor() -> bool:
            return not lease.lost.is_set() and lease.floor_epoch == reading.floor_epoch

        small = await self._small_for(lease.tenant, lease.conversation)
        thought = await answer(question, model, show, has_floor, small=small)
        misses = reading.misses + 1
        if thought.missed and misses >= reading.settings.misses_before_handoff:
            thought = handed_over(reading.phrases, reading.language, "no_answer", "missed_too_often")
        thought = too_little_support(thought, reading.settings, reading.phrases)
        return replace(thought, found=tuple(found_json(question.passages)))

    def _asked_earlier(self) -> list[str]:
        return [m.content for m in reversed(self._earlier) if m.role == "user"]

    async def _tell(self, lease: Lease, reading: Reading, said: Said) -> None:
        """Hints after the commit; lost ones cost time alone."""
        with contextlib.suppress(Exception):
            async with asyncio.timeout(0.5):
                if said in (Said.RESTART, Said.WITHDRAWN):
                    await self._feed.withdrawn(lease.tenant, lease.conversation, reading.message)
                elif said is Said.SAID:
                    await self._waker.wake("delivery")
                    await self._waker.wake("desk")
                    await self._announcer.announce(lease.tenant, lease.conversation, reading.newest_seq + 1)

    async def _tell_origin(self, lease: Lease) -> None:
        """A hint to the website's window that the conversation goes on here; a lost one costs time alone."""
        with contextlib.suppress(Exception):
            async with asyncio.timeout(2.0):
                async with lease.store.begin(lease.tenant) as tx:
                    origin = await tx.continuations.origin(lease.conversation)
                if origin is not None:
                    await self._announcer.announce(lease.tenant, origin, 0)
