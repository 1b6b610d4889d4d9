"""Our own ids: UUIDs of version 7, in order of time."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import RFC_4122, UUID

import pytest

from hub.core import ids as made_here
from hub.core.ids import uuid7, uuid7_texts, uuid7s


def test_ids_drawn_at_once_are_distinct_rising_and_of_version_seven() -> None:
    drawn = [uuid7s(8, datetime(2026, 11, 28, tzinfo=UTC)) for _ in range(500)]
    assert len({id for ids in drawn for id in ids}) == 4000
    for ids in drawn:
        assert ids == sorted(ids)
        assert {(id.version, id.variant) for id in ids} == {(7, RFC_4122)}


def test_an_id_tells_its_moment_to_the_millisecond() -> None:
    moment = datetime(2026, 11, 28, 12, 30, 15, 250_000, tzinfo=UTC)
    assert uuid7(moment).int >> 80 == int(moment.timestamp() * 1000)
    assert uuid7(datetime(2026, 11, 28, tzinfo=UTC)) < uuid7(moment)


def test_each_id_is_greater_than_those_before_it():
    made = [uuid7() for _ in range(5_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert all(id.version == 7 and id.variant == made[0].variant for id in made)


def test_written_ids_are_the_same_kind_of_ids():
    drawn = [uuid7_texts(8) for _ in range(500)]
    made = [UUID(text) for texts in drawn for text in texts]
    assert made == sorted(made)
    assert len(set(made)) == 4000
    assert [str(id) for id in made] == [text for texts in drawn for text in texts]
    assert {(id.version, id.variant) for id in made} == {(7, RFC_4122)}


def test_written_ids_are_right_where_the_last_group_overflows(monkeypatch: pytest.MonkeyPatch):
    first = (uuid7().int | ((1 << 48) - 1)) - 2
    monkeypatch.setattr(made_here, "_reserved", lambda n: first)
    assert [UUID(text).int for text in uuid7_texts(8)] == [first + step for step in range(8)]
