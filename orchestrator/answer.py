"""Answering: with a model, streamed through the guard; without one, or when it fails, with cited extracts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from hub.core.conversations import HandoffReason
from hub.core.errors import ModelError, TooMany
from hub.core.knowledge import Passage
from hub.llm.ports import ChatMessage, ChatModel
from orchestrator.extracts import extract
from orchestrator.grounds import Told
from orchestrator.guard import Guard
from orchestrator.phrases import Phrasebook
from orchestrator.prompt import compose
from orchestrator.settings import BotSettings
from orchestrator.speaking import Find, Show, Speaker
from orchestrator.thought import Thought

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, what was found, and how to speak. ``find`` searches on; None where knowledge is not used."""

    text: str
    passages: Sequence[Passage]
    history: Sequence[ChatMessage]
    language: str | None
    settings: BotSettings
    phrases: Phrasebook
    find: Find | None = None


async def answer(question: Question, model: ChatModel | None, show: Show, has_floor: Callable[[], bool]) -> Thought:
    """A whole, honest answer. Never raises for what a model does; raises ``FloorLost`` when a person took over."""
    if model is None:
        return await _from_extracts(question, "extracts", show)
    guard = Guard(question.passages, question.settings.allowed_hosts, told=_told(question))
    speaker = Speaker(model, guard, show, has_floor, question.find)
    request = compose(question.settings, question.passages, question.history, language=question.language)
    try:
        await speaker.speak(request)
    except (ModelError, TooMany) as error:
        log.warning("answer.model_failed", error=str(error), shown=len(speaker.shown))
        if not speaker.shown and question.settings.on_model_failure == "handoff":
            return handed_over(question.phrases, question.language, HandoffReason.MODEL_FAILED.value)
        if not speaker.shown:
            return await _from_extracts(question, "model_down", show)
        ending = "\n\n" + question.phrases.say("cut_short", question.language)
        await show(ending)
        return _spoken(question, speaker, ending)
    if speaker.wished is not None:
        passed_on = handed_over(question.phrases, question.language, HandoffReason.WISH.value)
        return replace(passed_on, note=speaker.wished, tools=tuple(speaker.tools.used))
    if guard.cut and not guard.citations:
        log.info("answer.unsupported", cut=guard.cut)
        return replace(no_answer(question.phrases, question.language), tools=tuple(speaker.tools.used))
    if not "".join(speaker.shown).strip():
        return await _from_extracts(question, "model_down", show)
    return _spoken(question, speaker)


def _told(question: Question) -> Told | None:
    """What may be repeated without a source; None where nothing is to be cut."""
    settings = question.settings
    if settings.unsupported == "keep" or not settings.use_knowledge:
        return None
    own = (settings.instructions, settings.company, settings.bot_name)
    return Told("\n".join(own), [m.content for m in question.history])


def _spoken(question: Question, speaker: Speaker, ending: str = "") -> Thought:
    guard, model = speaker.guard, speaker.model
    return Thought(
        kind="answer",
        text=("".join(speaker.shown) + ending).strip(),
        language=question.language,
        citations=tuple(guard.citations),
        support=guard.support,
        offer_person=not guard.citations and bool(guard.passages),
        model=f"{model.provider}/{model.model}",
        tools=tuple(speaker.tools.used),
    )


async def _from_extracts(question: Question, intro: str, show: Show) -> Thought:
    found = extract(question.text, question.passages)
    if found is None:
        thought = no_answer(question.phrases, question.language)
    else:
        lead = question.phrases.say(intro, question.language)
        thought = Thought(
            kind="extracts",
            text=f"{lead}\n\n{found.text}",
            language=question.language,
            citations=found.citations,
            support=1.0,
        )
    await show(thought.text)
    return thought


def no_answer(phrases: Phrasebook, language: str | None) -> Thought:
    """Plainly: nothing fits; and the offer of a person."""
    return Thought("no_answer", phrases.say("no_answer", language), language, support=0.0, offer_person=True)


def handed_over(phrases: Phrasebook, language: str | None, reason: str, key: str = "handing_over") -> Thought:
    """The words that pass the customer on."""
    return Thought("handoff", phrases.say(key, language), language, handoff=reason)
