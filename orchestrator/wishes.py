"""Hearing that somebody wants a person, in several languages, without taking every mention of one for a wish."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from hub.core.conversations import HandoffReason

_PERSON_EN = (
    r"(?:(?:a|an|any|some|the|your|another|real|live|actual|human|support|service|sales|customer|care|"
    r"proper|somebody|someone|anyone|anybody|else|from|in|one|of)\s+){0,5}"
    r"(?:humans?|persons?|people|agents?|representatives?|reps?|operators?|advisers?|advisors?|colleagues?|"
    r"somebody|someone|anyone|anybody|staff|human being|employee|manager|supervisor|support team|support|"
    r"customer (?:service|support|care)|team member|specialist|consultant)"
)
_CONTACT_EN = (
    r"(?:speak|talk|chat|connect(?: me)?|transfer(?: me)?|put me (?:through|on|in touch)|get me|hand me (?:over|off)|"
    r"pass me (?:on|over)|escalate(?: this| me)?|forward me|redirect me|switch me|reach)"
)
_WISHES = [
    # English
    rf"\b{_CONTACT_EN}\s+(?:directly\s+)?(?:to|with|through to|onto)?\s*{_PERSON_EN}\b",
    r"\b(?:i|we)(?:'d| would)?\s+(?:really\s+|just\s+)?(?:want|need|like|prefer|demand|require)\s+"
    r"(?:(?:to\s+)?(?:have|get|see)\s+)?(?:a|an|some|the)\s+(?:real\s+|live\s+|actual\s+|human\s+|support\s+)*"
    r"(?:humans?|persons?|agents?|representatives?|operators?|human being|advisors?|advisers?)\b"
    r"(?!\s+(?:card|account|id))",
    r"\b(?:is|are)\s+there\s+(?:a|an|any|some)\s*(?:real|live|actual)?\s*"
    r"(?:human|person|people|agent|one|body|operator|somebody|someone)\b.{0,20}\b(?:talk|speak|chat|here|available|help)",
    r"^\W*(?:a |an |the )?(?:real |live |actual )?"
    r"(?:human|person|agent|operator|representative|human being|real person|live agent)(?:,? please|,? now)?\W*$",
    r"\b(?:human|live|real)\s+(?:agent|person|support|being|help|assistance|operator|representative)s?\b"
    r".{0,15}(?:please|now|asap)",
    r"\b(?:let|can|could|may)\s+(?:me|i|we|you)\b.{0,25}\b(?:human|real person|live agent|real human|an operator)\b",
    r"\bcall\s+(?:a|an)\s+(?:human|agent|colleague|operator|person)\b",
    r"\b(?:not|instead of|rather than|no more|stop)\s+(?:talking to\s+)?(?:a |the |this |your )?"
    r"(?:bot|chatbot|robot|machine|ai)\b.{0,40}\b(?:human|person|agent|someone|somebody)\b",
    r"\b(?:human|person|someone|somebody)\b.{0,20}\b(?:not|instead of|rather than)\s+(?:a |the |this )?"
    r"(?:bot|chatbot|robot|machine|ai)\b",
    # German
    r"\b(?:sprechen|reden|chatten|telefonieren|verbinde\w*|verbunden|durchstellen|weiterleiten|weitergeleitet)\b"
    r".{0,60}\b(?:mensch\w*|person|mitarbeiter\w*|kolleg\w*|berater\w*|jemand\w*|sachbearbeiter\w*|support|kundendienst"
    r"|kundenservice|agent\w*)\b",
    r"\b(?:mensch\w*|person|mitarbeiter\w*|kolleg\w*|berater\w*|jemand\w*|sachbearbeiter\w*|support|kundendienst"
    r"|kundenservice|agent\w*)\b.{0,40}\b(?:sprechen|reden|chatten|verbinde\w*|verbunden|durchstellen|weiterleiten)\b",
    r"\b(?:möchte|moechte|will|brauche|hätte gern\w*|wünsche)\s+(?:bitte\s+)?(?:einen?|eine|'nen?)\s+"
    r"(?:echten?\s+|richtigen?\s+)?(?:menschen?|mitarbeiter\w*|berater\w*|person)\b",
    r"^\W*(?:ein(?:en?)?\s+)?(?:echter?\s+)?(?:mensch(?:en)?|mitarbeiter(?:in)?)(?:,? bitte)?\W*$",
    # Spanish
    r"\b(?:hablar|comunicar(?:me)?|conectar(?:me)?|chatear|pasar(?:me)?|p[aá]s[ae]me|comun[ií]queme|contactar)\b"
    r".{0,40}\b(?:persona|humano|agente|operador\w*|alguien|asesor\w*|representante|ejecutivo|compañero)\b",
    r"\b(?:quiero|necesito|quisiera|prefiero)\s+(?:a\s+)?(?:una?|alg[uú]n)\s+(?:persona|humano|agente|operador|asesor)\b",
    r"^\W*(?:una?\s+)?(?:persona|humano|agente|operador)(?: real| humano)?(?:,? por favor)?\W*$",
    # French
    r"\b(?:parler|discuter|échanger|passez[- ]moi|mettre en (?:relation|contact)|transf[ée]rer|contacter|joindre)\b"
    r".{0,40}\b(?:personne|humain|conseill\w+|agent|quelqu'un|quelqu’un|coll[èe]gue|op[ée]rateur|opératrice)\b",
    r"\b(?:je veux|je voudrais|j'aimerais|j’aimerais|il me faut)\s+(?:un|une)\s+"
    r"(?:vrai[e]?\s+)?(?:personne|humain|conseill\w+|agent)\b",
    r"^\W*(?:un|une)?\s*(?:vrai[e]?\s+)?(?:personne|humain|conseill(?:er|ère)|agent)"
    r"(?:,? s'il (?:vous|te) pla[iî]t)?\W*$",
    # Italian, Portuguese, Dutch
    r"\b(?:parlare|passatemi|mettermi in contatto)\b.{0,30}\b(?:persona|umano|operatore|operatrice|qualcuno)\b",
    r"\b(?:falar|conversar|atendimento)\b.{0,30}\b(?:pessoa|humano|atendente|algu[ée]m|agente)\b",
    r"\b(?:spreken|praten|doorverbinden)\b.{0,30}\b(?:mens|persoon|medewerker|iemand|collega)\b",
    r"\b(?:mens|persoon|medewerker|iemand|collega)\b.{0,30}\b(?:spreken|praten|doorverbinden)\b",
]
_WISH = re.compile("|".join(f"(?:{w})" for w in _WISHES), re.IGNORECASE)
_UNWISH = re.compile(
    r"\b(?:do(?:n't| not)|don’t|no need to|not? want(?:ing)? to|rather not|without|never)\b.{0,30}"
    r"\b(?:speak|talk|talking|speaking|chat|human|person|agent)\b"
    r"|\b(?:nicht|kein\w*|ohne)\b.{0,40}\b(?:sprechen|reden|mensch\w*|mitarbeiter\w*)\b(?!.{0,30}\bbot\b)"
    r"|\bno (?:quiero|necesito|hace falta) (?:hablar|una persona|un agente)\b"
    r"|\bne (?:veux|voudrais) pas parler\b|\bpas besoin (?:de parler|d'un)\b",
    re.IGNORECASE,
)
_BOT_REFUSED = re.compile(r"\b(?:bot|robot|machine|chatbot|ai|automat|maschine|máquina)\b", re.IGNORECASE)
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Wish:
    """Why a person is asked for, and the words that said so."""

    reason: HandoffReason
    words: str


def hear_wish(text: str, keywords: Iterable[str] = ()) -> Wish | None:
    """The wish for a person in a message: one of the tenant's keywords, or words that plainly ask for one.

    Keywords match as whole words, without regard to case. Only the first thousand characters are read.
    """
    sample = " ".join(text[:_LONGEST].split())
    folded = sample.casefold()
    for keyword in keywords:
        wanted = " ".join(keyword.casefold().split())
        if wanted and re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", folded):
            return Wish(HandoffReason.KEYWORD, keyword)
    found = _WISH.search(sample)
    if found is None:
        return None
    denied = _UNWISH.search(sample)
    if denied is not None and not _BOT_REFUSED.search(denied.group()):
        return None
    return Wish(HandoffReason.WISH, found.group())
