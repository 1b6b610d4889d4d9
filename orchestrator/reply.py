"""The reply: one transaction that says the thought, or finds that it must not be said any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from enum import Enum
from typing import Any

import structlog

from hub.core.conversations import State
from hub.core.events import HubEvent
from hub.core.knowledge import Citation
from hub.core.messages import AuthorKind, Choices, MessageStatus, Option, Part, Text
from hub.inbox import floor
from hub.inbox.lane import Lease
from hub.inbox.send import Draft, write
from hub.store.audit import AuditEntry
from hub.store.conversations import ConversationRow
from hub.store.handoffs import Brief
from hub.store.messages import NewMessage
from hub.store.session import Tx
from orchestrator.arriving import take_up
from orchestrator.consent import Consent
from orchestrator.digest import DIGEST_JOB, LAG
from orchestrator.reading import BOT_CHOICE, PERSON_CHOICE, Reading
from orchestrator.thought import ASKED, INTERRUPTED, Thought, citation_to_json

log = structlog.get_logger(__name__)

_TITLE = 80
_CONSENTS = frozenset(consent.value for consent in Consent)
_UNANSWERED = frozenset({"no_answer", "low_support", "budget", "model_failed"})
"""Why a person was asked for where the bot should have known: gaps in what it knows."""
_STREAMED = frozenset({"answer", "extracts", "no_answer", INTERRUPTED})
"""Thoughts that a visitor sees growing before they are said."""


class Said(Enum):
    """How the turn ended: said; withdrawn because a person took over; to be thought again with newer words."""

    SAID = "said"
    WITHDRAWN = "withdrawn"
    RESTART = "restart"


async def say(lease: Lease, reading: Reading, thought: Thought, *, now: datetime, may_restart: bool) -> Said:
    """Write the reply, its events and the outcome of what was read; give the lease back unless it restarts.

    Raises ``FenceLost`` when another worker has the conversation: then nothing was written.
    """
    async with lease.fenced() as (tx, conversation):
        if conversation.floor_epoch != reading.floor_epoch or conversation.state != State.BOT:
            taken = conversation.state != State.BOT
            return await _withdraw(lease, tx, reading, thought, now, taken=taken)
        if may_restart and await _outdated(tx, reading):
            await tx.turns.finish(reading.turn, "interrupted")
            return Said.RESTART
        assignee = None
        if reading.code is not None:
            taken_up = await take_up(tx, conversation, reading.code, reading.phrases, reading.language, now)
            thought, assignee = taken_up.thought, taken_up.assignee
            reading = replace(
                reading, text=taken_up.question, summary=taken_up.summary, language=taken_up.thought.language
            )
        await _write(tx, conversation, reading, thought, now)
        if assignee is not None:
            await floor.give_to(tx, conversation.id, to=assignee)
        outcome = "handed_over" if thought.handoff else "answered"
        done = await tx.turns.conclude(reading.turn, reading.rows, outcome, thought.handoff or thought.kind)
        if reading.lag >= LAG or (conversation.title is None and reading.text and reading.settings.titles == "model"):
            await tx.jobs.add(DIGEST_JOB, {"conversation_id": str(reading.conversation)})
        misses = conversation.bot_misses + 1 if thought.missed else 0
        await lease.release(tx, done=done, title=" ".join(reading.text.split())[:_TITLE] or None, misses=misses)
        log.info("turn.said", kind=thought.kind, citations=len(thought.citations), messages=len(reading.rows))
        return Said.SAID


async def _outdated(tx: Tx, reading: Reading) -> bool:
    """Whether the customer took back what was read, or has said more and the tenant wants that merged."""
    waiting = set(await tx.inbox.waiting_ids(reading.conversation))
    read = set(reading.rows)
    return not read <= waiting or (reading.settings.merge == "merge" and waiting != read)


async def _withdraw(lease: Lease, tx: Tx, reading: Reading, thought: Thought, now: datetime, *, taken: bool) -> Said:
    """Say nothing. What was half shown is kept for the colleagues, marked as interrupted, and never sent. Unless a
    person has ``taken`` the conversation, what was read and still waits is for the next turn."""
    await tx.turns.finish(reading.turn, "interrupted")
    stopped = await tx.messages.get(reading.message)  # the customer stopped it, and it was kept then
    if thought.text and thought.kind in _STREAMED and stopped is None:
        await tx.messages.add(
            NewMessage(
                id=reading.message,
                conversation=reading.conversation,
                author=AuthorKind.BOT,
                author_name=reading.settings.bot_name,
                parts=(Text(thought.text),),
                at=now,
                status=MessageStatus.INTERRUPTED,
                citations=[citation_to_json(c) for c in thought.citations],
                turn=reading.turn,
                floor_epoch=reading.floor_epoch,
                metadata=_about(reading, thought),
            )
        )
    done = await tx.inbox.finish(reading.rows, "handed_over", "person_acted") if taken else 0
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
            # That the wish was heard must reach a customer to whom the bot may no longer write.
            author=AuthorKind.SYSTEM if thought.kind in _CONSENTS else AuthorKind.BOT,
            author_name=reading.settings.bot_name,
            citations=[citation_to_json(c) for c in thought.citations],
            support=thought.support,
            sources=_sources(reading, thought.citations),
            metadata=_about(reading, thought),
        ),
        at=now,
    )
    if thought.kind in _CONSENTS and conversation.contact_id is not None:
        at = now if thought.kind == Consent.STOP else None
        await tx.contacts.set_opted_out(conversation.contact_id, at)
    for use in thought.tools:
        if use.refused is not None:
            about = {"tool": use.name, "arguments": use.arguments, "reason": use.refused}
            target = f"conversation {conversation.id}"
            await tx.audit.add(
                AuditEntry(act="tool.refused", actor_kind="system", actor_name="bot", target=target, details=about)
            )
    if thought.handoff:
        brief = Brief(thought.note, reading.text[:2_000], reading.summary, thought.found, thought.support)
        await floor.ask_for_person(tx, conversation, reason=thought.handoff, brief=brief)
    await tx.events.add(
        HubEvent.CONVERSATION_UPDATED,
        {"conversation_id": str(conversation.id), "turn": thought.kind, "citations": len(thought.citations)},
        conversation.id,
    )


def _about(reading: Reading, thought: Thought) -> dict[str, Any]:
    """How the answer came about, kept with it, so that a colleague can ask why the bot said it."""
    about: dict[str, Any] = {"thought": thought.kind, "model": thought.model}
    if reading.settings.prompt is not None:
        about["prompt"] = reading.settings.prompt
    if thought.tools:
        about["tools"] = [asdict(use) for use in thought.tools]
    if thought.note:
        about["note"] = thought.note
    if thought.found or thought.missed or thought.handoff in _UNANSWERED:
        about["why"] = {"question": reading.text[:2_000], "found": list(thought.found)}
    return about


def _parts(reading: Reading, thought: Thought) -> list[Part]:
    if not thought.offer_person:
        return [Text(thought.text)]
    options = [Option(PERSON_CHOICE, reading.phrases.say("person_option", reading.language))]
    if thought.kind == ASKED:
        options.insert(0, Option(BOT_CHOICE, reading.phrases.say("bot_option", reading.language)))
    return [Choices(thought.text, tuple(options))]


def _sources(reading: Reading, citations: Sequence[Citation]) -> str | None:
    """The sources in words, for channels that have no place of their own for them."""
    if not citations:
        return None
    lines = [f"{reading.phrases.say('sources', reading.language)}:"]
    for c in citations:
        # Most sections' paths begin with the title.
        begins = c.section is not None and (c.section == c.title or c.section.startswith(f"{c.title} \u203a "))
        where = c.section if begins else ", ".join(filter(None, (c.title, c.section)))
        page = f", p. {c.page}" if c.page else ""
        lines.append(f"[{c.n}] {where}{page}" + (f" {c.url}" if c.url else ""))
    return "\n".join(lines)
