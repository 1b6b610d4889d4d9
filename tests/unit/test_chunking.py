"""Chunks are exact slices, small enough, under one heading, and cut where a reader would cut."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.knowledge import Document, Section
from hub.knowledge.chunking import ChunkSizes, Strategy, chunk_document
from hub.knowledge.tokens import estimate_tokens


def whole(text: str, heading: tuple[str, ...] = ()) -> Document:
    return Document(text=text, sections=(Section(0, len(text), heading),))


SENTENCES = " ".join(f"Sentence number {n} tells how order {n} is returned within thirty days." for n in range(60))


def test_chunks_are_exact_slices_within_the_target() -> None:
    document = whole(SENTENCES, ("Returns",))
    chunks = chunk_document(document, ChunkSizes(target=100, overlap=20))
    assert len(chunks) > 5
    for n, chunk in enumerate(chunks):
        assert chunk.position == n
        assert document.text[chunk.start : chunk.end] == chunk.text
        assert estimate_tokens(chunk.text) <= 100
        assert chunk.heading == ("Returns",)


def test_nothing_is_left_out_and_neighbours_overlap_by_whole_sentences() -> None:
    document = whole(SENTENCES)
    chunks = chunk_document(document, ChunkSizes(target=100, overlap=40))
    for left, right in itertools.pairwise(chunks):
        assert left.start < right.start <= left.end, "a gap, or no progress"
        assert right.text.startswith("Sentence")
    assert any(right.start < left.end for left, right in itertools.pairwise(chunks))
    assert chunks[0].start == 0
    assert chunks[-1].end == len(document.text)


def test_no_overlap_when_none_is_wanted() -> None:
    chunks = chunk_document(whole(SENTENCES), ChunkSizes(target=100, overlap=0))
    assert all(left.end < right.start for left, right in itertools.pairwise(chunks))


def test_a_paragraph_end_is_preferred_to_a_full_chunk() -> None:
    first = "Opening hours are nine to five on working days. " * 5
    second = "Refunds take three days to reach the account. " * 8
    chunks = chunk_document(whole(f"{first}\n\n{second}"), ChunkSizes(target=120, overlap=0))
    assert chunks[0].text == first.strip()


def test_a_code_fence_that_fits_is_not_split() -> None:
    fence = "```python\n" + "\n".join(f"value_{n} = compute({n})" for n in range(10)) + "\n```"
    text = "Some words stand before the code. " * 8 + f"\n\n{fence}\n\nAnd words stand after it."
    chunks = chunk_document(whole(text), ChunkSizes(target=150, overlap=20))
    assert sum(fence in chunk.text for chunk in chunks) == 1
    assert all(chunk.text.count("```") % 2 == 0 for chunk in chunks)


def test_a_long_table_is_cut_between_rows() -> None:
    rows = [f"| product {n} | {n} euro | a plain description of product {n} |" for n in range(80)]
    chunks = chunk_document(whole("\n".join(rows)), ChunkSizes(target=100, overlap=30))
    assert len(chunks) > 5
    for chunk in chunks:
        assert all(line in rows for line in chunk.text.splitlines())


def test_headings_are_never_mixed() -> None:
    text = "Short answer.\nOther answer."
    document = Document(text, (Section(0, 13, ("A",)), Section(14, len(text), ("B",))))
    assert [(c.heading, c.text) for c in chunk_document(document)] == [
        (("A",), "Short answer."),
        (("B",), "Other answer."),
    ]


def test_small_neighbours_of_one_heading_are_joined() -> None:
    rows = [f"Name: item {n}\nPrice: {n}" for n in range(6)]
    text, sections, at = "\n\n".join(rows), [], 0
    for row in rows:
        sections.append(Section(at, at + len(row), ("prices",), page=len(sections) + 1))
        at += len(row) + 2
    chunks = chunk_document(Document(text, tuple(sections)), ChunkSizes(target=200, least=20))
    assert 1 < len(chunks) < 6
    assert chunks[0].page == 1


def test_chinese_is_cut_after_its_full_stops() -> None:
    text = "退货需要在三十天内提出申请。" * 40
    chunks = chunk_document(whole(text), ChunkSizes(target=60, overlap=0))
    assert len(chunks) > 5
    assert all(chunk.text.endswith("。") for chunk in chunks)


def test_a_word_longer_than_a_chunk_is_cut_by_length() -> None:
    chunks = chunk_document(whole("x" * 5_000), ChunkSizes(target=100, overlap=0))
    assert "".join(chunk.text for chunk in chunks) == "x" * 5_000
    assert all(len(chunk.text) <= 400 for chunk in chunks)


def test_marks_alone_make_no_chunk() -> None:
    assert chunk_document(whole("-----\n\n* * *\n")) == []


def test_recursive_runs_on_over_headings_and_ends_between_paragraphs() -> None:
    text = "".join(f"Part {n} says a thing in a few plain words.\n\n" for n in range(6))
    step = len(text) // 6
    sections = tuple(Section(n * step, (n + 1) * step, (f"Heading {n}",), n + 1) for n in range(6))
    document = Document(text, sections)
    assert len(chunk_document(document, ChunkSizes(target=40, overlap=0, least=0))) == 6
    chunks = chunk_document(document, ChunkSizes(target=40, overlap=0, strategy="recursive"))
    assert len(chunks) == 2
    assert [(chunk.heading, chunk.page) for chunk in chunks] == [(("Heading 0",), 1), (("Heading 3",), 4)]
    assert all(chunk.text.endswith("words.") for chunk in chunks)


def test_fixed_cuts_by_tokens_alone_and_repeats_so_many() -> None:
    words = [f"w{n:03d}" for n in range(100)]
    chunks = chunk_document(whole(" ".join(words)), ChunkSizes(target=40, overlap=10, strategy="fixed"))
    assert all(35 <= estimate_tokens(chunk.text) <= 40 for chunk in chunks[:-1])
    for left, right in itertools.pairwise(chunks):
        shared = [word for word in left.text.split() if word in right.text.split()]
        assert 5 <= estimate_tokens(" ".join(shared)) <= 10
        assert left.text.split()[-len(shared) :] == shared == right.text.split()[: len(shared)]


@pytest.mark.parametrize("strategy", ["structure", "recursive", "fixed"])
@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "word",
                "Ende. ",
                "\n\n",
                "| a | b |\n",
                "```\n",
                "漢字。",
                " ",
                "\t",
                "ไทย",
                "verylongword" * 9,
                "é",
                "\n",
            ]
        ),
        max_size=200,
    ),
    st.integers(min_value=8, max_value=60),
)
def test_any_text_gives_exact_ordered_slices_that_cover_every_letter(
    strategy: Strategy, parts: list[str], target: int
) -> None:
    document = whole("".join(parts))
    chunks = chunk_document(document, ChunkSizes(target, target // 4, 4, strategy))
    covered = set()
    for chunk in chunks:
        assert document.text[chunk.start : chunk.end] == chunk.text
        covered.update(range(chunk.start, chunk.end))
    assert all(left.start < right.start for left, right in itertools.pairwise(chunks))
    missed = [letter for place, letter in enumerate(document.text) if letter.isalnum() and place not in covered]
    assert missed == []
