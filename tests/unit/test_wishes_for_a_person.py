"""Wishes for a person are heard in four languages, and mentions of one are not taken for wishes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.core.conversations import HandoffReason
from orchestrator.wishes import hear_wish

_CORPORA = Path(__file__).parents[1] / "evals"


def corpus(name: str) -> list[str]:
    lines = (_CORPORA / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and line[0] not in "#["]


def test_wishes_are_heard_and_nothing_else_is(capsys: pytest.CaptureFixture[str]) -> None:
    wishes, others = corpus("wishes_for_a_person"), corpus("no_wishes_for_a_person")
    missed = [text for text in wishes if hear_wish(text) is None]
    mistaken = [text for text in others if hear_wish(text) is not None]
    heard = len(wishes) - len(missed)
    with capsys.disabled():
        print(f" recall {heard / len(wishes):.3f}, precision {heard / (heard + len(mistaken)):.3f}")
    assert len(wishes) >= 200
    assert len(others) >= 150
    assert len(missed) <= 0.02 * len(wishes), missed
    assert len(mistaken) <= 0.01 * len(others), mistaken


def test_border_cases_are_heard_as_they_were_judged() -> None:
    lines = (_CORPORA / "banking77_border_cases.jsonl").read_text(encoding="utf-8").splitlines()
    judged = [json.loads(line) for line in lines]
    assert [one["text"] for one in judged if (hear_wish(one["text"]) is not None) != one["wish"]] == []
    assert len(judged) > 20


def test_a_keyword_is_a_whole_word_in_any_case() -> None:
    wish = hear_wish("This is a COMPLAINT about you", ["complaint"])
    assert wish is not None
    assert wish.reason is HandoffReason.KEYWORD
    assert hear_wish("I am not complaintive", ["complaint"]) is None
    assert hear_wish("so  many\nblanks here", ["many blanks"]) is not None


def test_a_refused_bot_is_a_wish_but_a_refused_person_is_none() -> None:
    assert hear_wish("I don't want to talk to a bot") is not None
    assert hear_wish("I don't want to talk to a person") is None


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    assert hear_wish("word " * 300 + "talk to a human") is None
    assert hear_wish("") is None
