"""Asks the bot judged questions the way customers do, and counts: answered from the right source, refused, handed over.

What a model wrote is kept beside what reached the customer, and both are looked at by a rule of its own, which shares
nothing with the guard: a sentence counts as made up when a number of it, or most of its words, stand in no passage that
was found.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from hub.core.conversations import State
from hub.core.errors import Invalid
from hub.core.ids import TenantId
from hub.core.knowledge import Passage
from hub.core.prose import sentences
from hub.llm.ports import ChatModel, ChatRequest, Completed, TextDelta
from orchestrator.chat import Answered, Happened, Question

_WORD: Final = re.compile(r"[^\W\d_]{4,}")
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")
_MARK: Final = re.compile(r"\[\d+\]")
_LINK: Final = re.compile(r"https?://([^/\s)\]]+)")
_UNKNOWING: Final = re.compile(r"^I (?:do not|don't|cannot|can't|could not|couldn't) (?:know|find|answer)\b")
_LEAST_SHARED: Final = 0.5
_STEM: Final = 5
_FEWEST: Final = 3


class Engine(Protocol):
    """``orchestrator.chat.ChatEngine``."""

    def __call__(self, tenant: TenantId, question: Question) -> AsyncGenerator[Happened, None]: ...


@dataclass(frozen=True, slots=True)
class Case:
    """A judged question: ``sources`` are the documents that answer it, any of them; none: nothing does."""

    id: str
    text: str
    sources: tuple[str, ...]


class Overheard:
    """A model that keeps what it wrote."""

    def __init__(self, inner: ChatModel) -> None:
        self.provider = inner.provider
        self.model = inner.model
        self.wrote: list[str] = []
        self._inner = inner

    async def stream(self, request: ChatRequest) -> AsyncGenerator[TextDelta | Completed, None]:
        """As the port says."""
        async with aclosing(self._inner.stream(request)) as events:
            async for event in events:
                if isinstance(event, Completed):
                    self.wrote.append(event.text)
                yield event


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a question: ``answered``, ``refused`` or ``handed_over``. ``right``: a cited document answers it.
    ``made_up`` are the sentences without ground that the model wrote, ``reached`` those of them, or others, that the
    customer got; ``links`` the hosts in what the customer got."""

    case: Case
    kind: str
    right: bool
    text: str
    made_up: tuple[str, ...]
    reached: tuple[str, ...]
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of the questions that can be answered, and of those that cannot, ended how."""

    answerable: int = 0
    right: int = 0
    wrong: int = 0
    missed: int = 0
    passed_on: int = 0
    unanswerable: int = 0
    refused: int = 0
    handed_over: int = 0
    answered: int = 0
    made_up: int = 0
    reached: int = 0


def read_cases(path: Path) -> list[Case]:
    """The lines of a JSONL file: ``_id``, ``text``, ``sources``. Raises ``Invalid``."""
    cases = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            cases.append(Case(str(row["_id"]), str(row["text"]), tuple(map(str, row["sources"]))))
        except (ValueError, KeyError, TypeError) as error:
            wanted = 'each line must be JSON with "_id", "text" and "sources"'
            raise Invalid(f"{path.name}, line {number}: {wanted}.", field="--questions") from error
    if not cases:
        raise Invalid(f"{path.name} holds no questions.", field="--questions")
    return cases


async def ask_all(
    engine: Engine,
    tenant: TenantId,
    cases: Sequence[Case],
    *,
    documents: Mapping[str, str],
    found_for: Callable[[str], AsyncGenerator[Passage, None]],
    model: Overheard | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> list[Outcome]:
    """Ask every question in a conversation of its own. ``documents`` gives the name of each document's id;
    ``found_for`` finds the passages of a question as the bot did."""
    outcomes = []
    for done, case in enumerate(cases, start=1):
        if model is not None:
            model.wrote.clear()
        answered = await _ask(engine, tenant, case)
        passages = [passage async for passage in found_for(case.text)]
        outcomes.append(_outcome(case, answered, documents, passages, [] if model is None else model.wrote))
        progress(done)
    return outcomes


async def _ask(engine: Engine, tenant: TenantId, case: Case) -> Answered:
    answered: Answered | None = None
    async for event in engine(tenant, Question(case.text, f"evaluation-{case.id}")):
        if isinstance(event, Answered):
            answered = event
    if answered is None:
        raise RuntimeError("the engine ended without an answer")
    return answered


def _outcome(
    case: Case, answered: Answered, documents: Mapping[str, str], passages: Sequence[Passage], wrote: Sequence[str]
) -> Outcome:
    message = answered.message
    text = "" if message is None else "\n".join(str(part.get("text", "")) for part in message.parts)
    thought = "" if message is None else str(message.metadata.get("thought", ""))
    cited = set() if message is None else {documents.get(str(c["document_id"]), "") for c in message.citations}
    if answered.state is not State.BOT:
        kind = "handed_over"
    elif thought in ("answer", "extracts") and cited:
        kind = "answered"
    else:
        kind = "refused"
    own = thought == "answer"
    return Outcome(
        case=case,
        kind=kind,
        right=bool(cited & set(case.sources)),
        text=text,
        made_up=tuple(s for text_ in wrote for s in without_ground(text_, passages)),
        reached=tuple(without_ground(text, passages)) if own else (),
        links=tuple(_LINK.findall(text)) if own else (),
    )


def without_ground(text: str, passages: Sequence[Passage]) -> list[str]:
    """The claims of a text that no passage bears out. Questions claim nothing, nor do sentences of very few words or
    those that say that something is not known."""
    known = " ".join(f"{p.title} {p.section or ''} {p.text}" for p in passages).lower()
    stems = {word[:_STEM] for word in _WORD.findall(known)}
    numbers = set(_NUMBER.findall(known))
    bare = []
    for sentence in sentences(_MARK.sub("", text)):
        said = sentence.text.strip()
        words = [word[:_STEM] for word in _WORD.findall(said.lower())]
        if said.endswith("?") or _UNKNOWING.match(said) or (len(words) < _FEWEST and not _NUMBER.search(said)):
            continue
        shared = sum(word in stems for word in words) / len(words) if words else 1.0
        if shared < _LEAST_SHARED or not set(_NUMBER.findall(said)) <= numbers:
            bare.append(said)
    return bare


def count(outcomes: Sequence[Outcome]) -> Counts:
    """The figures of a run."""
    able = [o for o in outcomes if o.case.sources]
    unable = [o for o in outcomes if not o.case.sources]
    return Counts(
        answerable=len(able),
        right=sum(o.kind == "answered" and o.right for o in able),
        wrong=sum(o.kind == "answered" and not o.right for o in able),
        missed=sum(o.kind == "refused" for o in able),
        passed_on=sum(o.kind == "handed_over" for o in able),
        unanswerable=len(unable),
        refused=sum(o.kind == "refused" for o in unable),
        handed_over=sum(o.kind == "handed_over" for o in unable),
        answered=sum(o.kind == "answered" for o in unable),
        made_up=sum(len(o.made_up) for o in outcomes),
        reached=sum(len(o.reached) for o in outcomes),
    )
