"""Small PDFs made by hand (ISO 32000-1, 7.5): pages of plain lines, and one that asks for a password."""

from __future__ import annotations

from collections.abc import Sequence

_LINE = 18


def make_pdf(*pages: Sequence[str]) -> bytes:
    """A PDF of these pages, each a list of lines of ASCII text."""
    return _assembled(_objects([_listed(lines) for lines in pages]), "")


def make_page_pdf(
    *pages: Sequence[tuple[float, float, str] | tuple[float, float, str, float]],
    lines: Sequence[tuple[float, float, float, float]] = (),
) -> bytes:
    """A PDF of pages of texts put where they say: left, baseline from the bottom, words, and size (10 if not given);
    ``lines`` are drawn on every page."""
    drawn = "".join(f"{x0} {y0} m {x1} {y1} l S " for x0, y0, x1, y1 in lines)
    contents = []
    for page in pages:
        shown = "".join(
            f"/F1 {text[3] if len(text) == 4 else 10} Tf 1 0 0 1 {text[0]} {text[1]} Tm ({_escaped(text[2])}) Tj "
            for text in page
        )
        contents.append(f"{drawn}BT {shown}ET")
    return _assembled(_objects(contents), "")


def make_locked_pdf() -> bytes:
    """A PDF that no empty password opens: its password entries are those of no password at all."""
    passwords = f"/O <{'ab' * 32}> /U <{'cd' * 32}>"
    lock = f"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 {passwords} >> /ID [<{'01' * 16}> <{'01' * 16}>]"
    return _assembled(_objects([_listed(["Nobody reads this."])]), lock)


def _listed(lines: Sequence[str]) -> str:
    shown = "".join(f"({_escaped(line)}) Tj 0 -{_LINE} Td " for line in lines)
    return f"BT /F1 12 Tf 72 720 Td {shown}ET"


def _objects(pages: Sequence[str]) -> list[bytes]:
    """Objects 1 (catalogue), 2 (page tree), 3 (font), then a page and its content for each page."""
    numbers = [4 + 2 * n for n in range(len(pages))]
    kids = " ".join(f"{n} 0 R" for n in numbers)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, page in zip(numbers, pages, strict=True):
        content = page.encode("ascii")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {number + 1} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    return objects


def _assembled(objects: Sequence[bytes], trailer: str) -> bytes:
    data, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    data += f"trailer << /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(data)


def _escaped(line: str) -> str:
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
