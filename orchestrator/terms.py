"""The words of a text that carry meaning, as the stems by which texts of one or two languages are compared."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from hub.core.function_words import FUNCTION_WORDS
from hub.knowledge.language import detect_language
from hub.knowledge.lexemes import document_lexemes, fold

_WORD = re.compile(r"[^\W_]+(?:[_'\u2019.-][^\W_]+)*")
_WIDE = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_NAME = re.compile(r"(?<![\w.'\u2019-])[A-Z]\w{2,}")
_OPENING = re.compile(r"(?:^|[.!?:;\n\u00bf\u00a1(\"\u201c\u00ab])\s*(?:[-*\u2022]\s*)?$")
_PARTS = re.compile(r"[_'\u2019.-]")


def fold_words(words: str) -> frozenset[str]:
    """The words of a list, each with its accents and without, since people leave them out."""
    plain = words.casefold().split()
    return frozenset(plain) | {fold(word) for word in plain}


_FUNCTION = fold_words(" ".join(FUNCTION_WORDS))

Stems = Callable[[str], frozenset[str]]


def stems_of(*texts: str) -> Stems:
    """A function from a text to its stems, by the languages of ``texts``: compared texts must be stemmed alike."""
    languages = list(dict.fromkeys(detect_language(text) for text in texts))

    def stems(text: str) -> frozenset[str]:
        content = " ".join(content_words(text))
        return frozenset(stem for language in languages for stem in document_lexemes(content, language))

    return stems


def question_words(question: str, stems: Stems) -> list[frozenset[str]]:
    """Each word of a question as the stems that stand for it; a run without spaces as its pairs of characters."""
    found: dict[frozenset[str], None] = {}
    for word in content_words(question):
        own = stems(word)
        groups = [frozenset({stem}) for stem in sorted(own) if len(stem) > 1] if _WIDE.search(word) else [own]
        found.update(dict.fromkeys(group for group in groups if group))
    return list(found)


def content_words(text: str) -> Iterable[str]:
    """The words of a text that carry meaning, case-folded, in order."""
    for match in _WORD.finditer(text):
        word = match.group().casefold()
        if word in _FUNCTION:
            continue
        for part in _PARTS.split(word):
            if part not in _FUNCTION and (len(part) > 1 or part.isdigit() or _WIDE.match(part)):
                yield part


def names_in(text: str) -> list[str]:
    """Words that are written large within a sentence, hence names. None in German, which writes every noun so, nor
    where the language cannot be told."""
    if detect_language(text) in (None, "de"):
        return []
    names = []
    for match in _NAME.finditer(text):
        name = match.group()
        if name.casefold() not in _FUNCTION and not _OPENING.search(text[: match.start()]):
            names.append(name)
    return names
