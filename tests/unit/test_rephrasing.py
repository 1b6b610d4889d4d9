"""Other wordings of a question: what is taken from a model's answer, and which words are searched for first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from hub.core.ids import TenantId
from hub.core.knowledge import Passage
from orchestrator.rephrase import wordings
from orchestrator.retrieve import find_passages

TENANT = TenantId(UUID(int=1))


@dataclass
class Nothing:
    passages: tuple[Passage, ...] = ()


@dataclass
class Listening:
    """A search that finds nothing and remembers what was looked for."""

    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    async def search(self, tenant: TenantId, query: str, *, k: int, also: Sequence[str] = ()) -> Nothing:
        self.asked.append((query, tuple(also)))
        return Nothing()


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            '{"queries": [" How long\\n does it take? ", "How long does it take?", "asked", 7, ""]}',
            ["How long does it take?"],
        ),
        ('{"queries": ["a", "b", "c", "d"]}', ["a", "b", "c"]),
        ('{"queries": "a"}', ["a"]),
        ("", []),
        ("Sure! Here are some queries.", []),
        ('{"answer": []}', []),
        ("[]", []),
    ],
)
def test_what_is_no_wording_is_left_out(told: str, expected: list[str]) -> None:
    assert wordings(told, "asked") == expected


async def test_a_models_wordings_are_searched_for_before_the_customers_own() -> None:
    search = Listening()
    await find_passages(search, TENANT, "How much?", ["Do you ship to Iceland?"], 5, ["Price to Iceland?", "b"])
    assert search.asked == [("Price to Iceland?", ("b",))], "words that say nothing by themselves are left out"
    long = "What does the parcel to Iceland cost altogether?"
    search.asked.clear()
    await find_passages(search, TENANT, long, [], 5, ["Price to Iceland?"])
    assert search.asked == [("Price to Iceland?", (long,))]


async def test_without_wordings_the_earlier_messages_lead_a_short_one() -> None:
    search = Listening()
    await find_passages(search, TENANT, "How much?", ["Do you ship to Iceland?"], 5)
    assert search.asked == [("Do you ship to Iceland?\nHow much?", ())]


async def test_several_questions_are_searched_for_each_and_together() -> None:
    search = Listening()
    asked = "Which countries do parcels reach? How long does shipping to Iceland take?"
    await find_passages(search, TENANT, asked, [], 5, ["Shipping to Iceland: countries and time"])
    assert len(search.asked) == 3 and search.asked[-1] == ("Shipping to Iceland: countries and time", ())
