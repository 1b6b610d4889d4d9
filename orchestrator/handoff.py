"""Handing over: when the bot gives up by itself, what the colleague gets to know, and where a reopened one goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hub.core.conversations import HandoffReason, State
from hub.core.knowledge import Passage
from hub.core.messages import AuthorKind
from hub.inbox import floor
from hub.inbox.desk_settings import DeskSettings
from hub.store.conversations import ConversationRow
from hub.store.handoffs import BotsPart
from hub.store.messages import MessageRow
from hub.store.session import Tx
from orchestrator.memory import text_of
from orchestrator.phrases import Phrasebook
from orchestrator.settings import BotSettings
from orchestrator.thought import Thought

_EXCERPT = 600
_LINES = 6
_LINE = 160


def past_limits(settings: BotSettings, done: BotsPart) -> HandoffReason | None:
    """Whether the bot has had its share of this conversation: of answers, or of money."""
    if settings.max_answers is not None and done.answers >= settings.max_answers:
        return HandoffReason.TURN_LIMIT
    if settings.max_cost is not None and done.cost is not None and done.cost >= settings.max_cost:
        return HandoffReason.COST_LIMIT
    return None


def too_little_support(thought: Thought, settings: BotSettings, phrases: Phrasebook) -> Thought:
    """The answer, or a handoff where too small a share of it rests on sources."""
    if thought.kind != "answer" or thought.support is None or thought.support >= settings.min_support:
        return thought
    words = phrases.say("missed_too_often", thought.language)
    reason = HandoffReason.LOW_SUPPORT.value
    return replace(thought, kind="handoff", text=words, handoff=reason, citations=(), offer_person=False)


def summary_of(newest_first: Sequence[MessageRow]) -> str:
    """The last exchanges, a line each, oldest first: extracted, so that nothing in it is made up."""
    names = {AuthorKind.CONTACT: "Customer", AuthorKind.BOT: "Bot", AuthorKind.AGENT: "Colleague"}
    lines = []
    for row in newest_first:
        who = names.get(AuthorKind(row.author_kind))
        text = " ".join(text_of(row).split())
        if who is None or row.kind in ("note", "activity") or row.deleted_at is not None or not text:
            continue
        lines.append(f"{who}: {text if len(text) <= _LINE else text[: _LINE - 1].rstrip() + chr(0x2026)}")
        if len(lines) == _LINES:
            break
    return "\n".join(reversed(lines))


def found_json(passages: Sequence[Passage]) -> list[dict[str, Any]]:
    """What a search found, as it is kept with an answer or a handoff: enough to see why, not the whole text."""
    return [
        {
            "n": n,
            "chunk_id": str(passage.chunk_id),
            "document_id": str(passage.document_id),
            "title": passage.title,
            "section": passage.section,
            "page": passage.page,
            "url": passage.url,
            "score": passage.score,
            "keyword": passage.keyword,
            "vector": passage.vector,
            "text": passage.text[:_EXCERPT],
        }
        for n, passage in enumerate(passages, start=1)
    ]


async def reopen(tx: Tx, row: ConversationRow, desk: DeskSettings) -> bool:
    """Send a conversation that was just opened again where the tenant wants it; whether people have it now."""
    if row.state != State.BOT or row.state_reason != "reopened" or desk.reopen == "bot":
        return False
    last = await tx.messages.last_colleague(row.id) if desk.reopen == "last_agent" else None
    if last is not None:
        await floor.yield_to_human(tx, row.id, by=last, reason=HandoffReason.REOPENED.value)
        return True
    if desk.team is not None:
        await tx.conversations.set_team(row.id, desk.team)
    await floor.ask_for_person(tx, row, reason=HandoffReason.REOPENED.value)
    return True
