"""Spreadsheets, presentations, open documents, e-books, RTF and JSON keep their order, headings, tables and columns."""

import io
import zipfile

import pytest

from hub.core.errors import Unreadable
from hub.core.knowledge import Document
from hub.knowledge.loaders.registry import load
from support.bombs import archive


def parts(document: Document) -> list[tuple[str, str]]:
    return [(" > ".join(s.heading), document.text[s.start : s.end].strip()) for s in document.sections]


def workbook(**sheets: list[list[object]]) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if value is not None:
                    sheet.write(number, column, value)
    book.close()
    return out.getvalue()


def test_a_sheet_names_the_column_of_every_value() -> None:
    rows = [["Price list 2026"], [], ["Article", "Price"], ["Shoe", 5.5], ["Hat", 7], [], ["Total", 12.5]]
    document = load(workbook(Prices=rows), "a.xlsx")
    assert parts(document) == [
        ("Prices", "Price list 2026"),
        ("Prices", "Article: Shoe\nPrice: 5.5"),
        ("Prices", "Article: Hat\nPrice: 7"),
        ("Prices", "Article: Total\nPrice: 12.5"),
    ]
    assert document.metadata == {"columns": ["Article", "Price"]}
    assert document.title == "Price list 2026"


def test_tables_beside_each_other_and_labels_without_a_header() -> None:
    beside = [["Size", "Stock", None, "City", "Hours"], ["S", 3, None, "Bern", "9-17"], ["M", 4, None, "Basel", "8-12"]]
    document = load(workbook(Both=beside, Facts=[["Founded", 1999], ["Employees", 250]]), "a.xlsx")
    texts = [text for _, text in parts(document)]
    assert texts == [
        "Size: S\nStock: 3",
        "Size: M\nStock: 4",
        "City: Bern\nHours: 9-17",
        "City: Basel\nHours: 8-12",
        "Founded: 1999",
        "Employees: 250",
    ]


def test_a_spreadsheet_under_a_password_is_refused_in_words() -> None:
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(Unreadable, match="password"):
        load(locked, "a.xlsx")


def presentation() -> bytes:
    import pptx
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.util import Inches

    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[5])
    slide.shapes.title.text = "Returns"
    for left, text in ((5, "right"), (1, "left")):
        slide.shapes.add_textbox(Inches(left), Inches(3), Inches(2), Inches(1)).text_frame.text = text
    table = slide.shapes.add_table(2, 2, Inches(1), Inches(4), Inches(4), Inches(1)).table
    for cell, text in zip(table.iter_cells(), ["Size", "Price", "small", "5 | 6"], strict=True):
        cell.text = text
    figures = CategoryChartData()
    figures.categories = ["2024", "2025"]
    figures.add_series("Parcels", (10, 12.5))
    slide.shapes.add_chart(XL_CHART_TYPE.PIE, Inches(1), Inches(5), Inches(2), Inches(2), figures)
    slide.notes_slide.notes_text_frame.text = "Say that it is free."
    out = io.BytesIO()
    show.save(out)
    return out.getvalue()


def test_slides_are_pages_in_reading_order_with_tables_charts_and_notes() -> None:
    document = load(presentation(), "a.bin")
    assert document.pages == 1
    assert {(s.heading, s.page) for s in document.sections} == {(("Returns",), 1)}
    text = document.text
    places = [text.index(piece) for piece in ("left", "right", "| small | 5 \\| 6 |", "Parcels: 2024 10, 2025 12.5")]
    assert places == sorted(places)
    assert text.endswith("Notes: Say that it is free.")


OFFICE = "urn:oasis:names:tc:opendocument:xmlns"


def test_an_open_document_keeps_headings_lists_tables_and_notes() -> None:
    content = (
        f'<d xmlns:text="{OFFICE}:text:1.0" xmlns:table="{OFFICE}:table:1.0"><text:h text:outline-level="1">Returns'
        "</text:h><text:p>Thirty<text:s/>days<text:note><text:note-body><text:p>unworn</text:p></text:note-body>"
        "</text:note>.</text:p><text:list><text:list-item><text:p>one</text:p><text:list><text:list-item>"
        "<text:p>deep</text:p></text:list-item></text:list></text:list-item></text:list><table:table><table:table-row>"
        "<table:table-cell><text:p>Size</text:p></table:table-cell><table:table-cell><text:p>Price</text:p>"
        "</table:table-cell></table:table-row></table:table></d>"
    )
    meta = '<m xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Rules</dc:title><dc:creator>Ann</dc:creator></m>'
    data = archive(mimetype="application/vnd.oasis.opendocument.text", content_dot_xml=content, meta_dot_xml=meta)
    document = load(data, "a.odt")
    assert (document.title, document.author) == ("Rules", "Ann")
    assert document.sections[0].heading == ("Returns",)
    assert "Thirty days (unworn)." in document.text
    assert "- one\n  - deep" in document.text
    assert "| Size | Price |" in document.text


def test_an_e_book_is_read_chapter_by_chapter_in_the_order_of_its_spine() -> None:
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
        "<dc:title>Handbook</dc:title><dc:creator>Ann</dc:creator></metadata><manifest>"
        '<item id="a" href="second.xhtml"/><item id="b" href="first.xhtml"/></manifest><spine><itemref idref="b"/>'
        '<itemref idref="a"/><itemref idref="gone"/></spine></package>'
    )
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
    )
    page = "<html><body><h1>{0}</h1><p>{0} chapter says {1}</p></body></html>"
    data = archive(
        **{
            "META-INF__container_dot_xml": container,
            "OEBPS__book_dot_opf": package,
            "OEBPS__first_dot_xhtml": page.format("First", "thirty days. " * 30),
            "OEBPS__second_dot_xhtml": page.format("Second", "five euros. " * 30),
        }
    )
    document = load(data, "a.epub")
    assert (document.title, document.author) == ("Handbook", "Ann")
    assert document.text.index("thirty days") < document.text.index("five euros")


def test_rich_text_is_read_with_its_own_letters() -> None:
    document = load(rb"{\rtf1\ansi\ansicpg1252 Die R\'fcckgabe ist m\'f6glich.\par Zweiter Absatz.}", "a.rtf")
    assert document.text == "Die Rückgabe ist möglich.\n\nZweiter Absatz."


def test_json_records_name_their_fields_and_give_a_section_each() -> None:
    source = (
        '{"shop": "Nord", "faq": [{"question": "May I return?", "answer": {"text": "Yes", "days": 30}}, {"a": [1, 2]}]}'
    )
    document = load(source.encode(), "faq.json")
    assert parts(document) == [
        ("", "shop: Nord"),
        ("May I return?", "question: May I return?\nanswer.text: Yes\nanswer.days: 30"),
        ("", "a: 1, 2"),
    ]


def test_json_lines_name_the_line_that_is_broken() -> None:
    assert parts(load(b'{"title": "A", "x": true}\n\n{"x": null, "y": 2}\n', "a.jsonl")) == [
        ("A", "title: A\nx: yes"),
        ("", "y: 2"),
    ]
    with pytest.raises(Unreadable, match="Line 2 is not valid JSON"):
        load(b'{"a": 1}\n{"a": \n', "a.jsonl")


def test_notes_and_outline_levels_of_a_word_document() -> None:
    import docx
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    word = docx.Document()
    heading = word.add_paragraph("Returns")
    heading._p.get_or_add_pPr().append(parse_xml(f'<w:outlineLvl {nsdecls("w")} w:val="0"/>'))
    paragraph = word.add_paragraph("Shoes may come back")
    paragraph.add_run()._r.append(parse_xml(f'<w:footnoteReference {nsdecls("w")} w:id="2"/>'))
    out = io.BytesIO()
    word.save(out)
    note = '<w:footnote w:id="2"><w:p><w:r><w:t>if unworn</w:t></w:r></w:p></w:footnote>'
    notes = f"<w:footnotes {nsdecls('w')}>{note}</w:footnotes>"
    document = load(_with_notes(out.getvalue(), notes), "a.docx")
    assert parts(document) == [("Returns", "Returns\n\nShoes may come back (if unworn)")]


def _with_notes(data: bytes, notes: str) -> bytes:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for entry in source.infolist():
            body = source.read(entry)
            if entry.filename == "word/_rels/document.xml.rels":
                relation = f'<Relationship Id="rNotes" Type="{kind}" Target="footnotes.xml"/></Relationships>'
                body = body.replace(b"</Relationships>", relation.encode())
            if entry.filename == "[Content_Types].xml":
                part = (
                    '<Override PartName="/word/footnotes.xml" ContentType="application/vnd.openxmlformats-'
                    'officedocument.wordprocessingml.footnotes+xml"/></Types>'
                )
                body = body.replace(b"</Types>", part.encode())
            target.writestr(entry, body)
        target.writestr("word/footnotes.xml", notes)
    return out.getvalue()
