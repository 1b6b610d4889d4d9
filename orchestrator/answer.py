"""Answering: with a model, streamed through the guard; without one, or when it fails, with cited extracts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import structlog

from hub.core.conversations import HandoffReason
from hub.core.errors import ModelError, TooMany
from hub.core.knowledge import Passage
from hub.llm.ports import ChatMessage, ChatModel, TextDelta
from orchestrator.extracts import extract
from orchestrator.grounds import Told
from orchestrator.guard import Guard
from orchestrator.phrases import Phrasebook
from orchestrator.prompt import HAND_OFF, compose
from orchestrator.settings import BotSettings
from orchestrator.thought import Thought

log = structlog.get_logger(__name__)

Show = Callable[[str], Awaitable[None]]
"""Shows more of the answer to whoever watches."""


class FloorLost(Exception):
    """A person took the conversation while the model was speaking; nothing more may be shown. ``shown`` was."""

    def __init__(self, shown: str) -> None:
        super().__init__("a person has the floor")
        self.shown = shown


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, what was found, and how to speak."""

    text: str
    passages: Sequence[Passage]
    history: Sequence[ChatMessage]
    language: str | None
    settings: BotSettings
    phrases: Phrasebook


async def answer(question: Question, model: ChatModel | None, show: Show, has_floor: Callable[[], bool]) -> Thought:
    """A whole, honest answer. Never raises for what a model does; raises ``FloorLost`` when a person took over."""
    if model is None:
        return await _from_extracts(question, "extracts", show)
    guard = Guard(question.passages, question.settings.allowed_hosts, told=_told(question))
    shown: list[str] = []
    try:
        wished = await _stream(question, model, guard, shown, show, has_floor)
    except (ModelError, TooMany) as error:
        log.warning("answer.model_failed", error=str(error), shown=len(shown))
        if not shown:
            return await _from_extracts(question, "model_down", show)
        ending = "\n\n" + question.phrases.say("cut_short", question.language)
        await show(ending)
        return _spoken(question, guard, "".join(shown) + ending, model)
    if wished is not None:
        return handed_over(question.phrases, question.language, wished)
    text = "".join(shown).strip()
    if guard.cut and not guard.citations:
        log.info("answer.unsupported", cut=guard.cut)
        return no_answer(question.phrases, question.language)
    if not text:
        return await _from_extracts(question, "model_down", show)
    return _spoken(question, guard, text, model)


def _told(question: Question) -> Told | None:
    """What may be repeated without a source; None where nothing is to be cut."""
    settings = question.settings
    if settings.unsupported == "keep" or not settings.use_knowledge:
        return None
    own = (settings.instructions, settings.company, settings.bot_name)
    return Told("\n".join(own), [m.content for m in question.history])


async def _stream(
    question: Question,
    model: ChatModel,
    guard: Guard,
    shown: list[str],
    show: Show,
    has_floor: Callable[[], bool],
) -> str | None:
    """Show the model's checked sentences as they come; the reason for a handoff where it wished for one."""
    request = compose(question.settings, question.passages, question.history, language=question.language)
    wished: str | None = None
    async with aclosing(model.stream(request)) as events:
        async for event in events:
            if not has_floor():
                raise FloorLost("".join(shown))
            if isinstance(event, TextDelta):
                released = guard.feed(event.text)
            else:
                released = guard.finish()
                if any(call.name == HAND_OFF for call in event.tool_calls):
                    wished = HandoffReason.WISH.value
            for sentence in released:
                shown.append(sentence.text)
                await show(sentence.text)
    return wished


def _spoken(question: Question, guard: Guard, text: str, model: ChatModel) -> Thought:
    no_source = not guard.citations
    return Thought(
        kind="answer",
        text=text.strip(),
        language=question.language,
        citations=tuple(guard.citations),
        support=guard.support,
        offer_person=no_source and bool(question.passages),
        model=f"{model.provider}/{model.model}",
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
