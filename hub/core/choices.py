"""Option ids that outgrow a platform's button, shortened on the way out and found again on the way in."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from hub.core.messages import Card, Choice, Choices, Option, Part

_PREFIX = "~"
_DIGITS = 32
_TYPED = re.compile(r"\s*([0-9]{1,3})\s*[.):]?\s*")


def short_id(option_id: str, limit_bytes: int) -> str:
    """``option_id`` itself where it fits ``limit_bytes`` of UTF-8, else a digest that always does.

    The same id gives the same result everywhere, so that nothing needs to be remembered. An id that itself
    looks like a digest is digested too, so that no customer's id can pose as another's. ``limit_bytes`` must
    be at least 33.
    """
    fits = 0 < len(option_id.encode("utf-8", "replace")) <= limit_bytes
    if fits and not option_id.startswith(_PREFIX):
        return option_id
    return _PREFIX + hashlib.sha256(option_id.encode("utf-8", "replace")).hexdigest()[:_DIGITS]


def resolve_choice(choice: Choice, offered: Sequence[Part]) -> Choice:
    """``choice`` with the id and title of the option that was offered in ``offered``.

    An exact id wins, then a shortened one, then the title; a choice of none of them comes back unchanged.
    """
    options = [option for part in offered if isinstance(part, Choices | Card) for option in part.options]
    for option in options:
        if choice.id == option.id or _is_short_form(choice.id, option):
            return Choice(id=option.id, title=option.title)
    for option in options:
        if choice.title is not None and choice.title == option.title:
            return Choice(id=option.id, title=option.title)
    return choice


def typed_choice(text: str, offered: Sequence[Part]) -> Choice | None:
    """The option whose number was typed, where a channel listed the options by number, counted from 1.

    It counts within the last part of ``offered`` that has options. None for any other text, and for a link, which is
    opened and not answered.
    """
    found = _TYPED.fullmatch(text)
    parts = [part for part in offered if isinstance(part, Choices | Card) and part.options]
    if found is None or not parts:
        return None
    options, number = parts[-1].options, int(found[1])
    if not 1 <= number <= len(options) or options[number - 1].url:
        return None
    return Choice(id=options[number - 1].id, title=options[number - 1].title)


def _is_short_form(presented: str, option: Option) -> bool:
    return presented.startswith(_PREFIX) and presented == short_id(option.id, 0)
