"""The numbers a text names, in digits or in the words of seven languages, in one form to be compared."""

from __future__ import annotations

import re
from typing import Final

from hub.knowledge.lexemes import fold

_DIGITS: Final = re.compile(r"\d+(?:[.,'\u2019\u00a0\u202f]\d+)*")
_WORD: Final = re.compile(r"[^\W\d_]+")
_EDGES: Final = re.compile(r"\D")
_NAMED: Final = {
    "0": "zero null nul cero zéro nulla",
    "1": "one eins ein eine einen einem un uno una une um uma een",
    "2": "two twice zwei dos deux due dois duas twee",
    "3": "three drei tres trois tre três drie",
    "4": "four vier cuatro quatre quattro quatro",
    "5": "five fünf cinco cinq cinque vijf",
    "6": "six sechs seis sei zes",
    "7": "seven sieben siete sept sette sete zeven",
    "8": "eight acht ocho huit otto oito",
    "9": "nine neun nueve neuf nove negen",
    "10": "ten zehn diez dix dieci dez tien",
    "11": "eleven elf once onze undici",
    "12": "twelve dozen zwölf dutzend doce docena douze douzaine dodici doze twaalf",
    "13": "thirteen dreizehn trece treize tredici treze dertien",
    "14": "fourteen vierzehn catorce quatorze quattordici catorze veertien fortnight",
    "15": "fifteen fünfzehn quince quinze quindici vijftien",
    "16": "sixteen sechzehn dieciséis seize sedici dezasseis zestien",
    "17": "seventeen siebzehn diecisiete diciassette dezassete zeventien",
    "18": "eighteen achtzehn dieciocho diciotto dezoito achttien",
    "19": "nineteen neunzehn diecinueve diciannove dezanove negentien",
    "20": "twenty zwanzig veinte vingt venti vinte twintig",
    "21": "einundzwanzig veintiuno ventuno eenentwintig",
    "24": "vierundzwanzig veinticuatro ventiquattro vierentwintig",
    "30": "thirty dreißig dreissig treinta trente trenta trinta dertig",
    "40": "forty vierzig cuarenta quarante quaranta quarenta veertig",
    "50": "fifty fünfzig cincuenta cinquante cinquanta cinquenta vijftig",
    "60": "sixty sechzig sesenta soixante sessanta sessenta zestig",
    "70": "seventy siebzig setenta septante settanta zeventig",
    "80": "eighty achtzig ochenta ottanta oitenta tachtig",
    "90": "ninety neunzig noventa nonante novanta negentig",
    "100": "hundred hundert cien ciento cent cento cem honderd",
    "1000": "thousand tausend mil mille mila duizend",
}
_BY_WORD: Final = {fold(word): number for number, words in _NAMED.items() for word in words.split()}


def numbers_in(text: str, *, words: bool = True) -> frozenset[str]:
    """The numbers as digits without separators or leading zeros ("1,000.50" is "100050"); with ``words`` also those
    written out. A time or a date counts by its parts."""
    found = {_EDGES.sub("", match.group()).lstrip("0") or "0" for match in _DIGITS.finditer(text)}
    if words:
        found |= {_BY_WORD[word] for word in map(fold, _WORD.findall(text.casefold())) if word in _BY_WORD}
        found |= {
            part.lstrip("0") or "0" for match in _DIGITS.finditer(text) for part in re.split(r"\D", match.group())
        }
    return frozenset(found)
