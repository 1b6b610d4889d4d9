"""The reply: one transaction that says the thought, or finds that it must not be said any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum

import structlog

from hub.core.conversations import State
from hub.core.events import HubEvent
from hub.core.knowledge import Citation
from hub.core.messages import AuthorKind, Choices, Option, Part, Text
from hub.inbox import floor
from hub.inbox.lane import Lease
from hub.inbox.send import Draft, write
from hub.store.conversations import ConversationRow
from hub.store.session import Tx
from orchestrator.reading import PERSON_CHOICE, Reading
from orchestrator.thought import Thought, citation_to_json

log = structlog.get_logger(__name__)

_TITLE = 80


class Said(Enum):
    """How the turn ended: said; withdrawn because a person took over; to be thought again with newer words."""

    SAID = "said"
    WITHDRAWN = "withdrawn"
    RESTART = "restart"


async def say(lease: Lease, reading: Reading, thought: Thought | None, *, now: datetime, may_restart: bool) -> Said:
    """Write the reply, its events and the outcome of what was read; give the lease back unless it restarts.

    Raises ``FenceLost`` when another worker has the conversation: then nothing was written.
    """
    async with lease.fenced() as (tx, conversation):
        if thought is None or conversation.floor_epoch != reading.floor_epoch or conversation.state != State.BOT:
            return await _withdraw(lease, tx, reading)
        newer = conversation.pending > len(reading.rows)
        if newer and may_restart and reading.settings.merge == "merge":
            await tx.turns.finish(reading.turn, "interrupted")
            return Said.RESTART
        await _write(tx, conversation, reading, thought, now)
        outcome = "handed_over" if thought.handoff else "answered"
        done = await tx.inbox.finish(reading.rows, outcome, thought.handoff or thought.kind)
        await tx.turns.finish(reading.turn, "done")
        await lease.release(tx, done=done)
        log.info("turn.said", kind=thought.kind, citations=len(thought.citations), messages=len(reading.rows))
        return Said.SAID


async def _withdraw(lease: Lease, tx: Tx, reading: Reading) -> Said:
    await tx.turns.finish(reading.turn, "interrupted")
    done = await tx.inbox.finish(reading.rows, "handed_over", "person_acted")
    await lease.release(tx, done=done)
    log.info("turn.withdrawn")
    return Said.WITHDRAWN


async def _write(tx: Tx, conversation: ConversationRow, reading: Reading, thought: Thought, now: datetime) -> None:
    await write(
        tx,
        conversation,
        Draft(
            id=reading.message,
            turn=reading.turn,
            parts=_parts(reading, thought),
            author=AuthorKind.BOT,
            author_name=reading.settings.bot_name,
            citations=[citation_to_json(c) for c in thought.citations],
            support=thought.support,
            sources=_sources(reading, thought.citations),
            metadata={"thought": thought.kind, "model": thought.model},
        ),
        at=now,
    )
    if thought.handoff:
        await floor.ask_for_person(tx, conversation, reason=thought.handoff)
    if thought.missed != bool(conversation.bot_misses) or thought.missed:
        await tx.conversations.set_misses(conversation.id, conversation.bot_misses + 1 if thought.missed else 0)
    if conversation.title is None and reading.text:
        await tx.conversations.set_title(conversation.id, " ".join(reading.text.split())[:_TITLE])
    await tx.events.add(
        HubEvent.CONVERSATION_UPDATED,
        {"conversation_id": str(conversation.id), "turn": thought.kind, "citations": len(thought.citations)},
        conversation.id,
    )


def _parts(reading: Reading, thought: Thought) -> list[Part]:
    if not thought.offer_person:
        return [Text(thought.text)]
    option = Option(PERSON_CHOICE, reading.phrases.say("person_option", reading.language))
    return [Choices(thought.text, (option,))]


def _sources(reading: Reading, citations: Sequence[Citation]) -> str | None:
    """The sources in words, for channels that have no place of their own for them."""
    if not citations:
        return None
    lines = [f"{reading.phrases.say('sources', reading.language)}:"]
    for c in citations:
        where = c.title if not c.section or c.section == c.title else f"{c.title}, {c.section}"
        page = f", p. {c.page}" if c.page else ""
        lines.append(f"[{c.n}] {where}{page}" + (f" {c.url}" if c.url else ""))
    return "\n".join(lines)
