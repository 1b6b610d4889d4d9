"""Tables of the documentation that commands write."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from hub.core.errors import Invalid


def put_between(page: Path, name: str, lines: Sequence[str]) -> None:
    """Replace what stands between a page's two marks of this name. Idempotent. Raises ``Invalid`` where it has none."""
    first, last = f"<!-- {name} -->", f"<!-- /{name} -->"
    block = "\n".join([first, *lines, last])
    text = page.read_text(encoding="utf-8")
    written, places = re.subn(f"{re.escape(first)}.*?{re.escape(last)}", lambda _: block, text, flags=re.DOTALL)
    if places != 1:
        raise Invalid(f"{page} has no place for the table: {first} and {last}.", field="--write")
    page.write_text(written, encoding="utf-8")
