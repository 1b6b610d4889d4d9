"""Words and stems: the little language the scripted answers and vectors need."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_WIDE = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
STOP = frozenset(
    # The commonest words of six languages: enough to tell a question's subject from its grammar.
    """
    a about after all also an and any are as at be been but by can could did do does for from get had has have
    how i if in into is it its me my no not of on or our please should so some than that the their them then
    there these they this long many much one take takes tell to us want was we were what when where which who work
    works happen happens
    whom whose why will with would you your aber alle als am auch auf aus bei bin bis das dass dein dem den der
    des die dies doch du ein eine einem einen einer es euch euer für hat habe haben hier ich ihr ihre ihren im
    ist ja kann kein können man mein mich mir mit muss nach nicht noch oder sein sich sie sind über um und uns
    unser vom von vor wann war warum welche welcher welches wenn wieviel wer werden wie wir wird wo zu zum zur
    al como con cual cuando cuanto de del donde el ella en era esta este está hay la las le lo los mi muy nos o
    para pero por puedo que qué quien se ser si sin su sus te tu tus un una y ya yo au aux avec ce ces comment
    dans elle est et il ils je les leur ma mais mes mon ne nous ou où par pas pour quand quel quelle qui sa sans
    ses son sont sur ta tes ton une vos votre vous che chi come cosa di dove e gli ha ho io nel non per perché
    più quale quando sono ti da dos é em eu foi meu na não os qual sem seu sua uma você
    """.split()  # noqa: SIM905  # as prose, six languages stay readable; as a list they would fill a screen
)


def fold(text: str) -> str:
    """Lower case without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))


def stem(word: str) -> str:
    """A crude stem: the first letters, where an ending would be in the way."""
    return word[:5] if len(word) > 5 else word.rstrip("s") or word


def words(text: str) -> list[str]:
    """The folded words; scripts without spaces as pairs of characters."""
    found: list[str] = []
    for word in _WORD.findall(fold(text)):
        if _WIDE.fullmatch(word):
            found += [word[i : i + 2] for i in range(len(word) - 1)] or [word]
        else:
            found.append(word)
    return found


_FOLDED_STOP = frozenset(fold(word) for word in STOP)


def terms(text: str) -> list[str]:
    """The stems of the words that carry meaning."""
    return [stem(word) for word in words(text) if word not in _FOLDED_STOP and (len(word) > 1 or word.isdigit())]


def count_tokens(text: str) -> int:
    """Roughly how many tokens a text has: four letters each, one for a wide character."""
    wide = sum(len(run) for run in _WIDE.findall(text))
    return wide + (len(text) - wide + 3) // 4
