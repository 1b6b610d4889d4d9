"""Sentences of Markdown: whole, without line breaks, headings and marks; and where they stand."""

from __future__ import annotations

import pytest

from hub.core.prose import Block, body, one_line, plain, sentences
from hub.knowledge.loaders.assembly import LoadLimits
from hub.knowledge.loaders.markdown import load_markdown

WRAPPED = """\
# Returns

Articles may be sent back within
thirty days, e.g. by post. The [form](how-to/form.md)
is in **every** parcel.

- Keep the
  receipt.
- No glue

| what | how long |
|---|---|
| shoes | 30 days |

Run this:

```sh
make up
```
"""


def test_a_wrapped_sentence_is_one() -> None:
    found = sentences(WRAPPED)
    assert [s.text for s in found if s.block is Block.PROSE] == [
        "Articles may be sent back within thirty days, e.g. by post.",
        "The form is in every parcel.",
        "Run this:",
    ]
    assert [s.text for s in found if s.block is Block.ITEM] == ["Keep the receipt.", "No glue"]
    assert [s.text for s in found if s.block is Block.ROW] == ["shoes: 30 days."]
    assert [s.text for s in found if s.block is Block.CODE] == ["```sh\nmake up\n```"]


def test_a_lead_in_and_code_are_no_whole_sentences() -> None:
    assert {s.text for s in sentences(WRAPPED) if not s.whole} == {"Run this:", "```sh\nmake up\n```"}


def test_places_are_where_the_words_stand() -> None:
    for sentence in sentences(WRAPPED):
        raw = WRAPPED[sentence.start : sentence.end]
        assert raw == raw.strip()
        if sentence.block in (Block.PROSE, Block.ITEM):
            assert plain(raw) == sentence.text


def test_headings_of_both_kinds_are_no_sentences() -> None:
    assert [s.text for s in sentences("Title\n=====\n## Two\nWords here.\n\nThree\n---\n")] == ["Words here."]


def test_a_text_cut_in_a_sentence_is_known_as_broken() -> None:
    first, second = sentences("and so the rest of it. Then a whole one.")
    assert (first.whole, second.whole) == (False, True)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One. Two! Three?", 3),
        ("We ship to e.g. Austria. Dr. Meier knows.", 2),
        ("Das gilt z. B. für Schuhe. Sonst nicht.", 2),
        ("你好。再见！ok", 3),
        ('He said "stop." Then he left.', 2),
        ("What happens when ... ? Nothing.", 2),
        ("", 0),
        ("---\n\n***", 0),
    ],
)
def test_where_sentences_end(text: str, count: int) -> None:
    assert len(sentences(text)) == count


def test_plain_resolves_marks_and_keeps_code() -> None:
    text = "See [x](how-to/y.md), ![p](z), **bold** `**no**` snake_case_x <b>t</b> \\* <https://a.example/>"
    assert plain(text) == "See x, p, bold `**no**` snake_case_x t * https://a.example/"


@pytest.mark.parametrize(
    ("markdown", "line"),
    [
        ("## How **long** may I [return](https://x.example/) it?", "How long may I return it?"),
        ("- one\n- `two`\n\n> three", "one two three"),
        ("```py\nx = 1\n```\nruns", "x = 1 runs"),
        ("cut **off in the mid…", "cut off in the mid…"),
        ("see [the page](https://exa…", "see the page…"),
        ("Up to **25 MB** [1][2]. More [3, 4].", "Up to 25 MB. More."),
        ("[1](https://x.example/), `[2]` and list[3]", "1, [2] and list[3]"),
        ("snake_case_name, 2**3, 5 * 3 and 12. May stay", "snake_case_name, 2**3, 5 * 3 and 12. May stay"),
    ],
)
def test_a_title_has_no_marks_though_it_be_cut_off_in_one(markdown: str, line: str) -> None:
    assert one_line(markdown) == line


def test_body_leaves_the_headings_out() -> None:
    assert body("# A\n\n## B\nWords.\n## C\nMore.") == "Words.\n## C\nMore."
    assert body("# Only") == "# Only"


def test_the_markdown_loader_joins_wrapped_lines_but_not_hard_breaks() -> None:
    source = (
        b"# T\n\nOne\ntwo.\nHard  \nbreak\n\n- an\n  item\n\n> a\n> quote\n\n"
        b"```\nx\ny\n```\n\n| a | b |\n|---|---|\n| c | d |\n"
    )
    text = load_markdown(source, LoadLimits()).text
    assert "One two. Hard  \nbreak" in text
    assert "- an item" in text
    assert "> a quote" in text
    assert "```\nx\ny\n```" in text
    assert "| a | b |\n|---|---|\n| c | d |" in text
