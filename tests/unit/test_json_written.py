"""JSON for the database: what outsiders may send that JSON libraries refuse is still kept."""

import json

import pytest

from hub.store.written import written


@pytest.mark.parametrize("number", [2**64, -(2**63) - 1, 10**30])
def test_a_number_beyond_64_bits_is_kept_as_text(number: int) -> None:
    assert json.loads(written([{"raw": {"n": number, "m": 1}}])) == [{"raw": {"n": str(number), "m": 1}}]


@pytest.mark.parametrize("number", [2**64 - 1, -(2**63), 0])
def test_other_numbers_stay_numbers(number: int) -> None:
    assert json.loads(written([number, 10**30])) == [number, str(10**30)]


def test_what_nests_too_deeply_is_cut_off_and_the_rest_kept() -> None:
    deep: object = "end"
    for _ in range(1000):
        deep = [deep]
    kept = json.loads(written({"deep": deep, "text": "hello"}))
    assert kept["text"] == "hello"
    assert "end" not in json.dumps(kept)
