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
    r"somebody|someone|anyone|anybody|members? of (?:the |your )?staff|staff|human being|employee|"
    r"manager|supervisor|support team|support|"
    r"customer (?:service|support|care)|team member|specialist|consultant)"
)
_CONTACT_EN = (
    r"(?:speak|talk|chat|connect(?: me)?|be (?:connected|transferred|passed on|put through)|"
    r"(?<!a )(?<!the )(?<!my )transfer(?: me)?|put me (?:through|on|in touch)|get me|hand me (?:over|off)|"
    r"pass me (?:on|over)|escalate(?: this| me)?|forward me|redirect me|switch me|reach)"
)
_WISHES = [
    # English
    rf"\b{_CONTACT_EN}\s+(?:directly\s+)?(?:to|with|through to|onto)?\s*{_PERSON_EN}\b",
    r"\b(?:i|we)(?:'d| would)?\s+(?:really\s+|just\s+)?(?:want|need|like|prefer|demand|require)\s+"
    r"(?:(?:to\s+)?(?:have|get|see)\s+)?(?:a|an|some|the)\s+(?:real\s+|live\s+|actual\s+|human\s+|support\s+)*"
    r"(?:humans?|persons?|agents?|representatives?|operators?|human being|advisors?|advisers?)\b"
    r"(?!\s+(?:card|account|id|licen[cs]e|number|discount|name))",
    r"\b(?:is|are)\s+there\s+(?:a|an|any|some)\s*(?:real|live|actual)?\s*"
    r"(?:human|person|people|agent|one|body|operator|somebody|someone)\b.{0,20}\b(?:talk|speak|chat|here|available|help)",
    r"^\W*(?:a |an |the )?(?:real |live |actual )?"
    r"(?:human|person|agent|operator|representative|human being|real person|live agent)(?:,? please|,? now)?\W*$",
    r"\b(?:human|live|real)\s+(?:agent|person|support|being|help|assistance|operator|representative)s?\b"
    r".{0,15}(?:please|now|asap)",
    r"\b(?:let|can|could|may)\s+(?:me|i|we|you)\b.{0,25}\b(?:human|real person|live agent|real human|an operator)\b",
    r"\b(?:give|get|send|find)\s+me\s+(?:a|an|some|the)?\s*(?:real |live |actual )*"
    r"(?:humans?|persons?|agents?|representatives?|operators?|human being)\b(?!\s+(?:licen[cs]e|number|name|card))",
    r"\b(?:can|could|will|would|please)\s+(?:you\s+)?(?:please\s+)?(?:have\s+|get\s+)?"
    r"(?:someone|somebody|anyone|a person|an agent|a human|a colleague)\b.{0,30}"
    r"\b(?:call|contact|phone|ring|write to)\s+me\b",
    r"\b(?:get|have|find)\s+(?:someone|somebody|a person|a human|an agent|a colleague)\s+(?:to\s+)?"
    r"(?:help|call|phone|ring|contact)\s+me\b",
    r"\b(?:need|want|like)\s+(?:some\s+)?(?:help|support|assistance)\s+(?:from|by|of)\s+(?:(?:a|an)\s+(?:real\s+|live\s+)?"
    r"(?:human|person|agent|colleague)|(?:someone|somebody)\s+(?:in|from|at)\s+your)\b",
    r"\bget\s+help\s+from\s+(?:someone|somebody)\s+(?:in|from|at)\s+your\b",
    r"\b(?:want|need|like)\s+(?:someone|somebody|a person|a human|an agent)\s+"
    r"(?:from\s+(?:your|the)\s+\w+\s+to\s+(?:help|assist|answer)|to\s+(?:call|contact|phone))\b",
    r"^\W*customer (?:service|support|care) (?:representative|agent|person)\b.{0,20}$",
    r"\bare there any (?:real |live |actual )?(?:humans|people|agents|operators)"
    r"(?: here| there| available| around|,? (?:that |who )?(?:i|we) (?:can|could|may) (?:talk|speak|chat)\b.{0,10})?"
    r"\W*$",
    r"\bcall\s+(?:a|an)\s+(?:human|agent|colleague|operator|person)\b",
    r"\b(?:not|instead of|rather than|no more|stop)\s+(?:talking to\s+)?(?:a |the |this |your )?"
    r"(?:bot|chatbot|robot|machine|ai)\b.{0,40}\b(?:human|person|agent|someone|somebody)\b",
    r"\b(?:human|person|someone|somebody)\b.{0,20}\b(?:not|instead of|rather than)\s+(?:a |the |this )?"
    r"(?:bot|chatbot|robot|machine|ai)\b",
    # German
    r"\b(?:bitte|kann|könnte|soll)\b.{0,30}\b(?:ruft|rufe|anrufen|zurückrufen|helfen|übernehmen)\b.{0,20}\b(?:jemand|mensch)\b",
    r"\b(?:bitte\s+)?ruf(?:t|en sie)\s+mich\b.{0,20}\b(?:an|zurück)\b",
    r"\b(?:kann|könnte)\b.{0,20}\b(?:jemand|mensch|mitarbeiter\w*|kolleg\w*)\b.{0,20}"
    r"\b(?:anrufen|zurückrufen|übernehmen|helfen)\b(?! können)",
    r"\b(?:brauche|möchte|will|hätte gern\w*|suche)\s+(?:bitte\s+)?einen?\s+(?:persönlichen?\s+)?ansprechpartner\w*\b",
    r"\bgibt es\s+(?:hier |dort )?(?:auch )?(?:einen? (?:echten? )?(?:menschen|mitarbeiter)|jemanden)(?:\s+hier)?\W*$",
    r"\b(?:leiten|stellen|geben|verbinden|reichen)\s+sie\s+mich\b.{0,30}\b(?:mensch\w*|mitarbeiter\w*|kolleg\w*|support"
    r"|kundendienst|kundenservice|berater\w*|jemand\w*)\b",
    r"\b(?:geben|holen)\s+sie\s+(?:mir\s+)?(?:bitte\s+)?(?:einen?|jemand\w*)\s*(?:echten?\s+|richtigen?\s+)?"
    r"(?:mensch\w*|mitarbeiter\w*|kolleg\w*|berater\w*)\b",
    r"\bkann ich mit\b.{0,30}\b(?:sachbearbeiter\w*|mensch\w*|mitarbeiter\w*|person|jemand\w*)\b",
    r"^\W*(?:bitte )?(?:einen? )?menschliche[rns]?\s+"
    r"(?:support|mitarbeiter\w*|hilfe|unterstützung|berater\w*)\b.{0,15}$",
    r"\bwie erreiche ich\b.{0,20}\b(?:mensch\w*|mitarbeiter\w*|jemand\w*|support|kundenservice|kundendienst)\b",
    r"\bsondern mit einem?r? (?:echten )?(?:mensch\w*|person|mitarbeiter\w*)\b",
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
    r"\b(?:com[uú]n[ií]c(?:a|ame|ueme)\w*|con[eé]ct(?:eme|ame)|transfi[eé]r[ae]me)\b.{0,30}"
    r"\b(?:persona|humano|agente|operador\w*|asesor\w*|representante)\b",
    r"\bhay\s+(?:alguna persona|alguien|alg[uú]n (?:humano|agente|operador))(?:\s+(?:ah[ií]|aqu[ií]))?"
    r"(?:\s+que\b.{0,30}\b(?:atend\w+|ayud\w+))?\W*$",
    r"\bque me (?:atienda|ayude|llame|responda)\s+(?:una?|alg[uú]n|alguien)\b(?: (?:persona|humano|agente))?",
    r"\b(?:me|nos) (?:puede|podr[ií]a) (?:llamar|atender|ayudar) (?:alguien|una persona|un agente|un humano)\b",
    r"\bhablar con (?:atenci[oó]n al cliente|soporte|el servicio)\b",
    r"\bayuda de una? (?:persona|humano|agente)\b",
    r"\b(?:quiero|prefiero|necesito)\s+(?:a\s+)?una? (?:persona|humano|agente)(?: real| de verdad)?\W*$",
    # French
    r"\b(?:mettez|transf[ée]rez|passez|connectez)[- ](?:moi|nous)\b.{0,40}"
    r"\b(?:personne|humain|conseill\w+|agent|quelqu['’]un|coll[èe]gue)\b",
    r"\by a[- ]t[- ]il\b.{0,10}\b(?:quelqu['’]un|un humain|une vraie personne|un conseiller|un agent)\b"
    r"(?:.{0,10}\bqui\b.{0,20}\b(?:parler|aider)\b)?\W*$",
    r"\bquelqu['’]un (?:peut|pourrait)[- ]il (?:me |m['’])(?:rappeler|appeler|aider|r[ée]pondre|contacter)\b",
    r"\b(?:contacter|joindre|parler (?:au|avec le)) (?:le )?service (?:client\w*|apr[èe]s[- ]vente)\b",
    r"\bmis\w* en (?:contact|relation) avec\b.{0,20}\b(?:personne|humain|conseill\w+|agent|coll[èe]gue)\b",
    r"\bbesoin (?:d['’]un |d['’]une |d['’]aide d['’]une? )(?:vraie? )?(?:conseill\w+|agent|humain|personne)\b",
    r"\b(?:veux|voudrais|souhaite) qu['’](?:une? (?:vraie? )?(?:personne|humain|conseill\w+|agent)|quelqu['’]un) me\b",
    r"^\W*(?:une? )?(?:vraie )?personne (?:r[ée]elle|humaine)\b.{0,25}$",
    r"\b(?:je|j['’])\s*(?:veux|voudrais|souhaite|pr[ée]f[èe]re)\s+une? (?:vraie? )?"
    r"(?:humain|personne|conseill\w+|agent)\W*$",
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
_BOT_REFUSED = re.compile(
    r"\b(?:do(?:n['’]t| not)|no longer)\s+(?:want|like|wish)\s+to\s+(?:talk|speak|chat)\s+(?:to|with)\s+"
    r"(?:a |the |this |your )?(?:bot|chatbot|robot|machine|ai)\b"
    r"|\b(?:nicht|kein\w*)\b.{0,20}\b(?:bot|roboter|maschine|automat\w*)\b.{0,15}\b(?:sprechen|reden|schreiben)\b"
    r"|\bno quiero hablar con (?:un |el |una )?(?:bot|robot|máquina)\b"
    r"|\bne (?:veux|voudrais) pas parler (?:à|avec) (?:un |une |le )?(?:bot|robot|machine)\b",
    re.IGNORECASE,
)
# What is denied, or asked about, is taken out before wishes are looked for.
_UNWISH = re.compile(
    r"\b(?:do(?:n['’]t| not)|no need to|not? want(?:ing)? to|rather not|without|never)\b[^,.;!?]{0,30}"
    r"\b(?:speak|talk|talking|speaking|chat|connect|human|person|agent)\b[^,.;!?]{0,30}"
    r"|\b(?:do|did|must|should) (?:i|we)(?: (?:have|need) to)? (?:speak|talk|chat)\b[^,.;!?]*"
    r"|\b(?:nicht|kein\w*|ohne)\b[^,.;!?]{0,40}\b(?:sprechen|reden|mensch\w*|mitarbeiter\w*)\b"
    r"|\bno (?:quiero|necesito|hace falta) (?:hablar|una persona|un agente)\b[^,.;!?]*"
    r"|\bne (?:veux|voudrais) pas parler\b[^,.;!?]*|\bpas besoin (?:de parler|d['’]une?)\b[^,.;!?]*",
    re.IGNORECASE,
)
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
    found = _BOT_REFUSED.search(sample) or _WISH.search(_UNWISH.sub(" ", sample))
    return Wish(HandoffReason.WISH, found.group()) if found else None
