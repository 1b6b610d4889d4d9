"""Arriving: a customer who sends a code from the website goes on here with the conversation that it is for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.core.conversations import HandoffReason, State
from hub.core.ids import ConversationId
from hub.core.messages import AuthorKind
from hub.inbox.continuing import Arrived, arrive
from hub.knowledge.language import detect_language
from hub.store.conversations import ConversationRow
from hub.store.messages import MessageRow
from hub.store.session import Tx
from orchestrator.handoff import summary_of
from orchestrator.memory import text_of
from orchestrator.phrases import Phrasebook
from orchestrator.thought import Thought

_QUOTED = 120
_NAMES = {"whatsapp": "WhatsApp", "telegram": "Telegram"}


@dataclass(frozen=True, slots=True)
class TakenUp:
    """What is said to somebody who arrived; what they last asked on the website, and what was said there, in short;
    and the colleague who had it."""

    thought: Thought
    question: str = ""
    summary: str = ""
    assignee: str | None = None


async def take_up(
    tx: Tx, here: ConversationRow, code: bytes, phrases: Phrasebook, language: str | None, now: datetime
) -> TakenUp:
    """Take the website's conversation up, in the transaction that answers. Where people had it, or were asked for, the
    thought asks for them here."""
    arrived = await arrive_here(tx, here, code, phrases, language, now)
    if arrived is None:
        return TakenUp(Thought("phrase", phrases.say("code_gone", language), language))
    before = await said_before(tx, arrived.origin)
    question = next((text_of(m).strip() for m in before if m.author_kind == AuthorKind.CONTACT), "")
    language = detect_language(question) or language
    if arrived.state in (State.WAITING, State.AGENT):
        words = phrases.say("continued_waiting", language)
        thought = Thought("handoff", words, language, handoff=HandoffReason.CONTINUED.value)
    else:
        thought = Thought("phrase", _welcome(phrases, language, question), language)
    return TakenUp(thought, question, summary_of(before), arrived.assignee)


async def arrive_here(
    tx: Tx, here: ConversationRow, code: bytes, phrases: Phrasebook, language: str | None, now: datetime
) -> Arrived | None:
    """Link the two conversations, whoever answers here. None for a code that is worth nothing (any more)."""
    channel = await tx.channels.get(here.channel_id)
    name = _NAMES.get(channel.kind, channel.name) if channel is not None else ""
    told = phrases.say("continues_elsewhere", language).replace("{channel}", name)
    return await arrive(tx, here, code, told=told, at=now) if code else None


async def said_before(tx: Tx, origin: ConversationId, limit: int = 40) -> list[MessageRow]:
    """What was said in the conversation that goes on, newest first, without what was said differently later."""
    rows = await tx.messages.before(origin, None, limit)
    return [m for m in rows if m.kind != "activity" and "superseded" not in m.metadata]


def _welcome(phrases: Phrasebook, language: str | None, question: str) -> str:
    asked = " ".join(question.split())
    if not asked:
        return phrases.say("continued", language)
    short = asked if len(asked) <= _QUOTED else asked[: _QUOTED - 1].rstrip() + chr(0x2026)
    return phrases.say("continued_from", language).replace("{question}", short)
