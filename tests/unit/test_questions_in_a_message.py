"""A message that asks several things is taken apart into its questions."""

from __future__ import annotations

import pytest

from hub.core.questions import questions_in


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        ("How do I return a jacket?", ["How do I return a jacket?"]),
        (
            "Which channels can I connect, and how do I hand over to a person?",
            ["Which channels can I connect", "how do I hand over to a person"],
        ),
        (
            "Hi, I bought a jacket yesterday. How do I return it?",
            ["Hi, I bought a jacket yesterday", "How do I return it"],
        ),
        (
            "Wie lange dauert der Versand und was kostet er?",
            ["Wie lange dauert der Versand", "was kostet er"],
        ),
        ("¿Cuánto cuesta y cómo pago?", ["¿Cuánto cuesta y cómo pago?"]),
        ("Do you sell shirts and trousers?", ["Do you sell shirts and trousers?"]),
        ("How do I pay? Thanks!", ["How do I pay? Thanks!"]),
        ("", [""]),
        ("a\nb\nc\nd\ne and what is it?", ["a b c d e", "what is it"]),
    ],
)
def test_questions_are_told_apart(text: str, questions: list[str]) -> None:
    assert questions_in(text) == questions


def test_a_long_letter_is_left_whole() -> None:
    letter = "We met at the fair. You showed me a chair. It was green and tall. The price was low. Is it still there?"
    assert questions_in(letter) == [letter]
