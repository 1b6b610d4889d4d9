"""The simulator's small tasks: ranking by shared words, rare ones and those that stand together counting more."""

from __future__ import annotations

import json

from hub.simulator.model.tasks import ranking


def test_passages_get_a_score_each_and_rare_words_count_more() -> None:
    passages = ["Shipping is free.", "Shipping to Iceland takes a week.", "We ship to Norway.", "Our shop is red."]
    numbered = "\n\n".join(f"[{n}] {text}" for n, text in enumerate(passages, start=1))
    scores = json.loads(ranking(f"Query: shipping to Iceland\n\nPassages:\n\n{numbered}"))["scores"]
    assert len(scores) == 4 and all(0 <= score <= 10 for score in scores)
    assert scores[1] > scores[0] > scores[3] == 0


def test_nothing_is_scored_where_nothing_is_shown() -> None:
    assert json.loads(ranking("What is this?")) == {"scores": []}
