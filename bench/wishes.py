"""How well the wish for a person is heard: precision and recall on banking77 mixed with our own wishes.

Of banking77 hardly any message asks for a person. Those that border on it were judged one by one, in
``tests/evals/banking77_border_cases.jsonl``; all others count as none. The wishes, in four languages, stand in
``tests/evals/wishes_for_a_person.txt``. The outside set is read from ``HUB_TEST_FIXTURES``.

    python -m bench.wishes [--write]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench.machine import ROOT, commit
from orchestrator.wishes import hear_wish

FIXTURES = Path(os.environ.get("HUB_TEST_FIXTURES", ROOT.parent / "shared" / "fixtures")) / "ir" / "banking77"
EVALS = ROOT / "tests" / "evals"
PAGE = ROOT / "docs" / "quality.md"
_PLACE = re.compile(r"<!-- bench:wishes -->.*?<!-- /bench:wishes -->", re.DOTALL)


def banking77() -> list[str]:
    """Every message of the set."""
    files = (FIXTURES / name for name in ("corpus.jsonl", "queries.jsonl"))
    return [json.loads(line)["text"] for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def border_cases() -> list[dict[str, str | bool]]:
    """The judged messages: ``text``, ``wish``, ``why``."""
    lines = (EVALS / "banking77_border_cases.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def own_wishes() -> list[str]:
    """Our own wishes, in four languages."""
    lines = (EVALS / "wishes_for_a_person.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and line[0] not in "#["]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the figures into docs/quality.md")
    options = parser.parse_args()
    judged = border_cases()
    wished = {str(one["text"]) for one in judged if one["wish"]}
    messages, own = banking77(), own_wishes()
    wishes = [*own, *(text for text in messages if text in wished)]
    others = [text for text in messages if text not in wished]
    missed = [text for text in wishes if hear_wish(text) is None]
    mistaken = [text for text in others if hear_wish(text) is not None]
    heard = len(wishes) - len(missed)
    lines = [
        "| messages | wishes among them | heard | missed | heard where there is none | precision | recall |",
        "|---|---|---|---|---|---|---|",
        f"| {len(wishes) + len(others):,} | {len(wishes)} | {heard} | {len(missed)} | {len(mistaken)} "
        f"| {heard / (heard + len(mistaken)):.3f} | {heard / len(wishes):.3f} |",
        "",
        "| border case of banking77 | judged | because it | heard |",
        "|---|---|---|---|",
        *(
            f"| {' '.join(str(one['text']).split())} | {'wish' if one['wish'] else 'no wish'} | {one['why']} "
            f"| {'yes' if hear_wish(str(one['text'])) else 'no'} |"
            for one in judged
        ),
        "",
        f"*commit {commit()}; {datetime.now(UTC):%Y-%m-%d}*",
    ]
    print("\n".join(lines))
    for text in missed:
        print(f"missed: {text}", file=sys.stderr)
    for text in mistaken:
        print(f"mistaken: {text}", file=sys.stderr)
    if options.write:
        block = "\n".join(["<!-- bench:wishes -->", *lines, "<!-- /bench:wishes -->"])
        page, places = _PLACE.subn(lambda _: block, PAGE.read_text(encoding="utf-8"))
        if places != 1:
            print(f"{PAGE} has no place for the figures.", file=sys.stderr)
            return 1
        PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
