"""The wish for silence is heard when it is the whole message, never when a word of it stands in another one."""

from __future__ import annotations

import pytest

from orchestrator.consent import Consent, hear_consent


@pytest.mark.parametrize(
    "text",
    ["STOP", "stop.", "Stop please", "please stop", "Unsubscribe", "unsubscribe me", "opt out", "opt-out", "END",
     "QUIT", "Don't message me again", "Leave me alone!", "Stopp", "Abmelden", "Keine Nachrichten mehr bitte", "baja",
     "No me escriban más", "arrêter", "me désabonner", "STOP ALL"],
)  # fmt: skip
def test_stop(text: str) -> None:
    assert hear_consent(text) is Consent.STOP


@pytest.mark.parametrize("text", ["START", "start", "Unstop", "subscribe", "Anmelden", "alta", "/start"])
def test_start(text: str) -> None:
    assert hear_consent(text) is Consent.START


@pytest.mark.parametrize(
    "text",
    ["How do I stop the service?", "stop the bot from answering", "where is the bus stop", "Can I end my contract?",
     "", "I quit smoking", "How do I unsubscribe from the newsletter?", "starting a business", "the end of the month",
     "Wie kann ich mich abmelden?", "¿Cómo doy de baja mi tarjeta?"],
)  # fmt: skip
def test_other_messages(text: str) -> None:
    assert hear_consent(text) is None
