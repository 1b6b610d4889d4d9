"""Which language a text is in, told from its script and its small words.

Short questions decide here, so the method is one that works on five words: scripts that belong to one language
settle it, and for the rest the commonest function words are counted. ``None`` means "cannot tell", which callers
treat as "any of the tenant's languages".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

_SAMPLE: Final = 4_000
_WORD: Final = re.compile(r"[^\W\d_]+")

_SCRIPTS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("ja", re.compile(r"[\u3040-\u30ff\uff66-\uff9f]")),
    ("ko", re.compile(r"[\u1100-\u11ff\uac00-\ud7af]")),
    ("zh", re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002ffff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
    ("bn", re.compile(r"[\u0980-\u09ff]")),
    ("ta", re.compile(r"[\u0b80-\u0bff]")),
    ("te", re.compile(r"[\u0c00-\u0c7f]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("el", re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]")),
    ("hy", re.compile(r"[\u0530-\u058f]")),
    ("ka", re.compile(r"[\u10a0-\u10ff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("latin", re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")),
)

_SMALL_WORDS: Final[Mapping[str, frozenset[str]]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the of and to in is are was were be been what which who how why when where that this it its for on with "
        "as by at from did does do not or an a have has had their there can will would you your we my i many much "
        "may within into than then so if about only also should could any all",
        "de": "der die das den dem des ein eine einen einem einer eines und oder ist sind war waren wird wurde wurden "
        "nicht mit von vom zu zum zur im in auf für als auch bei nach aus wie was wer welche welcher welches welchen "
        "wann wo warum sich ich sie er es wir ihr mein kann haben hat hatte durch über um viele gibt am",
        "fr": "le la les des du de un une et ou est sont était a au aux dans en pour par sur avec que qui quel quelle "
        "quels quelles quoi comment pourquoi combien où quand ne pas ce cette ces il elle je nous vous mon ma mes son "
        "sa ses leur été dont plus à",
        "es": "el la los las de del un una unos unas y o es son era fue en por para con que qué quién cuál cuáles cómo "
        "cuándo dónde cuánto cuántos cuántas al se su sus lo no como más mi yo está este esta ha han hay a",
        "it": "il lo la i gli le di del della dei delle dello un uno una e o è sono era in per con che chi quale quali "
        "come quando dove quanto quanti quante non si su nel nella al alla da dal dalla mio ho ha più perché cosa",
        "pt": "o a os as de do da dos das um uma e ou é são era foi em no na nos nas por para com que quem qual quais "
        "como quando onde quanto quantos não se seu sua ao à mais meu eu está este esta há foram",
        "nl": "de het een en of is zijn was waren van in op te met voor door aan bij naar uit dat die dit wat wie "
        "welke hoe waarom wanneer waar niet er ik je u we mijn kan heeft hebben werd werden hoeveel ook als om",
        "sv": "och att det som en ett är var av för på med till i den de inte om har hade vad vem vilken vilket hur "
        "varför när jag du vi min kan från eller också många",
        "da": "og at det som en et er var af for på med til i den de ikke om har havde hvad hvem hvilken hvilket "
        "hvordan hvorfor hvornår hvor jeg du vi min kan fra eller også mange",
        "no": "og at det som en et er var av for på med til i den de ikke om har hadde hva hvem hvilken hvilket "
        "hvordan hvorfor når hvor jeg du vi min kan fra eller også mange",
        "fi": "ja on ei se että oli ovat mikä mitä kuka miten miksi milloin missä kuinka hän minä sinä tämä joka jotka "
        "kun myös tai mutta voi olla minun",
        "pl": "i w na z do nie się jest są był była co kto jak dlaczego kiedy gdzie ile jaki jaka jakie że to ten ta "
        "przez dla od po oraz lub mój czy mogę przy",
        "cs": "a v na z do ne se je jsou byl byla co kdo jak proč kdy kde kolik jaký jaká jaké že to ten ta pro od po "
        "nebo můj s ve který která",
        "hu": "a az és nem hogy egy van volt mi mit ki hogyan miért mikor hol mennyi melyik ez vagy is meg hány milyen",
        "ro": "și în de la cu pe pentru este sunt era un o ce cine cum când unde câte care nu se din mai sau al ale "
        "după",
        "tr": "ve bir bu ne nasıl neden niçin için ile mi mı mu da de nerede kim hangi kaç olarak olan var değil daha",
        "id": "yang dan di ke dari adalah untuk dengan ini itu apa siapa bagaimana mengapa kapan mana tidak berapa "
        "saya pada oleh akan atau juga",
        "ca": "el la els les de del dels un una i o és són era en per amb que qui quin quina quins com quan on quant "
        "no es al més meu està aquest aquesta hi",
        "vi": "là và của có không được cho trong các những một này đó gì ai nào như thế khi ở đâu bao nhiêu tôi với",
    }.items()
}

_UKRAINIAN: Final = re.compile(r"[іїєґІЇЄҐ]")
_PERSIAN: Final = re.compile(r"[پچژگی]")


def detect_language(text: str) -> str | None:
    """The ISO 639-1 code of ``text``'s language, or ``None`` when it cannot be told."""
    sample = text[:_SAMPLE]
    script = _script(sample)
    if script is None:
        return None
    if script == "ru":
        return "uk" if len(_UKRAINIAN.findall(sample)) * 40 >= len(sample) else "ru"
    if script == "ar":
        return "fa" if len(_PERSIAN.findall(sample)) * 40 >= len(sample) else "ar"
    return _by_small_words(sample) if script == "latin" else script


def _script(sample: str) -> str | None:
    counts = {name: len(pattern.findall(sample)) for name, pattern in _SCRIPTS}
    letters = sum(counts.values())
    if not letters:
        return None
    if counts["ja"] * 10 >= counts["zh"] and counts["ja"] * 5 >= counts["latin"] and counts["ja"]:
        return "ja"
    # A Chinese sentence names products in Latin letters, and one of its characters weighs as much as a syllable.
    weighed = {name: count * (3 if name in {"ja", "ko", "zh"} else 1) for name, count in counts.items()}
    return max(weighed, key=lambda name: weighed[name])


def _by_small_words(sample: str) -> str | None:
    words = Counter(_WORD.findall(sample.casefold()))
    scores = {
        language: sum(count for word, count in words.items() if word in small)
        for language, small in _SMALL_WORDS.items()
    }
    first, second = sorted(scores, key=lambda language: -scores[language])[:2]
    total = sum(words.values())
    if scores[first] == 0 or scores[first] == scores[second] or scores[first] * 12 < total:
        return None
    return first
