"""Texts with variables: ``{{contact.name}}`` and its like, replaced by plain lookup, never evaluated."""

from __future__ import annotations

import re
from collections.abc import Mapping

_VARIABLE = re.compile(r"\{\{\s*([a-z][a-z0-9_.]{0,120})\s*(?:\|\s*([^{}|]{0,200}?)\s*)?\}\}")


def fill(text: str, values: Mapping[str, str]) -> tuple[str, list[str]]:
    """The text with its variables replaced, and the names that have no value.

    ``{{contact.name|there}}`` stands for "there" where there is no name. A variable without either stays as it was
    written, so that nobody sends a gap unseen.
    """
    missing: list[str] = []

    def replace(match: re.Match[str]) -> str:
        name, instead = match.groups()
        value = values.get(name, "").strip()
        if value:
            return value
        if instead is not None:
            return str(instead)
        missing.append(name)
        return match.group()

    return _VARIABLE.sub(replace, text), list(dict.fromkeys(missing))
