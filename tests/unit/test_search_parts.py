"""The small parts of a search: guessing mistyped words, choosing unlike passages, remembering results, settings."""

from uuid import UUID

import pytest

from hub.core.ids import ChunkId, DocumentId
from hub.core.knowledge import Passage
from hub.knowledge.result_cache import ResultCache
from hub.knowledge.search_settings import SearchSettings, read_search_settings
from hub.knowledge.selection import select
from hub.knowledge.spelling import distance, guesses, patterns, worth_guessing


def like(pattern: str, word: str) -> bool:
    return len(pattern) == len(word) and all(p in ("_", w) for p, w in zip(pattern, word, strict=True))


@pytest.mark.parametrize("typed", ["delvery", "deliivery", "delovery", "deilvery", "deliver", "deliveryx"])
def test_one_slip_of_the_finger_finds_the_word(typed: str) -> None:
    assert any(like(pattern, "delivery") for pattern in patterns(typed))
    assert guesses(typed, [("delivery", 3), ("dungeon", 90)]) == ["delivery"]


def test_only_unknown_words_are_guessed_at_and_codes_never() -> None:
    assert worth_guessing(["delvery", "shoe", "xr2000", "abc", "退货"], {"shoe"}) == ["delvery"]


def test_the_nearest_word_wins_then_the_commonest() -> None:
    assert guesses("parsel", [("parcel", 2), ("parser", 9), ("pastel", 9)])[0] in {"parser", "pastel"}
    assert guesses("retur", [("retour", 1), ("return", 8)]) == ["return", "retour"]
    assert guesses("shoe", [("shift", 5)]) == []


@pytest.mark.parametrize(
    ("one", "other", "edits"), [("abcd", "abcd", 0), ("abcd", "abdc", 1), ("abcd", "bcd", 1), ("abcd", "xbyd", 2)]
)
def test_distance(one: str, other: str, edits: int) -> None:
    assert distance(one, other, 2) == edits
    assert distance(one, other, 0) == min(edits, 1)


def passage(n: int, text: str, score: float) -> Passage:
    id = UUID(int=n)
    return Passage(ChunkId(id), DocumentId(id), None, "t", None, text, None, None, 0, len(text), score, score, None)


RETURNS = "shoes may come back within thirty days of the day on which they were bought in our shop"
SAME = RETURNS + " or later"
OTHER = "parcels are sent by post every morning and arrive within a week in all of the country"


def test_near_identical_passages_are_shown_once() -> None:
    found = select(
        [passage(1, RETURNS, 3), passage(2, RETURNS.replace("shoes", "shoes ").upper(), 2), passage(3, OTHER, 1)], 3
    )
    assert [p.chunk_id.int for p in found] == [1, 3]


def test_diversity_prefers_another_subject_to_the_same_again() -> None:
    found = [passage(1, RETURNS, 3.0), passage(2, SAME, 2.9), passage(3, OTHER, 2.0)]
    assert [p.chunk_id.int for p in select(found, 2)] == [1, 2]
    assert [p.chunk_id.int for p in select(found, 2, diversity=0.7)] == [1, 3]


def test_the_cache_forgets_by_age_and_by_use() -> None:
    clock = [0.0]
    cache: ResultCache[str] = ResultCache(size=2, ttl=300, now=lambda: clock[0])
    cache.put("a", "A")
    cache.put("b", "B")
    assert cache.get("a") == "A"
    cache.put("c", "C")
    assert (cache.get("b"), len(cache)) == (None, 2)
    clock[0] = 300.0
    assert cache.get("a") is None


def test_a_bad_setting_falls_back_alone() -> None:
    found = read_search_settings({"search": {"vector_weight": 7, "diversity": 0.5, "unknown": 1}})
    assert found == SearchSettings(diversity=0.5)
    assert read_search_settings({"search": "fast"}) == SearchSettings()
