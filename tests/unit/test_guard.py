"""The guard: the same text however it is cut, nothing that carries data away, citations checked and renumbered."""

from __future__ import annotations

import pytest

from hub.core.ids import ChunkId, DocumentId, uuid7
from hub.core.knowledge import Passage
from orchestrator.guard import Guard, best_quote


def passage(text: str, url: str | None = "https://docs.example.com/returns.md", title: str = "Returns") -> Passage:
    return Passage(
        chunk_id=ChunkId(uuid7()),
        document_id=DocumentId(uuid7()),
        external_id=None,
        title=title,
        url=url,
        text=text,
        section=None,
        page=None,
        start=100,
        end=100 + len(text),
        score=1.0,
        keyword=1.0,
        vector=0.5,
    )


RETURNS = passage("# Returns\n\nArticles may be returned\nwithin thirty days. Returns are free.")
SHIPPING = passage(
    "Shipping to Austria costs four euros.", url="https://docs.example.com/shipping.md", title="Shipping"
)


def guarded(text: str, *passages: Passage, hosts: tuple[str, ...] = ()) -> tuple[str, Guard]:
    guard = Guard(passages or (RETURNS, SHIPPING), hosts)
    return "".join(c.text for c in [*guard.feed(text), *guard.finish()]), guard


LONG = """Hello `a. b` there. Articles may be returned within thirty days [1]. See [x](https://evil.example/?q=1) \
and [ok](https://docs.example.com/b). ![i](https://evil.example/x.png)
- Returns "are free." [1][7].
```html
<script src="https://HUB/w.js">[1]
```
[Click here. Now](https://evil.example/?q=secret) (https://evil.example/z) your data: ok <b>bold</b>
<https://evil.example/a`b> ![x](https://evil.example/p) `c` stray ` tick. Shipping to Austria costs four euros. [2]
退货在三十天内。好的[1]。完
   ~~~
   code
   ~~~
Ends without a stop [1]"""


def test_however_the_text_is_cut_the_same_is_released() -> None:
    whole, guard = guarded(LONG)
    for at in range(1, len(LONG)):
        parts = Guard((RETURNS, SHIPPING))
        told = [*parts.feed(LONG[:at]), *parts.feed(LONG[at:]), *parts.finish()]
        assert "".join(c.text for c in told) == whole, at
        assert (parts.support, [c.n for c in parts.citations]) == (guard.support, [c.n for c in guard.citations])
    letters = Guard((RETURNS, SHIPPING))
    told = [c for letter in LONG for c in letters.feed(letter)] + letters.finish()
    assert "".join(c.text for c in told) == whole
    assert "evil" not in whole
    assert '```html\n<script src="https://HUB/w.js">[1]\n```\n' in whole, "code is as it was"
    assert "~~~\ncode\n~~~\n" in whole, "fences begin their lines"


@pytest.mark.parametrize(
    "text",
    [
        "![a](https://evil.example/x.png)",
        "![a][1]\n\n[1]: https://evil.example/x.png",
        "<img src=https://evil.example/x.png>",
        "<img src='https://evil.example/x.png'",
        "[a](https://evil.example)",
        "[a](https://evil.example/?secret=1)",
        "[a](<https://evil.example/a b>)",
        "[a][r]\n\n[r]: https://evil.example",
        "[r]: <https://evil.example> 'x'",
        "<https://evil.example/x>",
        "https://evil.example/x",
        "(https://evil.example/x)",
        "**https://evil.example/x**",
        "www.evil.example/x",
        "[a. B](https://evil.example/x)",
        "[a\nb](https://evil.example/x)",
        "[a](\nhttps://evil.example/x)",
        "[![a](https://evil.example/i)](https://evil.example/l)",
        "[a](https://docs.example.com@evil.example/)",
        "[a](https://evil.example\\.docs.example.com/)",
        "[a](https://evil.example&sol;.docs.example.com/)",
        "[a](https&#58;//evil.example)",
        "[a](//evil.example/x)",
        "[a](ftp://evil.example/x)",
        "[a](https://docs.example.com.evil.example/)",
        "[a](https://docs.example.com/?to=evil.example)",
        "[a](https://docs.example.com/#evil.example)",
        "one ` tick.\nthen `![a](https://evil.example/x)",
        "\\`![a](https://evil.example/x)`",
        "<https://a.example/`x> ![a](https://evil.example/x) `c`",
        "- item\n  ```\ncode\n![a](https://evil.example/x)",
    ],
)
def test_nothing_leads_to_a_foreign_host(text: str) -> None:
    shown, _ = guarded(text, RETURNS)
    outside_code = shown if "```" not in shown else shown.split("```")[0]
    assert "evil.example" not in outside_code.replace("`![a](https://evil.example/x)`", "")


@pytest.mark.parametrize(
    "scheme", ["javascript:alert(1)", "data:text/html;base64,x", "vbscript:x", "file:///etc/passwd"]
)
def test_no_scheme_but_the_webs(scheme: str) -> None:
    for text in (f"[a]({scheme})", f"<{scheme}>", f"go to {scheme}"):
        assert scheme.split(":")[0] + ":" not in guarded(text, RETURNS)[0]


def test_words_before_a_colon_are_no_scheme() -> None:
    assert guarded("Your data: it is safe.")[0] == "Your data: it is safe."


def test_links_to_sources_and_allowed_hosts_stay() -> None:
    text = "See [a](https://docs.example.com/b), https://docs.example.com/c and [s](https://shop.example/x)."
    assert guarded(text, hosts=("shop.example",))[0] == text
    exact = passage("Words.", url="https://docs.example.com/p?id=7#s")
    kept = "See [p](https://docs.example.com/p?id=7#s)."
    assert guarded(kept, exact)[0] == kept, "a source's own address stays, query and all"


def test_inline_code_stays_as_it_is() -> None:
    text = 'Add `<script src="https://HUB/w.js" async></script>` to the page. Then `a[1]`.'
    assert guarded(text)[0] == text


def test_a_block_of_code_that_was_cut_off_is_closed() -> None:
    assert guarded("Run:\n```sh\nmake up")[0] == "Run:\n```sh\nmake up\n```\n"


def test_citations_are_renumbered_and_stand_behind_the_full_stop() -> None:
    shown, guard = guarded("Shipping to Austria costs four euros [2]. Returns are free. [1] Returns are free [1, 2].")
    assert shown == "Shipping to Austria costs four euros. [1] Returns are free. [2] Returns are free. [2]"
    assert [(c.n, c.title) for c in guard.citations] == [(1, "Shipping"), (2, "Returns")]
    assert guard.support == 1.0


def test_marks_without_a_source_or_shared_words_are_taken_out() -> None:
    shown, guard = guarded("Penguins eat krill [1]. Returns are free [9].")
    assert shown == "Penguins eat krill. Returns are free."
    assert (guard.citations, guard.support) == ((), 0.0)


def test_another_language_may_cite_what_shares_no_words() -> None:
    shown, _ = guarded("Die Rücksendung ist für Sie kostenlos und das gilt auch nach der Lieferung. [1]")
    assert shown.endswith("[1]")


def test_support_is_the_share_of_cited_sentences() -> None:
    assert guarded("Returns are free [1]. Anything else?")[1].support == 0.5
    assert guarded("")[1].support is None


def test_a_quote_is_a_whole_sentence_and_says_where_it_stands() -> None:
    _, guard = guarded("Articles may be returned within thirty days. [1]")
    (citation,) = guard.citations
    assert citation.quote == "Articles may be returned within thirty days."
    raw = RETURNS.text[citation.start - RETURNS.start : citation.end - RETURNS.start]
    assert raw == "Articles may be returned\nwithin thirty days."


def test_a_quote_is_never_a_heading_and_never_endless() -> None:
    assert best_quote("# Returns are free\n\nSend it back.", "Returns are free").text == "Send it back."
    quote = best_quote("word " * 200, "word").text
    assert len(quote) <= 321
    assert quote.endswith("word…")
