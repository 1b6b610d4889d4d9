"""Which encoding bytes without a mark are in: the one whose text looks most like words."""

from __future__ import annotations

import re
from typing import Final

_SAMPLE: Final = 20_000
_SINGLE_BYTE: Final = (
    "cp1252", "cp1250", "iso8859-2", "cp1251", "koi8-r", "iso8859-5", "cp866", "cp1253", "iso8859-7", "cp1254",
    "cp1255", "cp1256", "cp874", "cp850", "mac-roman",
)  # fmt: skip
_DOUBLE_BYTE: Final = ("shift_jis", "euc_jp", "gb18030", "big5", "euc_kr")

# What stands in text that was decoded wrongly, and hardly ever in text that was not.
_ODD: Final = re.compile(
    r"[\x80-\x9f\u2500-\u259f\ue000-\uf8ff\uff61-\uff9f\u3400-\u4dbf\ufffd\U00020000-\U0002ffff]"
    r"|[^\W\d_][\u00a1-\u00b4\u00b6\u00b8-\u00bf\u00d7\u00f7\u2020-\u2022\u2030\u2202-\u22ff\u25ca\ufb01\ufb02][^\W\d_]"
    r"|[a-z\u00df-\u00ff\u0430-\u044f\u03b1-\u03c9\u0101-\u017f](?=[A-Z\u00c0-\u00de\u0410-\u042f])"
    r"|[A-Za-z\u00c0-\u024f](?=[\u0370-\u0e7f])|[\u0370-\u0e7f](?=[A-Za-z\u00c0-\u024f])"
)
_LETTER: Final = re.compile(r"[^\W\d_]")
# The commonest letters beyond ASCII in the languages each code page was made for.
_AT_HOME: Final = re.compile(
    "[äöüßéèêàçùâîôëïñáíóúãõåæøłąęśżźćńěščřžýůőűțăîșğış"
    "\u0430-\u044f\u03ac-\u03ce\u05d0-\u05ea\u0621-\u064a\u0e01-\u0e4e]"
)
_VOICED: Final = re.compile(r"[\u0370-\u04ff]")
_VOWEL: Final = re.compile("[аеёиіоуыэюяєїАЕЁИІОУЫЭЮЯЄЇαεηιουωάέήίόύώΑΕΗΙΟΥΩΆΈΉΊΌΎΏ]")
_KANA: Final = re.compile(r"[\u3041-\u30f6]")
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
_HANGUL: Final = re.compile(r"[\uac00-\ud7a3]")


def likeliest(data: bytes) -> str | None:
    """The Python name of the likeliest encoding of ``data``, which is no UTF-8; None where none fits at all."""
    sample = data[:_SAMPLE]
    if b"\x1b$" in sample:
        return "iso2022_jp"
    best: tuple[float, str] | None = None
    for name in (*_SINGLE_BYTE, *_DOUBLE_BYTE):
        try:
            text = sample.decode(name, "strict" if len(data) <= _SAMPLE else "ignore")
        except UnicodeDecodeError:
            continue
        score = _likeness(text, name)
        if best is None or score > best[0] + 1e-9:
            best = (score, name)
    return best[1] if best is not None and best[0] > 0 else None


def _likeness(text: str, name: str) -> float:
    """How much a text looks like words, per character beyond ASCII; above 0 for what may be right."""
    foreign = [letter for letter in text if letter > "\x7f"]
    if not foreign:
        return 0.5
    odd = len(_ODD.findall(text))
    if name in _DOUBLE_BYTE:
        # Japanese has kana between its characters, Korean hardly a Chinese one; each character took two bytes.
        kana, han, hangul = (len(pattern.findall(text)) for pattern in (_KANA, _HAN, _HANGUL))
        owned = {"shift_jis": kana * 2.0, "euc_jp": kana * 2.0, "euc_kr": hangul * 1.2}
        own = owned[name] if name in owned else _common(text, name)
        mixed = kana if name in {"gb18030", "big5", "euc_kr"} else hangul
        return 2 * (own - 4 * odd - mixed) / (kana + han + hangul + len(foreign))
    home = len(_AT_HOME.findall(text.lower()))
    letters = len(_LETTER.findall("".join(foreign)))
    score = (home + 0.2 * (letters - home) - 3 * odd) / len(foreign)
    voiced = len(_VOICED.findall(text))
    # Bytes of one script make letters of another, but no Slavic or Greek word has so few vowels.
    return score * (0.58 + min(0.4, len(_VOWEL.findall(text)) / voiced)) if voiced else score


def _common(text: str, name: str) -> float:
    """How many characters of a Chinese text are of the common half of its encoding."""
    encoded: list[bytes] = [letter.encode(name, "ignore") for letter in _HAN.findall(text)]
    low, high = (0xB0, 0xD7) if name == "gb18030" else (0xA4, 0xC6)
    return sum(len(pair) == 2 and low <= pair[0] <= high for pair in encoded) * 1.1
