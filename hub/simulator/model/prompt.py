"""Reads what a hub asks: the numbered sources in its prompt and the customer's last question."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_TAGGED = re.compile(r"<source\s+(\w+\s*=[^>]*)>(.*?)</source>", re.DOTALL | re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(\w+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_NUMBERED = re.compile(r"^\[(\d{1,3})\] ([^\n]*)\n(.*?)(?=^\[\d{1,3}\] |\Z)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Source:
    """One numbered source of the prompt. ``relevance`` is its vector's likeness to the question's, if told."""

    n: int
    title: str
    text: str
    relevance: float | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as a script reads it. ``results`` are the tools' answers since the last question; ``unanswered`` is all
    that was asked since anybody answered."""

    question: str
    sources: tuple[Source, ...]
    tools: tuple[Mapping[str, Any], ...]
    results: tuple[str, ...]
    system: str
    unanswered: tuple[str, ...] = ()


def content(message: Mapping[str, Any]) -> str:
    """A message's text, whether plain or in parts."""
    value = message.get("content")
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        parts = (part.get("text") for part in value if isinstance(part, Mapping))
        return "\n".join(part for part in parts if isinstance(part, str))
    return ""


def sources(text: str) -> tuple[Source, ...]:
    """``<source n="1" title="...">text</source>`` blocks, or ``[1] Title`` followed by lines of text."""
    tagged = []
    for match in _TAGGED.finditer(text):
        attributes = {name.lower(): html.unescape(a or b) for name, a, b in _ATTRIBUTE.findall(match[1])}
        number = attributes.get("n", attributes.get("id", ""))
        if number.isdecimal():
            text = html.unescape(match[2]).strip()
            tagged.append(Source(int(number), attributes.get("title", ""), text, _number(attributes.get("relevance"))))
    if tagged:
        return tuple(tagged)
    return tuple(Source(int(m[1]), m[2].strip(), m[3].strip()) for m in _NUMBERED.finditer(text))


def read(messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]] = ()) -> Asked:
    """What a chat completion asks for. Total: a prompt without sources or question gives empty ones."""
    system = "\n\n".join(content(m) for m in messages if m.get("role") in ("system", "developer"))
    last = max((i for i, m in enumerate(messages) if m.get("role") == "user"), default=-1)
    user = content(messages[last]) if last >= 0 else ""
    # Only tagged sources count in a question: a customer may well write "[1] ..." there.
    found = sources(system) or (sources(user) if _TAGGED.search(user) else ())
    question = _TAGGED.sub("", user).strip()
    results = tuple(content(m) for m in messages[last + 1 :] if m.get("role") == "tool")
    functions = tuple(t["function"] for t in tools if isinstance(t.get("function"), Mapping))
    replied = max((i for i, m in enumerate(messages) if m.get("role") == "assistant"), default=-1)
    unanswered = tuple(content(m) for m in messages[replied + 1 :] if m.get("role") == "user")
    return Asked(question, found, functions, results, system, unanswered)


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
