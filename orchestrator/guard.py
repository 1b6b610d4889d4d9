"""The guard: nothing leaves that was not checked. Releases an answer sentence by sentence.

Pictures, raw HTML and links to hosts that are neither the tenant's nor a cited source's are taken out, because a
model may have been told by a poisoned document to carry data away in them. Citation marks are kept only where the
cited passage really shares the sentence's words, and are numbered anew in order of appearance. What rests on nothing
that was found or told is cut. The mark [0], and words that say that something is not known, tell that the model has no
answer; that mark is never shown.

Code is shown as it is. That is safe because no renderer can see its borders elsewhere: fences are moved to the start
of their line, a code span never crosses a released sentence, and a backtick that opens nothing is taken out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from html import unescape
from urllib.parse import urlsplit

from hub.core.knowledge import Citation, Passage
from hub.core.prose import Block, Sentence, body, plain, sentences
from orchestrator.courtesies import says_not_known
from orchestrator.grounds import Grounds, Told
from orchestrator.terms import stems_of

_END = re.compile(r"[.!?…][\"'”’)\]]*(?=\s)|[。！？][」』）”]*|\n")
_MARKS_AFTER = re.compile(r"(?:[ \t]*\[\d{1,3}(?:\s*,\s*\d{1,3})*\])+[.!?。]?")
_MARKS_COMING = re.compile(r"(?:[ \t]*\[\d{1,3}(?:\s*,\s*\d{1,3})*\])*[.!?。]?[ \t]*(?:\[[\d,\s]{0,20})?")
_NUMBERING = re.compile(r"[ \t]*\d{1,3}\.")
_FENCE = re.compile(r"(?P<indent>[ \t]*)(?P<fence>`{3,}(?=[^`\n]*\n)|~{3,})[^\n]*\n")
_FENCE_BEGINS = re.compile(r"[ \t]*(?:`{3,}[^`\n]*|~{3,}[^\n]*)")
_TOKEN = re.compile(
    r"<(?P<auto>(?:[a-z][a-z0-9+.-]{1,31}):[^<>\s]*)>|(?P<tag></?[a-z!?][^>]*(?:>|$))"
    r"|(?<![`\\])(?P<ticks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)",
    re.IGNORECASE | re.DOTALL,
)
_IMAGE = re.compile(r"!\[([^\]]*)\]\s*(?:\([^)]*\)?|\[[^\]]*\])?")
_LINK = re.compile(r"\[([^\[\]]+)\]\(\s*<?([^)\s>]+)>?[^)]*\)")
_DESTINATION = re.compile(r"\]\([^)]*\)?")
_REFERENCE_LINK = re.compile(r"\[([^\[\]]+)\][ \t]?\[[^\]\d][^\]]*\]|\[([^\[\]]+)\]\[\]")
_REFERENCE = re.compile(r"^\s{0,3}\[[^\]]+\]:.*$", re.MULTILINE)
_BARE = re.compile(r"(?<![a-z0-9_])(?:(?:https?|ftp)://|www\.)[^\s<>\])\ue000\ue001]*", re.IGNORECASE)
_SCHEME = re.compile(r"\b(?:data|javascript|vbscript|file|blob):(?=\S)[^\s)]*", re.IGNORECASE)
_MARK = re.compile(r"[ \t]*\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\](?!\()")
_ASIDE = re.compile("\ue000(\\d+)\ue001")
_PRIVATE = re.compile("[\ue000\ue001\x00]")
_STOP_TWICE = re.compile(r"([.!?…。！？][\"'”’)]*)[.。](?=\s*$)")
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*")
_LONGEST_QUOTE = 320


@dataclass(slots=True)
class Checked:
    """One released sentence: its text, and whether a checked citation stands behind it."""

    text: str
    cited: bool


@dataclass(slots=True)
class Guard:
    """Feed it the model's text as it comes; it hands back whole, checked sentences.

    ``passages`` are the sources by number, starting at 1; ``hosts`` may be linked to beside the sources' own. With
    ``told``, what the customer and the company said themselves, sentences that rest on nothing are ``cut``; without
    (None) they stay. ``unknown``: it said somewhere that it does not know. How the text is cut into pieces does not
    change what is released.
    """

    passages: Sequence[Passage]
    hosts: Collection[str] = ()
    told: Told | None = None
    _rest: str = ""
    _new_line: bool = True
    _said: str = ""
    _numbers: dict[int, int] = field(default_factory=dict)
    _citations: list[Citation] = field(default_factory=list)
    sentences: int = 0
    supported: int = 0
    cut: int = 0
    unknown: bool = False
    _grounds: Grounds = field(init=False)

    def __post_init__(self) -> None:
        self._grounds = Grounds(self.passages, self.told or Told())

    def learn(self, found: Sequence[Passage]) -> None:
        """Take in more sources, numbered on from those there are."""
        self.passages = [*self.passages, *found]
        self._grounds = Grounds(self.passages, self.told or Told())

    def feed(self, text: str) -> list[Checked]:
        """Take more of the answer; the sentences that are complete now."""
        self._rest += _PRIVATE.sub("", text)
        released: list[Checked] = []
        while (end := self._boundary()) is not None:
            released.append(self._release(end))
        return [c for c in released if c.text]

    def finish(self) -> list[Checked]:
        """The rest, when the answer has ended."""
        if self._new_line and _FENCE_BEGINS.match(self._rest):
            self._rest = _closed(self._rest)
        released = [self._release(len(self._rest))] if self._rest else []
        return [c for c in released if c.text]

    @property
    def citations(self) -> Sequence[Citation]:
        """The sources that were cited and checked, numbered as the released text numbers them."""
        return tuple(self._citations)

    @property
    def support(self) -> float | None:
        """The share of sentences with a checked citation; None when nothing was said."""
        return self.supported / self.sentences if self.sentences else None

    def _release(self, end: int) -> Checked:
        piece, self._rest = self._rest[:end], self._rest[end:]
        fence = _FENCE.match(piece) if self._new_line else None
        self._new_line = piece.endswith("\n")
        return self._check_code(_flush_left(piece, fence["indent"])) if fence else self._check(piece)

    def _boundary(self) -> int | None:
        """Where the next sentence, line or block of code ends; None while that is still on its way."""
        if self._new_line and _FENCE_BEGINS.fullmatch(self._rest.partition("\n")[0]):
            return _fence_end(self._rest)
        for match in _END.finditer(self._rest):
            if match.group() == "\n":
                return match.end()
            if self._new_line and _NUMBERING.fullmatch(self._rest[: match.end()]):
                continue  # "1." begins an item
            if "`" in _TOKEN.sub("", self._rest[: match.end()]):
                continue  # within a code span, or behind a stray backtick: wait for the end of the line
            tail = self._rest[match.end() :]
            if _MARKS_COMING.fullmatch(tail):
                return None  # a mark such as [1] may still be on its way behind the full stop
            marks = _MARKS_AFTER.match(tail)
            return match.end() + (marks.end() if marks else 0)
        return None

    def _check(self, sentence: str) -> Checked:
        aside: list[str] = []
        clean = self._harmless(sentence, aside)
        marks = [int(n) for m in _MARK.finditer(clean) for n in m.group(1).split(",")]
        bare = _restored(_MARK.sub("", clean), aside)
        valid = [n for n in dict.fromkeys(marks) if self._grounds.hold(bare, n, self._said)]
        if self.told is not None and not valid and not self._grounds.allow(bare):
            return self._without(bare)
        self.unknown |= 0 in marks or (not valid and says_not_known(bare))
        if bare.strip(" \n#*->|`_") and not bare.strip().endswith(":"):
            self.sentences += 1
            self.supported += bool(valid)
        self._said = (self._said + bare)[-1000:]
        if not marks:
            return Checked(bare, False)
        text = _STOP_TWICE.sub(r"\1", bare).rstrip()
        tail = bare[len(bare.rstrip()) :]
        shown = "".join(f" [{self._cite(n, bare)}]" for n in valid)
        return Checked(text + shown + tail, bool(valid))

    def _check_code(self, block: str) -> Checked:
        if self.told is not None and not self._grounds.allow(block):
            return self._without(block)
        return Checked(block, False)

    def _without(self, sentence: str) -> Checked:
        """A sentence that is not said: of its line only the end, where another line stands before it."""
        self.cut += 1
        ends = sentence.endswith("\n") and bool(self._said) and not self._said.endswith("\n")
        self._said += "\n" if ends else ""
        return Checked("\n" if ends else "", False)

    def _cite(self, number: int, sentence: str) -> int:
        if number not in self._numbers:
            self._numbers[number] = len(self._numbers) + 1
            self._citations.append(cite(self.passages[number - 1], self._numbers[number], sentence))
        return self._numbers[number]

    def _harmless(self, text: str, aside: list[str]) -> str:
        """The text without what could carry data away. Code and links that may stay are put ``aside``."""

        def keep(kept: str) -> str:
            aside.append(kept)
            return f"\ue000{len(aside) - 1}\ue001"

        def token(match: re.Match[str]) -> str:
            if match["code"] is not None:
                return keep(match.group())
            return match["auto"].replace("`", "") if match["auto"] else ""

        def link(match: re.Match[str]) -> str:
            return keep(match.group()) if self._may_link(match.group(2)) else match.group(1)

        def url(match: re.Match[str]) -> str:
            address = match.group().rstrip(".,;:!?'\"*_")
            return match.group() if self._may_link(address) else match.group()[len(address) :]

        text = _TOKEN.sub(token, text).replace("`", "")
        text = _IMAGE.sub(r"\1", text)
        text = _REFERENCE.sub("", text)
        text = _LINK.sub(link, text)
        text = _DESTINATION.sub("]", text)
        text = _REFERENCE_LINK.sub(lambda m: m.group(1) or m.group(2), text)
        text = _BARE.sub(url, text)
        return _SCHEME.sub("", text)

    def _may_link(self, url: str) -> bool:
        target = url if "://" in url else f"https://{url}"
        # Escapes and entities are read differently by Markdown, browsers and us.
        if unescape(target) != target or re.search(r"[\\`\s\x00-\x1f]", target):
            return False
        try:
            parts = urlsplit(target)
            host = (parts.hostname or "").rstrip(".")
        except ValueError:
            return False
        if parts.scheme not in ("http", "https") or "@" in parts.netloc or not _HOST.fullmatch(host):
            return False
        sources = {urlsplit(p.url).hostname for p in self.passages if p.url}
        known = host in sources or any(host == h or host.endswith(f".{h}") for h in self.hosts)
        # A query or fragment could carry what the bot knows, so sources are linked as they are, or by path alone.
        return known and (url in {p.url for p in self.passages} or not (parts.query or parts.fragment))


def _restored(text: str, aside: Sequence[str]) -> str:
    while _ASIDE.search(text):  # a kept link may hold kept code
        text = _ASIDE.sub(lambda m: aside[int(m.group(1))], text)
    return text


def _fence_end(text: str) -> int | None:
    """Where the code block that ``text`` begins with ends, its last line included; None while it is open."""
    opened = _FENCE.match(text)
    if opened is None:
        return None
    fence = opened["fence"]
    closed = re.compile(rf"^[ \t]*{fence[0]}{{{len(fence)},}}[ \t]*\n", re.MULTILINE).search(text, opened.end())
    return closed.end() if closed else None


def _closed(text: str) -> str:
    """A code block that was cut off, with the end it lacks."""
    opened = _FENCE.match(text if "\n" in text else text + "\n")
    if opened is None:
        return text
    whole = text if text.endswith("\n") else text + "\n"
    return whole if _fence_end(whole) == len(whole) else f"{whole}{opened['indent']}{opened['fence']}\n"


def _flush_left(block: str, indent: str) -> str:
    lines = block.split("\n")
    return "\n".join(line[len(indent) :] if line.startswith(indent) else line.lstrip(" \t") for line in lines)


def cite(passage: Passage, number: int, sentence: str) -> Citation:
    """The citation shown under an answer, with the passage's sentence nearest to ``sentence`` as its quote."""
    quoted = best_quote(passage.text, sentence)
    return Citation(
        n=number,
        chunk_id=passage.chunk_id,
        document_id=passage.document_id,
        title=passage.title,
        url=passage.url,
        section=passage.section,
        page=passage.page,
        start=passage.start + quoted.start,
        end=passage.start + quoted.end,
        quote=quoted.text,
    )


def best_quote(source: str, wanted: str) -> Sentence:
    """The sentence of ``source`` that shares most words with ``wanted``, without Markdown; where the source has no
    sentences, its first words."""
    stems = stems_of(source, wanted)
    aim = stems(wanted)

    def shared(sentence: Sentence) -> tuple[float, bool]:
        words = stems(sentence.text)
        return len(aim & words) / (1 + len(words) ** 0.5), sentence.whole

    told = [s for s in sentences(source) if s.block is not Block.CODE] or [
        Sentence(0, len(source), plain(body(source)), Block.PROSE, False)
    ]
    best = max(told, key=shared)
    return best if len(best.text) <= _LONGEST_QUOTE else replace(best, text=_shortened(best.text))


def _shortened(text: str) -> str:
    cut = text[:_LONGEST_QUOTE].rsplit(" ", 1)[0]
    return f"{cut.rstrip(' ,;:')}…"
