"""The bot's own words: fixed phrases, small talk, settings that fall back."""

from __future__ import annotations

import re

import pytest

from orchestrator.phrases import PHRASES, Phrasebook
from orchestrator.settings import BotSettings, read_settings
from orchestrator.small_talk import small_talk


@pytest.mark.parametrize("language", sorted(PHRASES))
def test_every_language_has_every_phrase_with_the_same_names_in_it(language: str) -> None:
    assert PHRASES[language].keys() == PHRASES["en"].keys()
    for key, text in PHRASES[language].items():
        assert text.strip() == text
        assert sorted(re.findall(r"{\w+}", text)) == sorted(re.findall(r"{\w+}", PHRASES["en"][key])), key


def test_a_phrase_is_the_tenants_then_the_languages_then_the_tenants_language_then_english() -> None:
    book = Phrasebook({"fr": {"thanks": "De rien, {bot} vous salue."}}, default="de", bot="Bo", company="Acme")
    assert book.say("thanks", "fr") == "De rien, Bo vous salue."
    assert book.say("thanks", "es") == PHRASES["es"]["thanks"]
    assert book.say("thanks", "pl") == PHRASES["de"]["thanks"]
    assert "Acme" in book.say("greeting", None)
    assert "{" not in book.say("greeting", "en")
    assert Phrasebook({}, default="xx", bot="b", company="").say("thanks", None) == PHRASES["en"]["thanks"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Hello", "greeting"),
        ("hi there!", "greeting"),
        ("Guten Tag", "greeting"),
        ("¡Hola!", "greeting"),
        ("Bonjour", "greeting"),
        ("/start", "greeting"),
        ("Thanks a lot!", "thanks"),
        ("Vielen Dank", "thanks"),
        ("muchas gracias", "thanks"),
        ("Merci beaucoup", "thanks"),
        ("Hello, where is my parcel?", None),
        ("thanks but where is it", None),
        ("high", None),
        ("", None),
        ("hello " * 30, None),
    ],
)
def test_small_talk_is_nothing_but_small_talk(text: str, key: str | None) -> None:
    assert small_talk(text) == key


def test_a_setting_that_cannot_be_used_falls_back_alone() -> None:
    read = read_settings({"bot": {"bot_name": "Bo", "language": "English", "passages": 99, "unknown": 1}})
    assert (read.bot_name, read.language, read.passages) == ("Bo", "en", 6)
    for odd in ({}, {"bot": None}, {"bot": "x"}, {"bot": {"handoff_keywords": [""]}}):
        assert read_settings(odd) == BotSettings()
