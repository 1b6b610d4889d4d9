"""Every loader gives text with its structure, and hostile or foreign files are refused in plain words."""

import asyncio
import io
import os
import zipfile
from pathlib import Path

import pytest

from hub.core.errors import Unreadable
from hub.core.knowledge import Document
from hub.knowledge.chunking import chunk_document
from hub.knowledge.loaders.assembly import LoadLimits
from hub.knowledge.loaders.registry import load
from hub.knowledge.loading import Loader

FIXTURES = Path(os.environ.get("HUB_TEST_FIXTURES", Path(__file__).parents[3] / "shared" / "fixtures")) / "documents"
OLD_OFFICE = {".doc"}
WITHOUT_TEXT = {"ocr_test.pdf", "blk-containing-table.docx", "doc-no-coreprops.docx"}
PROTECTED = {"encrypted-file.pdf", "libreoffice-writer-password.pdf"}


def docx_bytes() -> bytes:
    import docx

    word = docx.Document()
    word.add_heading("Returns", level=1)
    word.add_paragraph("Shoes may come back within thirty days.")
    word.add_heading("Costs", level=2)
    table = word.add_table(rows=2, cols=2)
    for cell, text in zip(
        (c for row in table.rows for c in row.cells), ["Size", "Price", "small", "5 | 6"], strict=True
    ):
        cell.text = text
    word.core_properties.title = "Shop rules"
    out = io.BytesIO()
    word.save(out)
    return out.getvalue()


def rezipped(data: bytes, **changed: bytes) -> bytes:
    """The archive with other contents for some entries; ``__`` in a name stands for a slash, ``_dot_`` for a dot."""
    wanted = {name.replace("__", "/").replace("_dot_", "."): body for name, body in changed.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            target.writestr(entry.filename, wanted.pop(entry.filename, source.read(entry)))
        for name, body in wanted.items():
            target.writestr(name, body)
    return out.getvalue()


def headed(document: Document) -> dict[tuple[str, ...], str]:
    return {s.heading: document.text[s.start : s.end].strip() for s in document.sections}


def test_markdown_is_cut_at_its_headings_but_not_inside_code() -> None:
    source = (
        "---\ntitle: Rules\nlang: en\n---\nIntro.\n\n# Returns\nText.\n\n```\n# no heading\n```\n\n## *Costs*\nFive.\n"
    )
    document = load(source.encode(), "rules.md")
    assert document.title == "Rules"
    assert "title:" not in document.text
    sections = headed(document)
    assert list(sections) == [(), ("Returns",), ("Returns", "Costs")]
    assert "# no heading" in sections["Returns",]
    assert sections["Returns", "Costs"].endswith("Five.")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_text_in_any_encoding(encoding: str) -> None:
    text = "Die Rückgabe ist binnen dreißig Tagen möglich. Größere Stücke müssen wir prüfen. " * 4
    assert load(text.encode(encoding), "a.txt").text == text.strip() or text.strip() in load(text.encode(encoding)).text


def test_csv_rows_become_named_values() -> None:
    source = 'Name;Preis;Notiz\nSchuh;5,00;"rot; groß"\nHut;7,00;\n'
    document = load(source.encode("cp1252"), "preise.csv")
    assert document.text == "Name: Schuh\nPreis: 5,00\nNotiz: rot; groß\n\nName: Hut\nPreis: 7,00"
    assert len(document.sections) == 2


def test_csv_without_a_header_keeps_every_row() -> None:
    assert load(b"1,2\n3,4\n", "n.csv").text == "1 | 2\n\n3 | 4"


def test_html_keeps_the_content_and_leaves_navigation_and_scripts_out() -> None:
    words = " ".join(f"Shoes of size {n} may come back within {n + 20} days if not worn." for n in range(30, 40))
    page = (
        "<!doctype html><html lang=en><head><title>Shop rules</title><script>alert(1)</script></head><body>"
        f"<nav><a href=/>Home</a><a href=/x>Login</a></nav><main><h1>Returns</h1><p>{words}</p>"
        f"<h2>Costs</h2><p>{words.replace('Shoes', 'Hats')}</p></main><footer>Imprint</footer></body></html>"
    )
    document = load(page.encode(), "page")
    assert "alert" not in document.text
    assert "Login" not in document.text
    assert document.title == "Shop rules" or document.title == "Returns"
    assert any(heading[-1:] == ("Costs",) and "Hats" in text for heading, text in headed(document).items())


def test_word_headings_and_tables() -> None:
    document = load(docx_bytes(), "anything.bin")
    assert document.title == "Shop rules"
    sections = headed(document)
    assert "thirty days" in sections["Returns",]
    assert "| small | 5 \\| 6 |" in sections["Returns", "Costs"]


def test_the_name_does_not_decide_what_the_bytes_are() -> None:
    assert "thirty days" in load(docx_bytes(), "lies.txt").text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"%PDF-1.7\nrubbish", "damaged"),
        (b"PK\x03\x04rubbish", "damaged"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "picture"),
        (bytes(range(256)) * 20, "not a text file"),
        (b"\x7fELF" + bytes(100), "program"),
    ],
)
async def test_what_cannot_be_read_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        await Loader().load(data, "upload")


async def test_xml_that_defines_entities_is_refused() -> None:
    laughs = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><d>&b;</d>'
    with pytest.raises(Unreadable, match="not allowed"):
        await Loader().load(rezipped(docx_bytes(), word__document_dot_xml=laughs), "a.docx")


async def test_an_archive_that_swells_is_refused() -> None:
    bomb = rezipped(docx_bytes(), word__media__zeros_dot_bin=bytes(30_000_000))
    assert len(bomb) < 200_000
    with pytest.raises(Unreadable, match="unpacks to far more"):
        await Loader().load(bomb, "a.docx")


async def test_limits_hold_in_the_child() -> None:
    with pytest.raises(Unreadable, match="more than 1,000 characters"):
        await Loader(limits=LoadLimits(characters=1_000)).load(b"word " * 1_000, "a.txt")
    with pytest.raises(Unreadable, match="larger than 1 MB"):
        await Loader(limits=LoadLimits(file_bytes=1_000_000)).load(b"x" * 1_000_001, "a.txt")
    with pytest.raises(Unreadable, match="more than 3 rows"):
        await Loader(limits=LoadLimits(rows=3)).load(b"a,b\n" + b"1,2\n" * 5, "a.csv")


async def test_a_slow_child_is_ended_and_the_loop_stays_free() -> None:
    loader = Loader(limits=LoadLimits(wall_seconds=0.02))
    loading = asyncio.create_task(loader.load(docx_bytes(), "a.docx"))
    with pytest.raises(Unreadable, match="too long"):
        await asyncio.wait_for(loading, 60)


async def test_a_child_that_runs_out_of_memory_is_a_refusal() -> None:
    starved = Loader(limits=LoadLimits(memory_bytes=60_000_000))
    with pytest.raises(Unreadable):
        await starved.load(("<html><body>" + "<div>word" * 200_000).encode(), "a.html")
    assert (await Loader().load(b"still well", "a.txt")).text == "still well"


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="the outside documents (HUB_TEST_FIXTURES) are not here")
@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*/*")), ids=lambda path: path.name)
def test_every_outside_document_gives_text_or_a_reason(path: Path) -> None:
    try:
        document = load(path.read_bytes(), path.name)
    except Unreadable as reason:
        assert path.suffix in OLD_OFFICE or path.name in WITHOUT_TEXT | PROTECTED, f"{path.name}: {reason}"
        assert str(reason).endswith(".")
        assert "damaged" not in str(reason)
        return
    assert path.suffix not in OLD_OFFICE
    for section in document.sections:
        assert 0 <= section.start < section.end <= len(document.text)
    for chunk in chunk_document(document):
        assert document.text[chunk.start : chunk.end] == chunk.text
    assert "\x00" not in document.text


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="the outside documents (HUB_TEST_FIXTURES) are not here")
async def test_pdf_sections_know_their_page_and_heading() -> None:
    data = (FIXTURES / "pypdf" / "outlines-with-invalid-destinations.pdf").read_bytes()
    document = await Loader().load(data, "a.pdf")
    assert document.pages == 4
    assert {section.page for section in document.sections} <= {1, 2, 3, 4}
    assert ("1 Foo") in {section.heading[-1] for section in document.sections if section.heading}
