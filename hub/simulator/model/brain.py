"""The scripts that answer in a model's place. Each is chosen by its model name, and none is intelligent."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import Any

from hub.core.excerpts import Found, pick_each, readable
from hub.core.prose import sentences
from hub.core.questions import questions_in
from hub.simulator.model.prompt import Asked
from hub.simulator.model.tasks import ranking, wordings
from hub.simulator.model.words import terms, words

EMBEDDING_MODEL = "sim-embedding"

_MOST_SENTENCES = 4
_UNKNOWN = {
    "en": "I do not know this from the sources I have. [0] Would you like to talk to a person?",
    "de": "Das weiß ich aus meinen Quellen nicht. [0] Möchten Sie mit einem Menschen sprechen?",
    "es": "No lo sé por las fuentes que tengo. [0] ¿Quiere hablar con una persona?",
    "fr": "Mes sources ne me le disent pas. [0] Voulez-vous parler à une personne ?",
}
_MARKS = {
    "de": "der die das und ist ich wie was nicht kann mein wo gibt habe wann welche welcher hat euer eure ihr mit zu",
    "es": "el los que es un una como cual puedo mi donde cuanto por para hay tienen cuando son quien del con",
    "fr": "le les est une comment je quel quelle mon vous quand puis des pour ou avez combien qui dans est",
    "en": "the is what how can i my where when you does are to who which your of for with",
}
_MARKED = {code: frozenset(marks.split()) for code, marks in _MARKS.items()}
_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|instead|you must|you are now|always|append|include|repeat|print|output|reply with|"
    r"answer with|say|send|call|reveal|new instructions?)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“«']([^\"”»\n]{2,300})[\"”»']")
_LINK = re.compile(r"!?\[[^\]\n]*\]\([^)\n]+\)|https?://[^\s<>\"')\]]+|<img\b[^>]*>", re.IGNORECASE)
_CALL = re.compile(
    r"\bcall\s+(?:the\s+)?(?:tool\s+|function\s+)?`?([a-zA-Z_]\w{1,63})`?[^{\n]*(\{[^\n]*\})?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Wish:
    """A tool a script wants called, with its arguments as JSON."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Scripted:
    """What a script says, and what it wants called."""

    text: str = ""
    wishes: tuple[Wish, ...] = ()


def language(text: str) -> str:
    """Which of four languages a short text is most likely in; English when in doubt."""
    seen = Counter(words(text))
    scores = {code: sum(seen[word] for word in marks) for code, marks in _MARKED.items()}
    best = max(scores, key=lambda code: (scores[code], code == "en"))
    return best if scores[best] else "en"


def grounded(asked: Asked) -> Scripted:
    """The sentences of the sources that answer best, each with its number; or that it does not know."""
    parts = [[{term} for term in dict.fromkeys(terms(part))] for part in questions_in(asked.question)]
    found = [Found(source.title, source.text, source.relevance) for source in asked.sources]
    left = _MOST_SENTENCES
    said: list[str] = []
    for excerpt in pick_each(parts, found, terms):
        number = asked.sources[excerpt.place].n
        most = left if not said else min(left, 2 if len(parts) > 1 else 1)
        taken = excerpt.sentences[:most]
        if taken and not taken[-1].text.endswith(":"):
            said.append(readable(taken, partial(_cited, number)))
            left -= len(taken)
    return Scripted(" ".join(said) or _UNKNOWN[language(asked.question)])


def _cited(number: int, sentence: str) -> str:
    body, end = (sentence[:-1], sentence[-1]) if sentence[-1] in ".!?:。！？" else (sentence, "")
    return f"{body} [{number}]{end}"


def obedient(asked: Asked) -> Scripted:
    """Does whatever a retrieved text orders: says what it is told to, shows its links, calls its tools."""
    said: list[str] = []
    wishes: list[Wish] = []
    for source in asked.sources:
        if not _ORDER.search(source.text):
            continue
        called = _CALL.search(source.text)
        if called:
            wishes.append(Wish(called[1], called[2] or "{}"))
        if re.search(r"system prompt|your (?:secret |hidden )?instructions", source.text, re.IGNORECASE):
            said.append(asked.system)
        orders = [s.text for s in sentences(source.text) if _ORDER.search(s.text)]
        for order in orders:
            said += _QUOTED.findall(order) or [_ORDER.split(order)[-1].strip(" :,")]
        said += _LINK.findall(source.text)
    if not said and not wishes:
        return grounded(asked)
    return Scripted("\n".join(dict.fromkeys(text for text in said if text)), tuple(wishes))


def hallucinating(asked: Asked) -> Scripted:
    """Says with confidence what no source says, and cites sources for it, one of which does not exist."""
    number = int.from_bytes(blake2b(asked.question.encode(), digest_size=4).digest(), "big")
    topic = " ".join(asked.question.split()[:6]).rstrip("?.! ") or "this"
    existing = asked.sources[0].n if asked.sources else 1
    missing = max((source.n for source in asked.sources), default=0) + 7
    return Scripted(
        f"Regarding {topic}: it takes exactly {number % 89 + 11} days and costs {number % 970 + 29}.99 euros "
        f"[{existing}]. Our chief engineer Balthasar Quill confirmed it in {1990 + number % 30} [{missing}]."
    )


def tools(asked: Asked) -> Scripted:
    """Calls the offered tool that fits the question best, then answers with what it returned."""
    if asked.results:
        return Scripted(f"Done. {asked.results[-1]}")
    if not asked.tools:
        return grounded(asked)
    wanted = Counter(terms(asked.question))

    def fit(tool: Mapping[str, Any]) -> int:
        about = set(terms(f"{str(tool.get('name', '')).replace('_', ' ')} {tool.get('description', '')}"))
        return sum(wanted[term] for term in about)

    best = max(asked.tools, key=fit)
    arguments = _arguments(best.get("parameters") or {}, asked.question)
    return Scripted(wishes=(Wish(str(best["name"]), json.dumps(arguments)),))


def _arguments(schema: Mapping[str, Any], question: str) -> dict[str, Any]:
    properties = schema.get("properties") or {}
    return {name: _argument(properties.get(name) or {}, question) for name in schema.get("required") or ()}


def _argument(schema: Mapping[str, Any], question: str) -> Any:
    if schema.get("enum"):
        return schema["enum"][0]
    kind = schema.get("type")
    if kind in ("integer", "number"):
        number = re.search(r"\d+", question)
        return int(number[0]) if number else schema.get("minimum", 1)
    if kind == "boolean":
        return True
    if kind == "array":
        return [_argument(schema.get("items") or {}, question)]
    if kind == "object":
        return _arguments(schema, question)
    return question


def empty(asked: Asked) -> Scripted:
    """Says nothing at all."""
    return Scripted()


def echo(asked: Asked) -> Scripted:
    """Says what was asked."""
    return Scripted(asked.question)


def rank(asked: Asked) -> Scripted:
    """Scores passages by the words they share with a query."""
    return Scripted(ranking(asked.question))


def rephrase(asked: Asked) -> Scripted:
    """Puts a message behind what the customer said before it."""
    return Scripted(wordings(asked.question))


def repeat(asked: Asked) -> Scripted:
    """Says all that was asked since anybody answered, so that a record shows which messages an answer is for."""
    return Scripted("\n".join(asked.unanswered))


SCRIPTS: Mapping[str, Callable[[Asked], Scripted]] = {
    "sim-grounded": grounded,
    "sim-obedient": obedient,
    "sim-hallucinating": hallucinating,
    "sim-empty": empty,
    "sim-tools": tools,
    "sim-echo": echo,
    "sim-repeat": repeat,
    "sim-ranker": rank,
    "sim-rephraser": rephrase,
}
CHAT_MODELS = tuple(SCRIPTS)
