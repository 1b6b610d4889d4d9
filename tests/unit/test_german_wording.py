"""Our German addresses people as Sie, wherever it speaks: the desk, the bubble and the letters."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
FAMILIAR = re.compile(
    r"\b([Dd]u|[Dd]ich|[Dd]ir(?!=)|[Dd]ein(e[mnrs]?)?|[Ee]uch|[Ee]ure?[mnrs]?|kannst|hast|bist|willst|musst|möchtest)\b"
)
ORDERS = "Gib|Lies|Nimm|Sieh|Wähle|Gehe|Öffne|Klicke?|Prüfe|Trage|Schreibe?|Warte|Versuche|Verwende|Lade"
ORDERED = re.compile(rf"(?:\"|[.:!?„] )(?:{ORDERS})\b(?! Sie\b)[^\"]*")
PLACES = (
    *ROOT.glob("admin/ui/src/i18n/de/*.ts"),
    *ROOT.glob("admin/ui/src/i18n/owner/de*.ts"),
    *(ROOT / "widget/src/locales/de.json", ROOT / "hub/mail/wording.py", ROOT / "hub/mail/transcript.py"),
)


def test_nobody_is_spoken_to_familiarly() -> None:
    assert len(PLACES) > 15, "the texts were found"
    found = [
        (path.name, match[0])
        for path in PLACES
        for pattern in (FAMILIAR, ORDERED)
        for match in pattern.finditer(path.read_text("utf-8"))
    ]
    assert found == []
