"""Finds what colleagues answered: the question that waited, and the answer without greetings and what is about one
customer alone. Pure: from a conversation's messages to candidates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from hub.core.ids import ConversationId, MessageId
from hub.core.messages import AuthorKind
from hub.core.prose import sentences
from hub.core.questions import questions_in
from hub.knowledge.language import detect_language
from hub.store.messages import MessageRow
from orchestrator.memory import text_of
from orchestrator.small_talk import small_talk
from orchestrator.terms import content_words, stems_of
from orchestrator.wishes import hear_wish

BLOT: Final = "[\u2026]"
_LONGEST_QUESTION: Final = 500
_LONGEST_ANSWER: Final = 4_000
_FEWEST_WORDS: Final = 3
_ALIKE: Final = 0.6
_PERSONAL: Final = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # addresses
    r"|\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}\b"  # IBANs
    r"|(?<![\w.,])\+?\d(?:[ /().-]{0,2}\d){6,}(?![\w])"  # telephone, order and card numbers
    r"|#\d{4,}"
)
_GREETING: Final = re.compile(
    r"^\W*(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|hallo|guten (?:tag|morgen|abend)|moin|servus"
    r"|liebe[r]?|sehr geehrte[r]?|hola|buen[oa]s (?:d[i\u00ed]as|tardes|noches)|estimad[oa]|bonjour|bonsoir|salut"
    r"|ch[e\u00e8]re?|ciao)\b[^,.!?\n]{0,40}[,.!\n]\s*",
    re.IGNORECASE,
)
_FAREWELL: Final = re.compile(
    r"(?:\n|(?<=[.!?]))\s*(?:(?:best|kind|warm) regards|regards|best wishes|cheers|(?:viele|beste|liebe|freundliche) gr"
    r"(?:\u00fc|ue)(?:\u00df|ss)e|mit freundlichen gr\u00fc\u00dfen|saludos|cordialmente|cordialement|bien \u00e0 vous"
    r"|let me know if .{0,60}|(?:i )?hope (?:that|this) helps|have a (?:nice|great|good) .{0,20})\b.*$",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question and what a colleague answered, in ``message`` last. ``personal``: something was blotted out."""

    question: str
    answer: str
    language: str | None
    personal: bool
    conversation: ConversationId
    message: MessageId


def candidates(rows: Sequence[MessageRow], names: Sequence[str] = ()) -> list[Candidate]:
    """What colleagues answered in these messages, which stand by conversation and in order. ``names`` are customers'
    and blotted out."""
    found: list[Candidate] = []
    for conversation, messages in groupby(rows, key=lambda row: row.conversation_id):
        for asked, said in _exchanges(list(messages)):
            made = _candidate(conversation, asked, said, names)
            if made is not None:
                found.append(made)
    return found


def same_question(one: str, other: str) -> bool:
    """Whether two questions ask the same in nearly the same words."""
    stems = stems_of(one, other)
    a, b = stems(one), stems(other)
    return bool(a and b) and len(a & b) / len(a | b) >= _ALIKE


def _exchanges(rows: Sequence[MessageRow]) -> Iterator[tuple[list[str], list[MessageRow]]]:
    """What waited for an answer, and the colleague's messages that came then. A bot's own answer ends the waiting."""
    asked: list[str] = []
    said: list[MessageRow] = []
    for row in rows:
        if row.author_kind == AuthorKind.CONTACT:
            if said and asked:
                yield asked, said
                asked = []
            said = []
            asked.append(text_of(row).strip())
        elif row.author_kind == AuthorKind.AGENT and asked:
            said.append(row)
        elif row.author_kind == AuthorKind.BOT and row.metadata.get("thought") in ("answer", "extracts"):
            asked, said = [], []
    if said and asked:
        yield asked, said


def _candidate(
    conversation: ConversationId, asked: Sequence[str], said: Sequence[MessageRow], names: Sequence[str]
) -> Candidate | None:
    question = _question(asked)
    answer = _answer([text_of(row) for row in said])
    if question is None or answer is None:
        return None
    shown_question, hidden_in_question = blot(question, names)
    shown_answer, hidden_in_answer = blot(answer, names)
    return Candidate(
        question=shown_question,
        answer=shown_answer,
        language=detect_language(f"{question} {answer}"),
        personal=hidden_in_question or hidden_in_answer,
        conversation=conversation,
        message=said[-1].id,
    )


def blot(text: str, names: Sequence[str] = ()) -> tuple[str, bool]:
    """The text with addresses, long numbers and ``names`` blotted out; whether there were any."""
    blotted = _PERSONAL.sub(BLOT, text)
    for name in names:
        if len(name) > 1:
            blotted = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", BLOT, blotted, flags=re.IGNORECASE)
    return blotted, blotted != text


def _question(asked: Sequence[str]) -> str | None:
    """The last question of what waited, else its last statement of some length."""
    pieces = [
        piece
        for text in asked
        if text and small_talk(text) is None and hear_wish(text) is None
        for piece in (_GREETING.sub("", text).strip(),)
        if len(list(content_words(piece))) >= _FEWEST_WORDS - 1
    ]
    if not pieces:
        return None
    questions = [piece for piece in pieces if "?" in piece or "\uff1f" in piece]
    chosen = (questions or pieces)[-1]
    if not questions and len(questions_in(chosen)) == 1 and len(list(content_words(chosen))) < _FEWEST_WORDS:
        return None
    return " ".join(chosen.split())[:_LONGEST_QUESTION]


def _answer(texts: Sequence[str]) -> str | None:
    """What a colleague said, without greeting and farewell; None where they only asked back."""
    kept = []
    for text in texts:
        bare = _FAREWELL.sub("", _GREETING.sub("", text.strip())).strip()
        if bare and small_talk(bare) is None:
            kept.append(bare)
    answer = "\n\n".join(kept)[:_LONGEST_ANSWER]
    told = [s.text for s in sentences(answer) if not s.text.rstrip().endswith(("?", "\uff1f"))]
    return answer if len(list(content_words(" ".join(told)))) >= _FEWEST_WORDS else None
