"""Greetings and thanks alone: answered at once, without a search that could find nothing fitting."""

from __future__ import annotations

import re

_GREETING = re.compile(
    r"^\W*(?:/start|hi|hello|hey|hiya|good (?:morning|afternoon|evening|day)|hallo|hi zusammen"
    r"|guten (?:tag|morgen|abend)|moin|servus|grüezi|hola|buen[oa]s(?: (?:d[ií]as|tardes|noches))?"
    r"|bonjour|bonsoir|salut|ciao|buongiorno|ol[aá]"
    r"|hoi|goedendag)(?: there| all| bot| zusammen)?\W*$",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"^\W*(?:ok(?:ay)?,? )?(?:thanks|thank you|thx|many thanks|great,? thanks|cheers|danke(?: schön| sehr)?|vielen dank"
    r"|merci(?: beaucoup| bien)?|(?:muchas )?gracias|grazie|obrigad[oa]|dank je|bedankt)(?: a lot| so much| very much)?"
    r"\W*$",
    re.IGNORECASE,
)


def small_talk(text: str) -> str | None:
    """The phrase that answers a greeting or thanks, when the message is nothing else."""
    if len(text) > 80:
        return None
    if _GREETING.match(text):
        return "greeting"
    return "thanks" if _THANKS.match(text) else None
