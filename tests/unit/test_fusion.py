"""Two legs become one ranking, by numbers worked out by hand."""

import pytest

from hub.knowledge.fusion import fuse_ranks, fuse_scores, vector_weight


def test_scores_are_normalised_before_they_are_weighed() -> None:
    # Keyword z: 1.2247, 0, -1.2247; vector z: -1.2247, 0, 1.2247, whatever their scales.
    fused = dict(fuse_scores({"a": 30.0, "b": 20.0, "c": 10.0}, {"a": 0.1, "b": 0.2, "c": 0.3}, weight=0.7))
    assert fused["c"] == pytest.approx(0.4 * 1.224745, abs=1e-5)
    assert fused["b"] == pytest.approx(0.0, abs=1e-9)
    assert fused["a"] == pytest.approx(-0.4 * 1.224745, abs=1e-5)


def test_the_vector_leg_leads_by_default_and_follows_for_a_foreign_language() -> None:
    keyword, vector = {"a": 3.0, "b": 1.0}, {"a": 0.1, "b": 0.9}
    assert fuse_scores(keyword, vector, weight=vector_weight("en", {"en"}))[0][0] == "b"
    assert fuse_scores(keyword, vector, weight=vector_weight("de", {"en"}))[0][0] == "a"


@pytest.mark.parametrize(("language", "known"), [("en", {"en"}), (None, {"en"}), ("de", set())])
def test_full_weight_where_the_embedder_knows_the_language(language: str | None, known: set[str]) -> None:
    assert vector_weight(language, known) == 0.7


@pytest.mark.parametrize(
    ("language", "held", "weight"),
    [("de", {"de"}, 0.3), ("de", {"en"}, 0.5), ("zh", {"zh"}, 0.05), ("hi", {"en"}, 0.2), ("zh", (), 0.05)],
)
def test_an_unknown_language_counts_by_its_script_and_by_what_the_knowledge_holds(
    language: str, held: set[str], weight: float
) -> None:
    assert vector_weight(language, {"en"}, held) == weight
    assert vector_weight(language, {"en"}, held, abroad=0.9) == 0.9
    assert vector_weight(language, {"en", language}, held) == 0.7


def test_mean_and_deviation_come_from_the_best_alone() -> None:
    keyword = {"a": 4.0, "b": 2.0, "c": -100.0}
    fused = dict(fuse_scores(keyword, {}, weight=0.0, depth=2))
    assert fused["a"] == pytest.approx(1.0)
    assert fused["b"] == pytest.approx(-1.0)
    assert fused["c"] == pytest.approx(-103.0)


def test_one_empty_or_flat_leg_leaves_the_order_to_the_other() -> None:
    assert [key for key, _ in fuse_scores({}, {"a": 0.1, "b": 0.9})] == ["b", "a"]
    assert [key for key, _ in fuse_scores({"a": 1.0, "b": 1.0}, {"a": 0.1, "b": 0.9})] == ["b", "a"]
    assert fuse_scores({}, {}) == []


def test_a_candidate_one_leg_lacks_counts_as_that_legs_lowest() -> None:
    fused = dict(fuse_scores({"a": 2.0, "b": 1.0}, {"a": 0.5, "b": 0.4, "c": 0.3}, weight=0.5))
    assert fused["c"] < fused["b"] < fused["a"]


def test_reciprocal_ranks() -> None:
    fused = dict(fuse_ranks([(0.7, ["a", "b"]), (0.3, ["b", "c"])]))
    assert fused["a"] == pytest.approx(0.7 / 61)
    assert fused["b"] == pytest.approx(0.7 / 62 + 0.3 / 61)
    assert fused["c"] == pytest.approx(0.3 / 62)
