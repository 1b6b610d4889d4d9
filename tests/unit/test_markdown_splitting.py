"""Text is cut within any limit, at the best place, without losing or breaking anything."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.rendering.parse import parse
from adapters.rendering.runs import Run, Style, plain
from adapters.rendering.split import cut, measure, shorten, split, split_text
from hub.core.channels import TextUnit

UNITS = st.sampled_from(list(TextUnit))
WORDS = st.text(alphabet=st.sampled_from("ab \n.é😀字。\u0301\u200d👍🏽"), max_size=300)


def squeezed(text: str) -> str:
    return "".join(text.split())


@given(WORDS, st.integers(8, 60), UNITS)
@settings(max_examples=300, deadline=None)
def test_every_piece_fits_and_nothing_is_lost(text: str, limit: int, unit: TextUnit):
    pieces = split_text(text, limit, unit)
    assert all(1 <= measure(piece, unit) <= limit and piece == piece.strip() for piece in pieces)
    assert squeezed("".join(pieces)) == squeezed(text)


@given(st.lists(st.sampled_from(["w ", "**b** ", "`co de` ", "[li nk](https://a.example/p) ", "\n\n"]), max_size=80),
       st.integers(12, 50), st.integers(2, 10))  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_code_and_links_stay_whole_and_marks_are_counted(pieces: list[str], limit: int, marks: int):
    chunks = split(parse("".join(pieces)), limit, TextUnit.UTF16, max_marks=marks)
    for chunk in chunks:
        assert sum(len(run.marks) for run in chunk) <= marks
        for run in chunk:
            if run.mark(Style.CODE):
                assert run.text == "co de"
            if run.mark(Style.LINK):
                assert run.text == "li nk"


def test_a_link_of_several_runs_is_not_parted():
    chunks = split(parse("word word [one **two** three](https://a.example) x"), 20, TextUnit.CHARACTERS)
    assert ["".join(r.text for r in chunk) for chunk in chunks] == ["word word", "one two three x"]


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("one two. three four\n\nfive six", 24, ["one two. three four", "five six"]),
        ("First one. Second one here", 16, ["First one.", "Second one here"]),
        ("alpha beta gamma", 11, ["alpha beta", "gamma"]),
        ("x" * 25, 10, ["x" * 10, "x" * 10, "x" * 5]),
        ("你好。再见吧", 4, ["你好。", "再见吧"]),
        ("  \n ", 5, []),
    ],
)
def test_the_best_place_to_cut(text: str, limit: int, expected: list[str]):
    assert split_text(text, limit, TextUnit.CHARACTERS) == expected


def test_an_accent_and_an_emoji_family_are_not_torn():
    assert cut("abe\u0301", 3, TextUnit.CHARACTERS) == ("ab", "e\u0301")
    assert cut("a👨\u200d👩\u200d👧", 4, TextUnit.CHARACTERS) == ("a", "👨\u200d👩\u200d👧")
    assert cut("😀", 1, TextUnit.UTF16)[0] == "😀"


def test_long_code_is_cut_at_its_lines():
    chunks = split(parse("```\n" + "line of code\n" * 10 + "```"), 40, TextUnit.CHARACTERS)
    assert all(run.text.startswith("line") and run.text.endswith("code") for chunk in chunks for run in chunk)
    assert all(run.mark(Style.PRE) for chunk in chunks for run in chunk)


def test_shortened_titles_fit():
    assert shorten("short", 10) == "short"
    assert shorten("a long title", 8) == "a long\u2026"
    assert measure(shorten("😀" * 10, 9, TextUnit.UTF16), TextUnit.UTF16) <= 9


def test_words_alone_keep_addresses():
    runs = parse("**Hi** see [our *shop*](https://a.example), <https://b.example> and ![pic](https://evil.example)")
    assert plain(runs) == "Hi see our shop (https://a.example), https://b.example and pic"


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_text_parses(markdown: str):
    assert all(isinstance(run, Run) and run.text for run in parse(markdown))
