"""Links for platforms that have no words for them: the address follows the label, and both stay together."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.rendering.runs import Run, Style, merged


def spelled_out(runs: Sequence[Run]) -> list[Run]:
    """The runs with each link's address written behind its label, unless the label says it already.

    Label and address stay marked as one link, so that ``split`` does not part them; ``plain`` adds nothing more.
    """
    whole = merged(runs)
    result: list[Run] = []
    label = ""
    for index, run in enumerate(whole):
        link = run.mark(Style.LINK)
        if link is None:
            result.append(run)
            continue
        label += run.text
        following = whole[index + 1] if index + 1 < len(whole) else None
        if following is not None and link in following.marks:
            result.append(run)
            continue
        told = run.text if link.value in label else f"{run.text} ({link.value})"
        result.append(Run(told, run.marks))
        label = ""
    return result
