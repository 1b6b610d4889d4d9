"""The words of talk about the talk itself, which claim nothing about the company: courtesies, not knowing, offers."""

from __future__ import annotations

import re
from typing import Final

from orchestrator.terms import fold_words

# As prose, the lists stay readable; as a list of strings they would fill a screen.
_WORDS: Final = """
    anything something everything
    able additional advice agent ahead answer apologise apologies apologize ask asked assist assistance assistant
    available automatic bot can't certainly check clarify clearer colleague confirm connect contact context correct
    could couldn't course details directly documents don't explain feel find found free further give glad great
    happy hear hello help hi hope human information inform kind know let like look luck me mention mentioned message
    might moment more need no nothing offer okay only other otherwise pass people perhaps person please pleased
    possible provide provided question reach real reply rephrase right say see share sorry source sources specific
    sure talk team tell thank thanks there transfer try understand unfortunately welcome words would wouldn't write
    yes antwort antworten assistent auskunft bedauere beispiel bitte danke dokument dokumente dokumenten
    entschuldigung erklären erklärung finde finden frage fragen freue gefunden gerade gern gerne gesagt glaube hallo
    helfe helfen hier hilfe informationen ja jemand kollege kollegen kollegin konnte könnte kontakt leider mensch
    menschen mitarbeiter möchten möglich nachricht natürlich nein nennen quelle quellen sage sagen schreiben sehe
    selbstverständlich sprechen steht tut umformulieren unklar unterlagen verbinden verfügung verstehe verstehen
    weiter weitere weitergeben weiterhelfen weiterleiten weiß wissen wünschen zeigen zuständigen agente alguna
    alguien amable asistente ayuda ayudar ayudarle compañero comprendo contactar contestar decir desea
    desafortunadamente disculpe documentos duda encontrado encontrar encuentro entiendo equipo escribir explicar
    fuente fuentes hablar información lamento lamentablemente lo mensaje momento necesita ofrecer palabras pasar
    pasarle persona posible pregunta preguntar puedo responder respuesta sé siento supuesto aide aider bien chose
    collègue comprends contacter demande désolé désolée dire document équipe expliquer formuler humain informations
    malheureusement mettre parler passer personne plaisir poser pouvez précis précisions puis répondre réponse sais
    souhaitez transmettre trouve trouvé trouver voulez volontiers
"""

COURTESIES: Final = fold_words(_WORDS)
"""These words, folded; compare with words folded alike."""

_NOT_KNOWING: Final = re.compile(
    r"\b(?:"
    r"(?:can|could|do|does|did|was|were|have|has)(?:n['’]t| not|not)\s+(?:(?:been )?able to )?"
    r"(?:find|found|know|have|see|say|tell|answer|help|contain|mention|cover|include|say)|"
    r"(?:am|is|are)(?:n['’]t| not)\s+(?:sure|mentioned|covered|stated|in (?:the|my|our)|able)|unable to|"
    r"no (?:information|source|answer|details|mention)|nothing (?:about|on)|"
    r"(?:weiß|finde|steht|kann|konnte|liegen|gibt|habe|enthalten)\b.{0,60}\b(?:nicht|nichts|keine[nr]?|leider)|"
    r"no (?:sé|encuentro|he encontrado|tengo|puedo|aparece|consta)|"
    r"n(?:e |['’])(?:sais|trouve|ai|peux|dis(?:ent|pose)|contien\w+|mentionne\w*)\b.{0,30}\b(?:pas|aucune?|rien)"
    r")\b",
    re.IGNORECASE,
)
_OFFERING: Final = re.compile(
    r"\b(?:person|human|colleague|agent|team|mensch\w*|kolleg\w*|mitarbeiter\w*|persona|compañer\w*|personne|collègue|"
    r"humain|conseiller)\b",
    re.IGNORECASE,
)


def says_not_known(sentence: str) -> bool:
    """Whether the sentence says that something is not known or not found, in one of four languages."""
    return bool(_NOT_KNOWING.search(sentence))


def speaks_of_itself(sentence: str) -> bool:
    """Whether the sentence says that something is not known, or offers a person."""
    return says_not_known(sentence) or bool(_OFFERING.search(sentence))
