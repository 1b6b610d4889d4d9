"""Reading: everything that waits in a conversation, taken in as one turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from hub.core.conversations import State
from hub.core.ids import ChannelId, ConversationId, InboxId, MessageId, PlatformId, TenantId, ThreadKey, TurnId, uuid7
from hub.core.messages import AuthorKind, Choice, Event, event_from_json, part_from_json, plain_text
from hub.inbox.desk_settings import Policy, read_desk_settings
from hub.inbox.lane import Lease
from hub.knowledge.language import detect_language
from hub.knowledge.loaders.assembly import clean
from hub.llm.ports import ChatMessage
from hub.security.resume_codes import ResumeCodes, without_codes
from hub.store.conversations import ConversationRow
from hub.store.handoffs import BotsPart
from hub.store.inbox import InboxRow
from hub.store.messages import MessageRow
from hub.store.session import Tx
from orchestrator.arriving import arrive_here, said_before
from orchestrator.gate import Silent, decide
from orchestrator.handoff import reopen, summary_of
from orchestrator.history import HISTORY_ROWS, history_of
from orchestrator.memory import recall, text_of
from orchestrator.offers import put_into_words
from orchestrator.phrases import Phrasebook
from orchestrator.prompts import bot_settings
from orchestrator.settings import BotSettings
from orchestrator.thought import Thought

PERSON_CHOICE = "person"
BOT_CHOICE = "bot"


@dataclass(frozen=True, slots=True)
class Reading:
    """One turn's view of its conversation, taken in one transaction. ``silent``: silence was asked for.

    ``newest`` is the platform's id of the customer's newest message. ``done`` is the bot's part in the conversation so
    far, ``policy`` who answers first here and now. ``lag`` messages are read no more and in no summary yet.
    ``code``: a code from the website was sent (see ``ResumeCodes``).
    """

    tenant: TenantId
    conversation: ConversationId
    channel: ChannelId
    thread: ThreadKey
    turn: TurnId
    message: MessageId
    floor_epoch: int
    newest_seq: int
    misses: int
    silent: bool
    rows: tuple[InboxId, ...]
    text: str
    wants_person_by_button: bool
    earlier: tuple[str, ...]
    history: tuple[ChatMessage, ...]
    language: str | None
    settings: BotSettings
    phrases: Phrasebook
    done: BotsPart
    policy: Policy
    summary: str
    code: bytes | None = None
    kept: Thought | None = None
    newest: PlatformId | None = None
    lag: int = 0


async def read(lease: Lease, codes: ResumeCodes | None = None) -> Reading | None:
    """Take in what waits. None, with the lease given back, when the bot has nothing to say."""
    async with lease.fenced() as (tx, conversation):
        waiting = await tx.inbox.waiting(lease.conversation)
        if not waiting:
            await lease.release(tx, done=conversation.pending)
            return None
        raw = await tx.settings.get()
        settings, desk = await bot_settings(tx, raw, lease.conversation), read_desk_settings(raw)
        events = [event_from_json(row.event) for row in waiting]
        code = _code(codes, conversation, events)
        if code is None and await reopen(tx, conversation, desk):
            await _end_silently(lease, tx, waiting, Silent("waiting", "reopened"))
            return None
        newest_first = [
            m
            for m in await tx.messages.before(lease.conversation, None, HISTORY_ROWS)
            if "superseded" not in m.metadata
        ]
        silent = _gate(conversation, events, settings, newest_first)
        if silent is not None:
            if code:
                await arrive_here(tx, conversation, code, _phrases(settings), settings.language, datetime.now(UTC))
            await _end_silently(lease, tx, waiting, silent)
            return None
        newest_first = await put_into_words(tx, waiting, await _with_all_waiting(tx, waiting, newest_first))
        burst = _burst(waiting, newest_first)
        if not burst:
            await _end_silently(lease, tx, waiting, Silent("ignored", "deleted"))
            return None
        contact = await tx.contacts.get(conversation.contact_id) if conversation.contact_id else None
        turn, message, kept = await _turn(lease, tx, conversation, burst[-1].seq)
        history, summed_up, lag = await _history(tx, lease.conversation, newest_first, burst, settings)
        if origin := conversation.metadata.get("origin"):
            before = await said_before(tx, ConversationId(UUID(origin)))
            history = [*recall(before, settings.history_tokens // 2).messages, *history]
            newest_first = newest_first + before
        text = "\n".join(t for t in (clean(text_of(m)).strip() for m in burst) if t)
        earlier = _earlier(newest_first, burst)
        if any(_chose(m, BOT_CHOICE) for m in burst) and earlier:
            text = earlier[0]  # asked who shall answer, they chose the bot: it is the question before that they mean
        return Reading(
            tenant=lease.tenant,
            conversation=conversation.id,
            channel=conversation.channel_id,
            thread=conversation.thread_key,
            turn=turn,
            message=message,
            floor_epoch=conversation.floor_epoch,
            newest_seq=conversation.last_seq,
            misses=conversation.bot_misses,
            silent=contact is not None and contact.opted_out_at is not None,
            rows=tuple(row.id for row in waiting),
            text=text,
            wants_person_by_button=any(_chose(m, PERSON_CHOICE) for m in burst),
            earlier=earlier,
            history=tuple(history),
            language=_language(text, earlier, events, settings),
            settings=settings,
            phrases=_phrases(settings),
            done=await tx.handoffs.bots_part(conversation.id),
            policy=desk.policy_for(
                conversation.channel_id, is_open=(await tx.calendars.hours(desk.calendar)).is_open(datetime.now(UTC))
            ),
            summary="\n".join(filter(None, (summed_up, summary_of(newest_first)))),
            lag=lag,
            code=code,
            kept=kept,
            newest=events[-1].message_id or events[-1].platform_id,
        )


def _phrases(settings: BotSettings) -> Phrasebook:
    return Phrasebook(settings.phrases, default=settings.language, bot=settings.bot_name, company=settings.company)


def _code(codes: ResumeCodes | None, conversation: ConversationRow, events: Sequence[Event]) -> bytes | None:
    """What a code from the website that stands in these messages is known by; empty where nobody issued it."""
    if codes is None or not conversation.direct:
        return None
    return codes.heard(conversation.channel_id, "\n".join(plain_text(event.parts) for event in events))


async def _with_all_waiting(tx: Tx, waiting: Sequence[InboxRow], newest_first: list[MessageRow]) -> list[MessageRow]:
    """The messages with those that wait but are older: a long burst, or one that was put back to be read again."""
    there = {m.id for m in newest_first}
    missing = [w.message_id for w in waiting if w.message_id is not None and w.message_id not in there]
    return newest_first + await tx.messages.many(missing) if missing else newest_first


def _gate(
    conversation: ConversationRow, events: Sequence[Event], settings: BotSettings, newest_first: Sequence[MessageRow]
) -> Silent | None:
    spoke = [m for m in newest_first if m.author_kind == AuthorKind.BOT]
    latest = max((m.created_at for m in newest_first), default=None)
    recent = [m for m in spoke if latest is not None and (latest - m.created_at).total_seconds() < 3600]
    return decide(
        State(conversation.state),
        conversation.direct,
        events,
        settings,
        bot_turns_last_hour=len(recent),
        bot_spoke=bool(spoke),
    )


async def _end_silently(lease: Lease, tx: Tx, waiting: Sequence[InboxRow], silent: Silent) -> None:
    done = await tx.inbox.finish([r.id for r in waiting], silent.outcome, silent.reason)
    await lease.release(tx, done=done)


async def _turn(
    lease: Lease, tx: Tx, conversation: ConversationRow, last_seq: int
) -> tuple[TurnId, MessageId, Thought | None]:
    """The turn's ids; and its thought, when an earlier worker finished thinking and died before it spoke."""
    turn, message = TurnId(uuid7()), MessageId(uuid7())
    while not await tx.turns.start(
        turn,
        conversation.id,
        last_seq=last_seq,
        message=message,
        claim_epoch=lease.epoch,
        floor_epoch=conversation.floor_epoch,
    ):
        live = await tx.turns.live(conversation.id)
        if live is None:
            continue
        if live.last_seq == last_seq and live.floor_epoch == conversation.floor_epoch:
            return live.id, live.message_id, Thought.from_json(live.result) if live.result else None
        await tx.turns.finish(live.id, "interrupted")
    return turn, message, None


def _burst(waiting: Sequence[InboxRow], newest_first: Sequence[MessageRow]) -> list[MessageRow]:
    """The messages to be answered, in the platform's order, as they read now (edits included)."""
    waits = {w.message_id: place for place, w in reversed(list(enumerate(waiting)))}
    burst = [m for m in newest_first if m.id in waits and m.deleted_at is None]
    return sorted(burst, key=lambda m: waits[m.id])


def _chose(message: MessageRow, option: str) -> bool:
    parts = [part_from_json(p) for p in message.parts]
    return any(isinstance(p, Choice) and p.id == option for p in parts)


def _earlier(newest_first: Sequence[MessageRow], burst: Sequence[MessageRow]) -> tuple[str, ...]:
    now = {m.id for m in burst}
    said = [m for m in newest_first if m.author_kind == AuthorKind.CONTACT and m.id not in now and not m.deleted_at]
    return tuple(text_of(m) for m in said[:5])


async def _history(
    tx: Tx,
    conversation: ConversationId,
    newest_first: Sequence[MessageRow],
    burst: Sequence[MessageRow],
    settings: BotSettings,
) -> tuple[list[ChatMessage], str, int]:
    """What was said before, then the whole burst, whatever it costs; the summary by itself, too, and how many messages
    it does not hold yet."""
    now = {m.id for m in burst}
    rows = [m for m in newest_first if m.id not in now]
    more = len(newest_first) >= HISTORY_ROWS
    before = await history_of(tx, conversation, rows, settings.history_tokens, more=more)
    asked = [ChatMessage("user", text_of(m)) for m in burst if text_of(m).strip()]
    return [*before.messages, *asked], before.summary, before.lag


def _language(text: str, earlier: Sequence[str], events: Sequence[Event], settings: BotSettings) -> str | None:
    """The customer's language: of these words, else of earlier ones, else what the platform says, else the tenant's."""
    for sample in (text, "\n".join([text, *earlier])):
        found = detect_language(without_codes(sample))
        if found:
            return found
    locale = next((e.sender.locale for e in events if e.sender.locale), None)
    return locale.split("-")[0].split("_")[0].lower() if locale else settings.language
