"""Text as runs with marks: the form between Markdown and any dialect.

Marks are flat, not nested, so that text can be cut anywhere and each piece still be written whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Style(StrEnum):
    """What a mark means."""

    QUOTE = "quote"
    LINK = "link"
    BOLD = "bold"
    ITALIC = "italic"
    STRIKE = "strike"
    CODE = "code"
    PRE = "pre"


@dataclass(frozen=True, slots=True)
class Mark:
    """A style over a run. ``value`` is a link's address or a code block's language; ``serial`` tells two
    neighbours of the same style apart."""

    style: Style
    value: str = ""
    serial: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """Text under the same marks throughout."""

    text: str
    marks: frozenset[Mark] = frozenset()

    def mark(self, style: Style) -> Mark | None:
        """The mark of this style, if the run has one."""
        return next((m for m in self.marks if m.style is style), None)


def plain(runs: Iterable[Run]) -> str:
    """The words alone; a link's address follows its label where it says something else."""
    return "".join(_plain(merged(runs)))


def _plain(runs: list[Run]) -> Iterable[str]:
    for index, run in enumerate(runs):
        yield run.text
        link = run.mark(Style.LINK)
        if link is None:
            continue
        following = runs[index + 1] if index + 1 < len(runs) else None
        if (following is None or link not in following.marks) and link.value not in run.text:
            yield f" ({link.value})"


def merged(runs: Iterable[Run]) -> list[Run]:
    """The same text with neighbours of equal marks joined and empty runs dropped."""
    result: list[Run] = []
    for run in runs:
        if not run.text:
            continue
        if result and result[-1].marks == run.marks:
            result[-1] = Run(result[-1].text + run.text, run.marks)
        else:
            result.append(run)
    return result
