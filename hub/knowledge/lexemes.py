"""From text to the lexemes that keyword search counts, alike at ingest and at query.

Done in Python so that PostgreSQL needs no dictionary, no ICU and no extension: words are case-folded, stemmed by
Snowball where the language has a stemmer, and stripped of accents; scripts that write without spaces become
character pairs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from hub.knowledge.language import detect_language

_LONGEST: Final = 64
_MOST_POSITIONS: Final = 255
"""PostgreSQL keeps at most 255 positions of a lexeme, each below 16,384."""
_LAST_POSITION: Final = 16_383

# Python's \w leaves out vowel signs and tone marks, which would break Hindi, Tamil or Thai words apart.
_LETTER: Final = (
    r"[^\W_]|[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    r"\u0900-\u0963\u0966-\u0dff\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0e80-\u0eff\u1000-\u1049\u1780-\u17d3]"
)
_WORD: Final = re.compile(rf"(?:{_LETTER})+(?:['\u2019](?:{_LETTER})+)*")
_UNSPACED: Final = re.compile(
    r"[\u0e00-\u0e7f\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\uac00-\ud7af\uf900-\ufaff\U00020000-\U0002ffff]+"
)
_HAN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ffff]")
_MARKS: Final = re.compile(
    r"[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u0640]"
)

_STEMMERS: Final = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish",
    "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian",
    "ne": "nepali", "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip


def document_lexemes(text: str, language: str | None) -> list[str]:
    """The lexemes of a text to be stored, in order, repeated as often as they occur.

    A word with accents is entered twice when stemming it without them gives another stem, so that a visitor who
    types "preparacion" finds "preparación".
    """
    found: list[str] = []
    for word in _words(text):
        if _UNSPACED.match(word):
            found.extend(_pairs(word))
            if len(word) > 1:
                found.extend(_HAN.findall(word))
            continue
        stem = _stem(word, language)
        found.append(stem)
        plain = fold(word)
        if plain != word and (other := _stem(plain, language)) != stem:
            found.append(other)
    return found


def query_lexemes(text: str, languages: Sequence[str | None] = ()) -> list[str]:
    """The distinct lexemes to look for, in order: those of the query's own language if it can be told, and those
    that each of ``languages`` (the tenant's) would make of it, so that a stem is never missed for a wrong guess.
    """
    return list(dict.fromkeys(lexeme for group in query_words(text, languages) for lexeme in group))


def query_words(text: str, languages: Sequence[str | None] = ()) -> list[list[str]]:
    """The query word by word, each with the lexemes that any of the languages makes of it."""
    own = detect_language(text)
    tongues = list(dict.fromkeys([*([own] if own else []), *languages])) or [None]
    return [
        _pairs(word) if _UNSPACED.match(word) else list(dict.fromkeys(_stem(word, language) for language in tongues))
        for word in _words(text)
    ]


def tsvector(lexemes: Sequence[str]) -> str:
    """The lexemes as a PostgreSQL ``tsvector`` literal with positions, from which SQL reads the term frequencies."""
    positions: dict[str, list[int]] = {}
    for place, lexeme in enumerate(lexemes, start=1):
        places = positions.setdefault(lexeme, [])
        if len(places) < _MOST_POSITIONS and place <= _LAST_POSITION:
            places.append(place)
    return " ".join(f"{_quoted(lexeme)}:{','.join(map(str, places))}" for lexeme, places in positions.items() if places)


def fold(word: str) -> str:
    """``word`` without accents and vowel points: "Zürich" and "Zurich" become one."""
    bare = _MARKS.sub("", unicodedata.normalize("NFD", word))
    return unicodedata.normalize("NFC", bare)


def _words(text: str) -> Iterator[str]:
    for match in _WORD.finditer(unicodedata.normalize("NFKC", text).casefold()):
        for part in _parts(match.group()):
            yield from _by_script(part)


def _parts(word: str) -> list[str]:
    """Cuts "l'acqua" and "doesn't" at the apostrophe and leaves the clitics out."""
    parts = re.split("['\u2019]", word)
    if len(parts) == 1:
        return parts
    return [part for part in parts if len(part) > 2] or ["".join(parts)]


def _by_script(word: str) -> Iterator[str]:
    end = 0
    for run in _UNSPACED.finditer(word):
        if run.start() > end:
            yield word[end : run.start()]
        yield run.group()
        end = run.end()
    if end < len(word):
        yield word[end:]


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


@lru_cache(maxsize=65_536)
def _stem(word: str, language: str | None) -> str:
    algorithm = _STEMMERS.get(language or "")
    # Part numbers and codes have no endings.
    if algorithm is None or any(letter.isdigit() for letter in word):
        return fold(word)[:_LONGEST]
    import snowballstemmer  # its stemmers, all loaded at once, cost a tenth of the start

    # A stemmer keeps its word in itself; a new one costs half a microsecond and is safe in any thread.
    stem: str = snowballstemmer.stemmer(algorithm).stemWord(word)
    return (fold(stem) or fold(word))[:_LONGEST]


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
