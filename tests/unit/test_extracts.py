"""Answers made of quotations: whole sentences of the passage that fits, or nothing."""

from __future__ import annotations

import pytest

from hub.core.excerpts import needed
from hub.core.ids import ChunkId, DocumentId, uuid7
from hub.core.knowledge import Passage
from orchestrator.extracts import extract


def passage(section: str, text: str, vector: float | None = None) -> Passage:
    ids = (ChunkId(uuid7()), DocumentId(uuid7()))
    return Passage(*ids, None, "Handbook", None, text, section, None, 0, len(text), 1.0, 1.0, vector)


RETURNS = (
    "## Returns\n\nArticles may be sent back\nwithin thirty days. Returns are free. "
    "The [form](how-to/form.md) is inside."
)
HOURS = "## Opening hours\n\nWe are open from nine to six. On Sundays the shop is closed."
INSTALL = "## Install\n\nInstall it with this command:\n\n```sh\nmake up\n```\n\nThen open the page."


def asked(question: str, *, vector: float | None = None) -> str | None:
    passages = [passage(t.split("\n")[0].strip("# "), t, vector) for t in (RETURNS, HOURS, INSTALL)]
    found = extract(question, passages)
    return found.text if found else None


def test_a_quotation_is_made_of_whole_sentences_without_headings_and_links() -> None:
    assert asked("Can articles be sent back?") == (
        "Articles may be sent back within thirty days. Returns are free. The form is inside. [1]"
    )


def test_the_citation_names_the_passage_and_quotes_it() -> None:
    found = extract("Is the shop closed on Sundays?", [passage("Opening hours", HOURS)])
    assert found is not None
    (citation,) = found.citations
    assert (citation.n, citation.quote) == (1, "On Sundays the shop is closed.")
    assert HOURS[citation.start : citation.end] == citation.quote


def test_code_that_a_sentence_leads_to_stays_whole_and_the_mark_stands_before_it() -> None:
    text = asked("How do I install it?")
    assert text == "Install it with this command:\n\n```sh\nmake up\n```\n\nThen open the page. [1]"
    alone = extract("How do I install it?", [passage("Install", INSTALL.removesuffix("\n\nThen open the page."))])
    assert alone is not None
    assert alone.text == "Install it with this command: [1]\n\n```sh\nmake up\n```"


@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of France?",
        "Who won the world cup?",
        "Do you sell red shoes?",
        "How do I bake bread?",
        "What is the boss's salary?",
        "Wie wird das Wetter?",
        "How does it work?",
        "???",
    ],
)
@pytest.mark.parametrize("vector", [None, 0.15])
def test_what_no_passage_answers_gets_no_answer(question: str, vector: float | None) -> None:
    assert asked(question, vector=vector) is None


def test_no_passages_no_answer() -> None:
    assert extract("Returns?", []) is None


def test_the_nearer_the_vector_the_fewer_words_are_needed_but_never_none() -> None:
    steps = [needed(cosine / 20) for cosine in range(-20, 21)]
    assert steps == sorted(steps, reverse=True)
    assert steps[-1] > 0
    assert needed(0.1) > needed(None) > needed(0.6)


def test_accents_and_endings_do_not_matter() -> None:
    found = extract(
        "¿Cuales son las devoluciones?", [passage("Devolución", "La devolución es gratis. Dura treinta días.")]
    )
    assert found is not None
    assert found.text.startswith("La devolución es gratis.")


def test_each_of_two_questions_gets_its_answer() -> None:
    found = asked("Is the shop closed on Sundays, and how do I send articles back?", vector=0.4)
    assert found is not None
    assert "On Sundays the shop is closed." in found and "Articles may be sent back within thirty days." in found


def test_a_greeting_before_the_question_does_not_hide_the_answer() -> None:
    found = asked("Hello, I was in town with my sister on holiday yesterday. Is the shop closed on Sundays?")
    assert found is not None and "On Sundays the shop is closed." in found
