"""Answering: with a model, streamed through the guard; without one, or when it fails, with cited extracts."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from hub.core.conversations import HandoffReason
from hub.core.errors import BudgetSpent, ModelError, TooMany
from hub.core.knowledge import Passage
from hub.llm.ports import ChatMessage, ChatModel, ChatRequest
from orchestrator.extracts import extract
from orchestrator.grounds import Told
from orchestrator.guard import Guard
from orchestrator.phrases import Phrasebook
from orchestrator.prompt import compose
from orchestrator.settings import BotSettings
from orchestrator.speaking import Find, Show, Speaker
from orchestrator.thought import Thought

log = structlog.get_logger(__name__)


class Shelf(Protocol):
    """Keeps answers by the prompt that they answered."""

    async def find(self, request: ChatRequest) -> Thought | None: ...

    async def keep(self, request: ChatRequest, thought: Thought) -> None: ...


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, what was found, and how to speak. ``find`` searches on; None where knowledge is not used.
    ``shelf`` holds earlier answers, for when there is no money for a new one."""

    text: str
    passages: Sequence[Passage]
    history: Sequence[ChatMessage]
    language: str | None
    settings: BotSettings
    phrases: Phrasebook
    find: Find | None = None
    shelf: Shelf | None = None


async def answer(
    question: Question,
    model: ChatModel | None,
    show: Show,
    has_floor: Callable[[], bool],
    *,
    small: ChatModel | None = None,
) -> Thought:
    """A whole, honest answer. Never raises for what a model does; raises ``FloorLost`` when a person took over.

    Where a budget has no more for the model: an earlier answer to the same prompt, else the ``small`` model, else
    extracts, else a person.
    """
    if model is None:
        return await _from_extracts(question, "extracts", show)
    request = compose(question.settings, question.passages, question.history, language=question.language)
    try:
        thought = await _spoken_by(model, question, request, show, has_floor)
    except BudgetSpent as spent:
        log.info("answer.budget_spent", error=str(spent))
        return await _cheaply(question, request, small, show, has_floor)
    if question.shelf is not None and _worth_keeping(thought, question):
        await question.shelf.keep(request, thought)
    return thought


async def _cheaply(
    question: Question, request: ChatRequest, small: ChatModel | None, show: Show, has_floor: Callable[[], bool]
) -> Thought:
    kept = await question.shelf.find(request) if question.shelf is not None else None
    if kept is not None:
        await show(kept.text)
        return kept
    if small is not None:
        with contextlib.suppress(BudgetSpent):
            return await _spoken_by(small, question, request, show, has_floor)
    thought = _quoted(question, "model_down")
    if thought is None:
        return handed_over(question.phrases, question.language, HandoffReason.BUDGET.value)
    await show(thought.text)
    return thought


def _worth_keeping(thought: Thought, question: Question) -> bool:
    """Whether others may get it too: it rests on sources whole, and on nothing that was said before."""
    return (
        thought.kind == "answer" and thought.support == 1.0 and bool(thought.citations) and len(question.history) == 1
    )


async def _spoken_by(
    model: ChatModel, question: Question, request: ChatRequest, show: Show, has_floor: Callable[[], bool]
) -> Thought:
    """What the model makes of it. Raises ``BudgetSpent`` when it may not even begin."""
    guard = Guard(question.passages, question.settings.allowed_hosts, told=_told(question))
    speaker = Speaker(model, guard, show, has_floor, question.find)
    try:
        await speaker.speak(request)
    except BudgetSpent:
        if not speaker.shown:
            raise
        return await _ended(question, speaker, "stopped_short", show)
    except (ModelError, TooMany) as error:
        log.warning("answer.model_failed", error=str(error), shown=len(speaker.shown))
        if not speaker.shown and question.settings.on_model_failure == "handoff":
            return handed_over(question.phrases, question.language, HandoffReason.MODEL_FAILED.value)
        if not speaker.shown:
            return await _from_extracts(question, "model_down", show)
        return await _ended(question, speaker, "cut_short", show)
    if speaker.wished is not None:
        passed_on = handed_over(question.phrases, question.language, HandoffReason.WISH.value)
        return replace(passed_on, note=speaker.wished, tools=tuple(speaker.tools.used))
    if guard.cut and not guard.citations:
        log.info("answer.unsupported", cut=guard.cut)
        return replace(no_answer(question.phrases, question.language), tools=tuple(speaker.tools.used))
    if not "".join(speaker.shown).strip():
        return await _from_extracts(question, "model_down", show)
    return _spoken(question, speaker)


async def _ended(question: Question, speaker: Speaker, why: str, show: Show) -> Thought:
    """An answer that broke off, made whole by words that say so."""
    ending = "\n\n" + question.phrases.say(why, question.language)
    await show(ending)
    return _spoken(question, speaker, ending)


def _told(question: Question) -> Told | None:
    """What may be repeated without a source; None where nothing is to be cut."""
    settings = question.settings
    if settings.unsupported == "keep" or not settings.use_knowledge:
        return None
    own = (settings.instructions, settings.tone, settings.company, settings.bot_name)
    return Told("\n".join(own), [m.content for m in question.history])


def _spoken(question: Question, speaker: Speaker, ending: str = "") -> Thought:
    """What was said, as it counts: a model that knows nothing and cites nothing gave no answer, however kindly."""
    guard, model = speaker.guard, speaker.model
    unanswered = question.settings.use_knowledge and guard.unknown and not guard.citations
    return Thought(
        kind="no_answer" if unanswered else "answer",
        text=("".join(speaker.shown) + ending).strip(),
        language=question.language,
        citations=tuple(guard.citations),
        support=guard.support,
        offer_person=unanswered or (not guard.citations and bool(guard.passages)),
        model=f"{model.provider}/{model.model}",
        tools=tuple(speaker.tools.used),
    )


async def _from_extracts(question: Question, intro: str, show: Show) -> Thought:
    thought = _quoted(question, intro) or no_answer(question.phrases, question.language)
    await show(thought.text)
    return thought


def _quoted(question: Question, intro: str) -> Thought | None:
    """The best passages' own words; None where none fits."""
    found = extract(question.text, question.passages)
    if found is None:
        return None
    lead = question.phrases.say(intro, question.language)
    return Thought(
        kind="extracts",
        text=f"{lead}\n\n{found.text}",
        language=question.language,
        citations=found.citations,
        support=1.0,
    )


def no_answer(phrases: Phrasebook, language: str | None) -> Thought:
    """Plainly: nothing fits; and the offer of a person."""
    return Thought("no_answer", phrases.say("no_answer", language), language, support=0.0, offer_person=True)


def handed_over(phrases: Phrasebook, language: str | None, reason: str, key: str = "handing_over") -> Thought:
    """The words that pass the customer on."""
    return Thought("handoff", phrases.say(key, language), language, handoff=reason)
