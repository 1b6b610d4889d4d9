"""Ranking measures against values worked out by hand."""

import pytest

from hub.knowledge.evaluation import ndcg, quality, recall, reciprocal_rank


def test_ndcg() -> None:
    assert ndcg(["a", "b"], {"a": 1}) == 1.0
    assert ndcg(["b", "a"], {"a": 1}) == pytest.approx(0.63093, abs=1e-5)
    # (1/1 + 2/log2(3)) / (2/1 + 1/log2(3))
    assert ndcg(["a", "b"], {"a": 1, "b": 2}) == pytest.approx(0.85972, abs=1e-5)
    assert ndcg(["x"] * 10 + ["a"], {"a": 1}) == 0.0
    assert ndcg(["a"], {}) == 0.0


def test_recall_and_reciprocal_rank() -> None:
    assert recall(["a", "x", "b"], {"a": 1, "b": 1, "c": 1, "d": 0}, 2) == pytest.approx(1 / 3)
    assert reciprocal_rank(["x", "a"], {"a": 1}) == 0.5
    assert reciprocal_rank(["x"], {"a": 1}) == 0.0


def test_a_query_that_found_nothing_counts() -> None:
    result = quality({"q1": ["a"]}, {"q1": {"a": 1}, "q2": {"b": 1}, "unjudged": {}})
    assert result.queries == 2
    assert result.ndcg_at_10 == result.mrr == result.recall_at_10 == 0.5
