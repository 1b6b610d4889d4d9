"""Hearing that a customer wants no more messages, or wants them again: a whole message, not a word in passing."""

from __future__ import annotations

import re
from enum import StrEnum

_STOP = re.compile(
    r"^\W*(?:please )?(?:stop|stop ?all|stop please|unsubscribe(?: me)?|opt[ -]?out|end|quit|cancel subscription"
    r"|do not (?:message|write to|contact) me(?: again| any ?more)?|don['’]t (?:message|write to|contact) me"
    r"(?: again| any ?more)?|leave me alone|no more messages"
    r"|stopp|abmelden|abbestellen|keine nachrichten mehr(?: bitte)?|bitte keine nachrichten mehr"
    r"|schreiben sie mir nicht mehr|schreib mir nicht mehr"
    r"|alto|parar|baja|darme de baja|dar de baja|no me escriban? m[aá]s|cancelar suscripci[oó]n|no m[aá]s mensajes"
    r"|arr[eê]t(?:er|ez)?|d[ée]sabonner|me d[ée]sabonner|d[ée]sinscri(?:re|ption)|ne m['’]?[ée]crivez plus"
    r"|plus de messages)(?:,? (?:please|bitte|por favor|s['’]il vous pla[iî]t))?\W*$",
    re.IGNORECASE,
)
_START = re.compile(
    r"^\W*(?:start|unstop|subscribe|opt[ -]?in|resume messages|anmelden|wieder anmelden|abonnieren|alta|darme de alta"
    r"|suscribirme|s['’]abonner|m['’]abonner|reprendre)\W*$",
    re.IGNORECASE,
)
_LONGEST = 60


class Consent(StrEnum):
    """What a message says about wanting messages. The value is the phrase that answers it."""

    STOP = "opted_out"
    START = "opted_in"


def hear_consent(text: str) -> Consent | None:
    """Whether the message is a wish for silence, or for its end; None for everything else."""
    sample = " ".join(text.split())
    if len(sample) > _LONGEST:
        return None
    if _STOP.match(sample):
        return Consent.STOP
    return Consent.START if _START.match(sample) else None
