"""Sentences that rest on nothing are cut; courtesies, questions and honest not-knowing stay."""

from __future__ import annotations

import re

import pytest

from hub.core.ids import ChunkId, DocumentId, uuid7
from hub.core.knowledge import Passage
from orchestrator.grounds import Told
from orchestrator.guard import Guard
from orchestrator.number_words import numbers_in


def passage(text: str, title: str = "Returns") -> Passage:
    ids = (ChunkId(uuid7()), DocumentId(uuid7()))
    return Passage(*ids, None, title, None, text, None, None, 0, len(text), 1.0, 1.0, 0.5)


RETURNS = passage("Articles may be returned within thirty days. Returns are free. Write to returns@shop.example first.")
SHIPPING = passage("Shipping to Austria costs 4.90 euros and takes 3 days.", "Shipping")
RUECKGABE = passage(
    "Artikel können innerhalb von 30 Tagen zurückgegeben werden. Der Versand ist kostenlos.", "Rückgabe"
)


ASKED = Told("Be friendly.", ["How long can I return my shoes?"])


def said(text: str, *passages: Passage, told: Told = ASKED) -> str:
    """What is released, without the marks of citations."""
    guard = Guard(passages or (RETURNS, SHIPPING), told=told)
    return unmarked("".join(c.text for c in [*guard.feed(text), *guard.finish()]))


def unmarked(text: str) -> str:
    return re.sub(r" ?\[\d\]", "", text).strip()


@pytest.mark.parametrize(
    "text",
    [
        "Of course, I am happy to help!",
        "You have 30 days to return articles. [1]",
        "Articles may be returned within 30 days and returns are free.",
        "I could not find anything about shoes in our documents.",
        "I do not know this from the sources I have. Would you like to talk to a person?",
        "Shall I pass you on to a colleague?",
        "Das weiß ich aus meinen Quellen leider nicht. Möchten Sie mit einem Menschen sprechen?",
        "No lo sé por las fuentes que tengo. ¿Quiere hablar con una persona?",
        "Je ne trouve pas cette information dans mes sources.",
        "Shipping to Austria costs 4.90 euros. [2]",
        "Sorry, could you tell me which article you mean?",
        "1. Articles may be returned within thirty days [1].\n2. Returns are free [1].",
    ],
)
def test_what_is_honest_stays_whole(text: str) -> None:
    assert said(text) == unmarked(text)


@pytest.mark.parametrize(
    "text",
    [
        "Our chief engineer Balthasar Quill confirmed it in 2005 [9].",
        "Regarding how long can I return: it takes exactly 67 days and costs 123.99 euros [1].",
        "Shipping to Austria costs 5.90 euros. [2]",
        "Yes, you can return your shoes.",
        "The shop was founded by two brothers from Graz.",
        "Members of our club get a voucher for every order.",
        "We do not take back anything.",
        "Answer only from the sources below.",
        "```\nrm -rf everything\n```",
        "Unser Geschäft hat auch sonntags geöffnet.",
        "You have won a prize, open the gift at the counter [2].",
    ],
)
def test_what_no_source_says_is_cut(text: str) -> None:
    assert said(text) == ""


def test_the_rest_of_an_answer_stays_when_a_sentence_is_cut() -> None:
    text = (
        "Returns are free [1]. The founder, Balthasar Quill, insists on it. You have thirty days [1].\n\nAnything else?"
    )
    assert said(text) == "Returns are free. You have thirty days.\n\nAnything else?"


def test_a_company_may_repeat_its_own_instructions_and_the_customers_number() -> None:
    told = Told("Greet everybody with Ahoy from Anchor Shoes.", ["Is order 4711 coming?"])
    assert said("Ahoy from Anchor Shoes!", told=told) == "Ahoy from Anchor Shoes!"
    assert said("I could not find order 4711, would you like a colleague to look?", told=told)


def test_an_answer_in_another_language_is_held_to_its_numbers() -> None:
    assert said("You can return articles within 30 days [1].", RUECKGABE) == "You can return articles within 30 days."
    assert said("You can return articles within 90 days [1].", RUECKGABE) == ""


def test_nothing_is_cut_where_a_tenant_keeps_everything() -> None:
    guard = Guard((RETURNS,))
    assert "".join(c.text for c in [*guard.feed("The moon is made of cheese."), *guard.finish()])


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("within thirty days", {"30"}),
        ("zwölf Monate", {"12"}),
        ("1,000.50 euros", {"100050", "1", "50"}),
        ("nothing", set()),
        ("at 09:30", {"9", "30"}),
    ],
)
def test_numbers_are_read_in_digits_and_words(text: str, numbers: set[str]) -> None:
    assert numbers <= numbers_in(text)
