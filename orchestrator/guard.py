"""The guard: nothing leaves that was not checked. Releases an answer sentence by sentence.

Pictures, raw HTML and links to hosts that are neither the tenant's nor a cited source's are taken out, because a
model may have been told by a poisoned document to carry data away in them. Citation marks are kept only where the
cited passage really shares the sentence's words, and are numbered anew in order of appearance.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from hub.core.knowledge import Citation, Passage
from hub.knowledge.lexemes import query_lexemes

_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*(?:\s*\[\d{1,3}\])*(?=\s)|(?<=[。！？])(?:\s*\[\d{1,3}\])*|\n")
_FENCE = re.compile(r"^\s{0,3}(```|~~~)", re.MULTILINE)
_IMAGE = re.compile(r"!\[([^\]]*)\]\s*(?:\([^)]*\)?|\[[^\]]*\])")
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(\s*<?([^)\s>]+)>?[^)]*\)")
_REFERENCE_LINK = re.compile(r"\[([^\]]+)\]\[[^\]]*\]")
_REFERENCE = re.compile(r"^\s{0,3}\[[^\]]+\]:\s*\S+.*$", re.MULTILINE)
_AUTOLINK = re.compile(r"<((?:https?|ftp|mailto|data|javascript)[^>\s]*)>", re.IGNORECASE)
_BARE = re.compile(r"(?<![\w(\[<])((?:https?://|www\.)[^\s<>\])]+)", re.IGNORECASE)
_SCHEME = re.compile(r"\b(?:data|javascript|vbscript|file|blob):[^\s)]*", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z!][^>]*(?:>|$)")
_MARK = re.compile(r"\s*\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\](?!\()")
_MIN_SHARED = 0.3


@dataclass(slots=True)
class Checked:
    """One released sentence: its text, and whether a checked citation stands behind it."""

    text: str
    cited: bool


@dataclass(slots=True)
class Guard:
    """Feed it the model's text as it comes; it hands back whole, checked sentences.

    ``passages`` are the sources by number, starting at 1; ``hosts`` may be linked to beside the sources' own.
    """

    passages: Sequence[Passage]
    hosts: Collection[str] = ()
    _rest: str = ""
    _numbers: dict[int, int] = field(default_factory=dict)
    _citations: list[Citation] = field(default_factory=list)
    sentences: int = 0
    supported: int = 0

    def feed(self, text: str) -> list[Checked]:
        """Take more of the answer; the sentences that are complete now."""
        self._rest += text
        released: list[Checked] = []
        while (end := self._boundary()) is not None:
            sentence, self._rest = self._rest[:end], self._rest[end:]
            released.append(self._check(sentence))
        return [c for c in released if c.text]

    def finish(self) -> list[Checked]:
        """The rest, when the answer has ended."""
        rest, self._rest = self._rest, ""
        checked = self._check(rest) if rest else None
        return [checked] if checked and checked.text else []

    @property
    def citations(self) -> Sequence[Citation]:
        """The sources that were cited and checked, numbered as the released text numbers them."""
        return tuple(self._citations)

    @property
    def support(self) -> float | None:
        """The share of sentences with a checked citation; None when nothing was said."""
        return self.supported / self.sentences if self.sentences else None

    def _boundary(self) -> int | None:
        fences = len(_FENCE.findall(self._rest))
        if fences % 2 == 1:
            return None  # inside a code block: wait for its end
        for match in _END.finditer(self._rest):
            # A mark such as [1] may still be on its way behind the full stop.
            tail = self._rest[match.end() :]
            if match.group() != "\n" and re.fullmatch(r"\s*(?:\[\d{0,3})?", tail):
                return None
            trailing = re.match(r"\s*\[\d{1,3}(?:\s*,\s*\d{1,3})*\]", tail) if match.group() != "\n" else None
            return match.end() + (trailing.end() if trailing else 0)
        return None

    def _check(self, sentence: str) -> Checked:
        clean = self._harmless(sentence)
        marks = [int(n) for m in _MARK.finditer(clean) for n in m.group(1).split(",")]
        bare = _MARK.sub("", clean)
        valid = [n for n in dict.fromkeys(marks) if self._relies_on(bare, n)]
        if bare.strip(" \n#*->|`_") and not bare.strip().endswith(":"):
            self.sentences += 1
            self.supported += bool(valid)
        if not marks:
            return Checked(clean, False)
        body = bare.rstrip()
        tail = bare[len(body) :]
        shown = "".join(f" [{self._cite(n, bare)}]" for n in valid)
        return Checked(body + shown + tail, bool(valid))

    def _relies_on(self, sentence: str, number: int) -> bool:
        if not 1 <= number <= len(self.passages):
            return False
        passage = self.passages[number - 1]
        said = set(query_lexemes(sentence))
        if not said:
            return False
        known = set(query_lexemes(f"{passage.title} {passage.section or ''} {passage.text}"))
        return len(said & known) / len(said) >= _MIN_SHARED

    def _cite(self, number: int, sentence: str) -> int:
        if number not in self._numbers:
            self._numbers[number] = len(self._numbers) + 1
            self._citations.append(cite(self.passages[number - 1], self._numbers[number], sentence))
        return self._numbers[number]

    def _harmless(self, text: str) -> str:
        text = _IMAGE.sub(lambda m: m.group(1), text)
        text = _REFERENCE.sub("", text)
        text = _AUTOLINK.sub(lambda m: m.group(1), text)
        text = _TAG.sub("", text)
        text = _LINK.sub(self._link, text)
        text = _REFERENCE_LINK.sub(lambda m: m.group(1) if not m.group(1).isdigit() else m.group(), text)
        text = _BARE.sub(lambda m: m.group(1) if self._may_link(m.group(1)) else "", text)
        return _SCHEME.sub("", text)

    def _link(self, match: re.Match[str]) -> str:
        return match.group() if self._may_link(match.group(2)) else match.group(1)

    def _may_link(self, url: str) -> bool:
        target = url if "://" in url else f"https://{url}"
        try:
            parts = urlsplit(target)
            host = (parts.hostname or "").rstrip(".")
        except ValueError:
            return False
        if parts.scheme not in ("http", "https") or "@" in parts.netloc:
            return False
        sources = {urlsplit(p.url).hostname for p in self.passages if p.url}
        known = host in sources or any(host == h or host.endswith(f".{h}") for h in self.hosts)
        # A query or fragment could carry what the bot knows, so sources are linked as they are, or by path alone.
        return known and (url in {p.url for p in self.passages} or not (parts.query or parts.fragment))


def cite(passage: Passage, number: int, sentence: str) -> Citation:
    """The citation shown under an answer, with the passage's words nearest to the sentence as its quote."""
    start, quote = best_quote(passage.text, sentence)
    return Citation(
        n=number,
        chunk_id=passage.chunk_id,
        document_id=passage.document_id,
        title=passage.title,
        url=passage.url,
        section=passage.section,
        page=passage.page,
        start=passage.start + start,
        end=passage.start + start + len(quote),
        quote=quote,
    )


_SENTENCES = re.compile(r"\S.*?(?:[.!?。！？](?=\s|$)|\n|$)", re.DOTALL)


def best_quote(text: str, wanted: str, *, longest: int = 320) -> tuple[int, str]:
    """The sentence of ``text`` that shares most words with ``wanted``: its offset and its words."""
    aim = set(query_lexemes(wanted))
    best = (-1.0, 0, text[:longest].strip())
    for match in _SENTENCES.finditer(text):
        sentence = match.group().strip()
        if not sentence:
            continue
        words = set(query_lexemes(sentence))
        score = len(aim & words) / (1 + len(words) ** 0.5)
        if score > best[0]:
            best = (score, match.start(), sentence[:longest])
    return best[1], best[2]
