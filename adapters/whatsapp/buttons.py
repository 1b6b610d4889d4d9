"""Options as WhatsApp shows them: up to 3 reply buttons, one link button, a list of up to 10 rows, or numbers.

Titles must differ and ids must fit; options that a form cannot hold go on to the next one. What no form holds is
told in numbered lines, and the number, or the title, is the answer (see ``hub.core.choices``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from adapters.payloads import storable
from adapters.rendering.runs import Mark, Run, Style
from adapters.rendering.split import measure, shorten
from adapters.whatsapp.capabilities import (
    BUTTON_ID,
    BUTTON_TITLE,
    BUTTONS,
    ROW_DETAIL,
    ROW_ID,
    ROW_TITLE,
    ROWS,
)
from hub.core.channels import TextUnit
from hub.core.choices import short_id
from hub.core.messages import Option

OPEN_LIST: Final = "Options"
"""The button that opens a list. The hub does not know the customer's words for it; this one is read widely."""

_UNIT = TextUnit.UTF16


def interactive(options: Sequence[Option]) -> Mapping[str, Any] | None:
    """The interactive object for these options, still without its body; None when they must be numbered."""
    answers = [option for option in options if not _link(option)]
    links = [option for option in options if _link(option)]
    if not answers:
        return _link_button(links[0]) if len(links) == 1 else None
    return _buttons(answers) or _list(answers)


def told_options(options: Sequence[Option], shape: Mapping[str, Any] | None) -> list[Run]:
    """The lines for what ``shape`` does not show: links beside answers, or, without a shape, every option."""
    if shape is None:
        return _numbered(options)
    if shape["type"] == "cta_url":
        return _lines([o for o in options if o.description])
    return _lines([o for o in options if _link(o)])


def _numbered(options: Sequence[Option]) -> list[Run]:
    """Every option under its place in the whole list, for that is the number an answer is understood by."""
    if all(_link(option) for option in options):
        return _lines(options)
    runs: list[Run] = []
    for number, option in enumerate(options, start=1):
        told = [t for t in (option.description, _link(option)) if t]
        detail = f": {storable(' '.join(told))}" if told else ""
        runs += [Run("\n\n" if number == 1 else "\n"), Run(f"{number}. {title_of(option)}{detail}")]
    return runs


def _lines(options: Sequence[Option]) -> list[Run]:
    runs: list[Run] = []
    for option in options:
        runs += [Run("\n\n" if not runs else "\n"), Run(title_of(option), frozenset({Mark(Style.BOLD)}))]
        told = [t for t in (option.description, _link(option)) if t]
        runs += [Run(f": {storable(' '.join(told))}")] if told else []
    return runs


def title_of(option: Option) -> str:
    """The option's title on one line."""
    return " ".join(storable(option.title).split()) or "\u2022"


def _link(option: Option) -> str | None:
    url = storable(option.url or "")
    return url if url.lower().startswith(("http://", "https://")) else None


def _fits(text: str, limit: int) -> bool:
    return measure(text, _UNIT) <= limit


def _distinct(titles: Sequence[str]) -> bool:
    return len(set(titles)) == len(titles)


def _link_button(option: Option) -> Mapping[str, Any] | None:
    title = title_of(option)
    if not _fits(title, BUTTON_TITLE):
        return None
    return {
        "type": "cta_url",
        "action": {"name": "cta_url", "parameters": {"display_text": title, "url": _link(option)}},
    }


def _buttons(options: Sequence[Option]) -> Mapping[str, Any] | None:
    titles = [title_of(option) for option in options]
    plain = not any(option.description for option in options)
    if len(options) > BUTTONS or not plain or not _distinct(titles):
        return None
    if not all(_fits(title, BUTTON_TITLE) for title in titles):
        return None
    replies = [
        {"type": "reply", "reply": {"id": _id(option, BUTTON_ID), "title": title}}
        for option, title in zip(options, titles, strict=True)
    ]
    return {"type": "button", "action": {"buttons": replies}}


def _list(options: Sequence[Option]) -> Mapping[str, Any] | None:
    rows = [_row(option) for option in options]
    shown = [str(row["title"]) for row in rows]
    if not 1 <= len(options) <= ROWS or not _distinct(shown) or not _distinct([str(row["id"]) for row in rows]):
        return None
    return {"type": "list", "action": {"button": OPEN_LIST, "sections": [{"rows": rows}]}}


def _row(option: Option) -> dict[str, Any]:
    title = title_of(option)
    row: dict[str, Any] = {"id": _id(option, ROW_ID), "title": shorten(title, ROW_TITLE, _UNIT)}
    # A title too long for its line is told in full below it.
    detail = storable(option.description or "") or ("" if _fits(title, ROW_TITLE) else title)
    if detail:
        row["description"] = shorten(" ".join(detail.split()), ROW_DETAIL, _UNIT)
    return row


def _id(option: Option, limit: int) -> str:
    # WhatsApp trims ids: one with spaces at its ends would come back as another.
    named = storable(option.id)
    return short_id(named if named == named.strip() else f"~{named}", limit)
