"""The fault bars in small: real processes, killed and starved for real, judged by the simulator's record.

``make test-faults`` runs them in their full size. Here all share one hub, and the product's longest waits are shorter.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from support.database import clone, end_server, start_server
from support.faults.run import BARS, SHORTER
from support.faults.sabotage import POINTS, find
from support.faults.world import World, world
from support.test_run import run_folder

pytestmark = [pytest.mark.redis, pytest.mark.timeout(900)]
SEED = 7
ALONE = {"B8", "B18"}
"""Bars for ``make test-faults`` alone: in small they prove little. Mutations are tested channel by channel, too."""


@pytest.fixture(scope="module")
async def hub(worker_id: str) -> AsyncIterator[World]:
    folder = run_folder() / f"faults-{worker_id}"
    folder.mkdir(mode=0o711)
    server = start_server(folder)  # one that may be broken without breaking other tests
    try:
        database = await clone(server, "faults")
        async with world(seed=SEED, folder=folder, database=database, server=server, **SHORTER) as made:
            yield made
    finally:
        end_server(folder)


@pytest.mark.parametrize("point", POINTS)
def test_every_crash_point_is_still_a_place_in_the_code(point: str) -> None:
    owner, name, _ = find(POINTS[point].target)
    assert callable(getattr(owner, name))


@pytest.mark.parametrize("bar", [bar for bar in BARS if bar.id not in ALONE], ids=lambda bar: bar.id)
async def test_a_bar_holds(hub: World, bar) -> None:
    outcome = await bar.measure(hub, short=True)
    print(f"{bar.id} seed {SEED}: {outcome.told}")
    assert not outcome.failures
