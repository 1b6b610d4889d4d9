"""The fault bars: ``python -m support.faults.run [--seeds N] [--seed S] [--only B1,B5] [--short] [--write]``.

Prints the table, with the seed of each run; a run is repeated with ``--seed``. ``--write`` puts what was measured into
docs/reliability.md. Exit code 1 when a bar does not hold. ``--only soak`` mixes all faults for half an hour
(``--short``: five minutes); it is not among the bars that run by themselves.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from support.database import Server, clone, drop, end_server, start_server
from support.faults import flood, floor, inputs, kills, outages, platform_troubles, poison
from support.faults.bar import Bar, Outcome
from support.faults.report import Row, print_table, write_rows
from support.faults.soak import SOAK
from support.faults.world import world

BARS: tuple[Bar, ...] = tuple(
    sorted(
        (*kills.BARS, *platform_troubles.BARS, *outages.BARS, *floor.BARS, *poison.BARS, *inputs.BARS, *flood.BARS),
        key=lambda bar: (int(bar.id[1:].rstrip("b")), bar.id),
    )
)
SHORTER = {
    "hub.inbox.deliver.LEASE_SECONDS": 9.0,
    "hub.inbox.deliver.ECHO_SECONDS": 4.0,
    "hub.inbox.lane.LEASE_SECONDS": 6.0,
    "hub.inbox.lane.RENEW_SECONDS": 2.0,
    "hub.run.background.TURN_LEASE": 6.0,
    "hub.run.background.DELIVERY_LEASE": 5.0,
}
"""The product's waits, shortened where a short run could not sit them out."""


async def measure(bar: Bar, server: Server, folder: Path, seed: int, *, short: bool) -> Outcome:
    """One bar in a world of its own."""
    name = f"faults_{bar.id.lower()}_{seed}_{time.monotonic_ns()}"
    own = folder / name
    own.mkdir()
    database = await clone(server, name)
    try:
        async with world(seed=seed, folder=own, database=database, server=server, **(SHORTER if short else {})) as made:
            return await bar.measure(made, short=short)
    finally:
        await drop(server, name)


async def run(bars: Sequence[Bar], seeds: Sequence[int], folder: Path, *, short: bool) -> list[Row]:
    server = start_server()
    rows = []
    for bar in bars:
        outcomes = []
        for seed in seeds:
            print(f"{bar.id} seed {seed}: {bar.fault}", flush=True)
            began = time.monotonic()
            try:
                outcome = await measure(bar, server, folder, seed, short=short)
            except Exception as error:  # one bar that cannot be run says so, and the next one runs
                traceback.print_exc()
                outcome = Outcome("it broke off", (f"{type(error).__name__}: {error}"[:1000],))
            outcomes.append(outcome)
            verdict = "holds" if outcome.held else "DOES NOT HOLD"
            print(f"    {outcome.told}\n    {verdict} ({time.monotonic() - began:.0f} s)", flush=True)
            for failure in outcome.failures:
                print(f"    - {failure}", flush=True)
        rows.append(Row(bar, tuple(seeds), tuple(outcomes)))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds, one after another")
    parser.add_argument("--only", default="", help="bars by id, with commas between")
    parser.add_argument("--short", action="store_true", help="small sizes, as in the test suite")
    parser.add_argument("--keep", type=Path, help="a folder to keep the processes' logs in")
    parser.add_argument("--write", action="store_true", help="put the rows into docs/reliability.md")
    options = parser.parse_args()
    wanted = {name.strip() for name in options.only.split(",") if name.strip()}
    known = (*BARS, SOAK)
    unknown = wanted - {bar.id for bar in known}
    if unknown:
        parser.error(f"there is no bar {', '.join(sorted(unknown))}; there are {', '.join(b.id for b in known)}")
    bars = [bar for bar in known if bar.id in wanted] if wanted else list(BARS)
    with tempfile.TemporaryDirectory(prefix="switchboard-faults-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        os.environ |= {"SWITCHBOARD_TEST_RUN": name, "SWITCHBOARD_TEST_OWNER": str(os.getpid())}
        seeds = range(options.seed, options.seed + options.seeds)
        try:
            rows = asyncio.run(run(bars, seeds, folder, short=options.short))
        finally:
            end_server(folder)
            if options.keep is not None:
                for log in folder.rglob("*.log"):
                    kept = options.keep / log.relative_to(folder)
                    kept.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(log, kept)
    print_table(rows)
    if options.write:
        write_rows(rows)
    sys.exit(0 if all(row.held for row in rows) else 1)


if __name__ == "__main__":
    main()
