"""Small PDFs made by hand (ISO 32000-1, 7.5): pages of plain lines, and one that asks for a password."""

from __future__ import annotations

from collections.abc import Sequence

_LINE = 18


def make_pdf(*pages: Sequence[str]) -> bytes:
    """A PDF of these pages, each a list of lines of ASCII text."""
    return _assembled(_objects(pages), "")


def make_locked_pdf() -> bytes:
    """A PDF that no empty password opens: its password entries are those of no password at all."""
    passwords = f"/O <{'ab' * 32}> /U <{'cd' * 32}>"
    lock = f"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 {passwords} >> /ID [<{'01' * 16}> <{'01' * 16}>]"
    return _assembled(_objects([["Nobody reads this."]]), lock)


def _objects(pages: Sequence[Sequence[str]]) -> list[bytes]:
    """Objects 1 (catalogue), 2 (page tree), 3 (font), then a page and its content for each page."""
    numbers = [4 + 2 * n for n in range(len(pages))]
    kids = " ".join(f"{n} 0 R" for n in numbers)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, lines in zip(numbers, pages, strict=True):
        shown = "".join(f"({_escaped(line)}) Tj 0 -{_LINE} Td " for line in lines)
        content = f"BT /F1 12 Tf 72 720 Td {shown}ET".encode("ascii")
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
