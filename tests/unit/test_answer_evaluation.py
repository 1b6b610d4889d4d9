"""Judging answers: what has no ground, and what the counts say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.core.errors import Invalid
from hub.core.ids import ChunkId, DocumentId, uuid7
from hub.core.knowledge import Passage
from orchestrator.evaluation import Case, Counts, Outcome, count, read_cases, without_ground

TEXT = "Articles may be returned within thirty days. Returns cost 4.90 euros in Austria."
PASSAGE = Passage(
    ChunkId(uuid7()), DocumentId(uuid7()), None, "Returns", None, TEXT, None, None, 0, len(TEXT), 1.0, 1.0, 0.5
)


@pytest.mark.parametrize(
    "sentence",
    [
        "Articles may be returned within thirty days [1].",
        "You may return articles in thirty days.",
        "Returns in Austria cost 4.90 euros.",
        "I do not know this from the sources I have.",
        "Would you like to talk to our chief engineer?",
        "Yes.",
    ],
)
def test_what_the_passages_bear_out_or_claims_nothing_has_ground(sentence: str) -> None:
    assert without_ground(sentence, [PASSAGE]) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "Returns in Austria cost 5.90 euros.",
        "Our chief engineer confirmed the guarantee personally.",
        "It takes 14 days [1].",
    ],
)
def test_other_numbers_and_other_words_have_none(sentence: str) -> None:
    assert len(without_ground(f"Articles may be returned. {sentence}", [PASSAGE])) == 1


def test_each_question_counts_once_where_it_belongs() -> None:
    able, unable = Case("a", "?", ("returns.md",)), Case("u", "?", ())

    def ended(case: Case, kind: str, right: bool = False, made_up: int = 0, reached: int = 0) -> Outcome:
        return Outcome(case, kind, right, "", ("x",) * made_up, ("x",) * reached, ())

    outcomes = [
        ended(able, "answered", right=True),
        ended(able, "answered"),
        ended(able, "refused", made_up=2),
        ended(able, "handed_over"),
        ended(unable, "refused"),
        ended(unable, "handed_over"),
        ended(unable, "answered", made_up=1, reached=1),
    ]
    assert count(outcomes) == Counts(4, 1, 1, 1, 1, 3, 1, 1, 1, 3, 1)


def test_questions_are_read_and_a_bad_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(json.dumps({"_id": "1", "text": "Why?", "sources": ["a.md"]}) + '\n{"_id": "2"}\n')
    with pytest.raises(Invalid, match="line 2"):
        read_cases(file)
    file.write_text(file.read_text().splitlines()[0])
    assert read_cases(file) == [Case("1", "Why?", ("a.md",))]


def test_the_documentations_questions_name_documents_that_exist() -> None:
    root = Path(__file__).parents[2]
    cases = read_cases(root / "tests/evals/documentation_questions.jsonl")
    assert [bool(case.sources) for case in cases].count(True) == [bool(c.sources) for c in cases].count(False) == 60
    for case in cases:
        for source in case.sources:
            assert (root / "docs" / source).is_file(), (case.id, source)
