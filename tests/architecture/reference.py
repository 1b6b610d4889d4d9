"""The generated parts of ``docs/reference``: ``python -m architecture.reference`` writes them, tests compare them.

A part stands between ``<!-- generated: NAME -->`` and ``<!-- end -->``; the words around it are written by hand.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/reference"
_PART = re.compile(r"(<!-- generated: (?P<name>\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_METHODS = ("get", "post", "put", "patch", "delete")


def settings_table() -> str:
    """Every ``HUB_*`` variable with its default, meaning and an example."""
    from hub.settings import Settings, variable

    rows = [("Variable", "Meaning", "Default", "Example"), ("---", "---", "---", "---")]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, ()) else f"`{field.default}`"
        example = f"`{(field.examples or [''])[0]}`"
        rows.append((f"`{variable(name)}`", field.description or "", default, example))
    return _table(rows)


def command_pages() -> str:
    """Every command with its arguments, as the program itself describes them."""
    from hub.run.cli.app import app

    text = str(app.generate_docs(output_format="markdown", heading_level=2, max_heading_level=4))
    commands = text[text.index("**Commands**") :]  # the page has its own title, and its reader a table of contents
    return re.sub(r"\n{3,}", "\n\n", commands).strip() + "\n"


def route_tables(document: Mapping[str, Any]) -> str:
    """Every route of an OpenAPI document, by tag."""
    by_tag: dict[str, list[tuple[str, ...]]] = {}
    for method, path, operation in operations(document):
        tag = (operation.get("tags") or ["other"])[0]
        answers = ", ".join(code for code in operation.get("responses", {}) if code.startswith("2"))
        by_tag.setdefault(tag, []).append((f"`{method} {path}`", operation.get("summary", ""), answers))
    parts = []
    for tag, rows in sorted(by_tag.items()):
        parts.append(
            f"### {tag[:1].upper()}{tag[1:]}\n\n" + _table([("Route", "What it does", "Answer"), ("---",) * 3, *rows])
        )
    return "\n".join(parts)


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Method, path and description of every route."""
    for path, item in document.get("paths", {}).items():
        for method in _METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def openapi_document() -> dict[str, Any]:
    """What ``hub openapi`` prints."""
    done = subprocess.run(
        [sys.executable, "-c", "from hub.run.cli import main; main()", "openapi"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


PARTS: Mapping[str, Callable[[], str]] = {
    "settings": settings_table,
    "commands": command_pages,
    "routes": lambda: route_tables(openapi_document()),
}


def renewed(text: str, parts: Mapping[str, Callable[[], str]] = PARTS) -> str:
    """A page with its generated parts made anew."""
    return _PART.sub(lambda found: f"{found[1]}{parts[found['name']]()}{found[3]}", text)


def _table(rows: list[tuple[str, ...]]) -> str:
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n" for row in rows)


def main() -> None:
    for page in sorted(FOLDER.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        new = renewed(text)
        if new != text:
            page.write_text(new, encoding="utf-8")
            print(f"wrote {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
