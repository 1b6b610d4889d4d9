"""PDFs are read in the order a person reads them: columns one after the other, tables as tables, no running heads."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from hub.knowledge.loaders.registry import load
from support.pdf_maker import make_page_pdf

FIXTURES = Path(os.environ.get("HUB_TEST_FIXTURES", Path(__file__).parents[3] / "shared" / "fixtures")) / "documents"
Text = tuple[float, float, str]

LEFT = [f"left line {n} tells of returns and what they cost" for n in range(8)]
RIGHT = [f"right line {n} tells of parcels and when they come" for n in range(8)]


def column(lines: Sequence[str], left: float, top: float, leading: float = 14) -> list[Text]:
    return [(left, top - n * leading, line) for n, line in enumerate(lines)]


def interleaved() -> list[Text]:
    """Two columns as some programs write them: line by line across the page."""
    return [text for pair in zip(column(LEFT, 50, 650), column(RIGHT, 320, 650), strict=True) for text in pair]


def test_columns_are_read_one_after_the_other_under_a_title_across_them() -> None:
    title = (50.0, 700.0, "A title that runs across both of the columns of this page and says what it is about")
    text = load(make_page_pdf([title, *interleaved()]), "a.pdf").text
    places = [text.index(words) for words in ("A title", "left line 0", "left line 7", "right line 0", "right line 7")]
    assert places == sorted(places)


def test_cells_that_only_stand_in_columns_become_a_table() -> None:
    rows = [("Article", "Stock", "Price"), ("Shoe", "12", "5.50"), ("Hat", "", "7.00"), ("Belt", "3", "9.90")]
    texts = [
        (left, 700.0 - 16 * n, cell)
        for n, row in enumerate(rows)
        for left, cell in zip((60.0, 200.0, 320.0), row, strict=True)
        if cell
    ]
    text = load(make_page_pdf(texts), "a.pdf").text
    assert text.splitlines() == [
        "| Article | Stock | Price |", "|---|---|---|", "| Shoe | 12 | 5.50 |", "| Hat |  | 7.00 |",
        "| Belt | 3 | 9.90 |",
    ]  # fmt: skip


def test_a_drawn_table_keeps_lines_of_one_cell_together() -> None:
    lines = [(50.0, y, 400.0, y) for y in (700.0, 670.0, 630.0)] + [(x, 630.0, x, 700.0) for x in (50.0, 150.0, 400.0)]
    texts = [(55.0, 680.0, "Date"), (155.0, 680.0, "What changed"), (55.0, 655.0, "March"),
             (155.0, 655.0, "Returns are free now,"), (155.0, 640.0, "parcels are not")]  # fmt: skip
    text = load(make_page_pdf(texts, lines=lines), "a.pdf").text
    assert "| Date | What changed |" in text
    assert "| March | Returns are free now, parcels are not |" in text


def test_running_heads_and_page_numbers_are_left_out_and_sentences_go_on_over_pages() -> None:
    body = "This page goes on and on about how the returns of shoes are dealt with by us"
    pages = [
        [
            (72.0, 760.0, "Handbook of the shop"),
            *column([f"{body} number {n}"] * 6, 72, 600),
            (300.0, 30.0, f"{n} of 5"),
        ]
        for n in range(1, 6)
    ]
    text = load(make_page_pdf(*pages), "a.pdf").text
    assert text.count("Handbook of the shop") == 1
    assert "3 of 5" not in text
    assert text.count("number 5") == 6


def test_wrapped_lines_are_joined_and_words_cut_by_a_hyphen_made_whole() -> None:
    lines = [
        "The return of every shoe is possible within thirty days of the pur-",
        "chase of the goods by the customer.",
    ]
    text = load(make_page_pdf([*column(lines, 72, 700)]), "a.pdf").text
    assert (
        text == "The return of every shoe is possible within thirty days of the purchase of the goods by the customer."
    )


def test_larger_letters_make_headings_and_the_title() -> None:
    large = (72.0, 740.0, "Returns", 20.0)
    texts = [large, *column(["Shoes may come back within thirty days of the day they were bought."] * 5, 72, 700)]
    document = load(make_page_pdf(texts), "a.pdf")
    assert document.title == "Returns"
    assert {s.heading for s in document.sections} == {("Returns",)}


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="the outside documents (HUB_TEST_FIXTURES) are not here")
def test_outside_pdfs_keep_tables_arabic_ligatures_and_letter_spaced_words() -> None:
    def text(name: str) -> str:
        return load((FIXTURES / name).read_bytes(), name).text

    assert "| SKU-9201 | Hardware | $32.50 | $25,285.00 | 2024-10-22 | Verified |" in text(
        "markitdown/SPARSE-2024-INV-1234_borderless_table.pdf"
    )
    assert "| July 2003 | Draft 02 | Draft version after discussion" in text(
        "pypdf/GeoBase_NHNC1_Data_Model_UML_EN.pdf"
    )
    assert "الإنتاجية وحل المشكلات" in text("docling/right_to_left_01.pdf")
    assert "The Metropolis Tower 1" in text("pypdf/indirect-rotation.pdf")
    assert "how can we facilitate the development of LLM applications that could span" in text("markitdown/test.pdf")


def test_pages_that_nothing_can_be_read_on_do_not_stop_the_others() -> None:
    assert load(make_page_pdf([], [(72.0, 700.0, "still here")]), "a.pdf").sections[0].page == 2
