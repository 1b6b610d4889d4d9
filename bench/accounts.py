"""A thousand bots, numbers, pages and workspaces in one process: what each costs in memory and in time until it is
ready to send, against the SDKs as their documentation shows them (fewer of those: they are dear).

Every measurement is a process of its own. Memory is what the process holds more than before its first account.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from bench.machine import ROOT
from bench.report import Report, options

_TOKEN = "A" * 35
Make = Callable[[int], Any]


def resident() -> float:
    """MiB this process holds in memory."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize() / 2**20


async def ours(kind: str, stack: AsyncExitStack) -> Make:
    """The product's clients of a kind, over the one shared session. Messenger has none: a call is a call."""
    from hub.security.outbound import trusted_session

    session = trusted_session()
    stack.push_async_callback(session.close)
    if kind == "telegram":
        from adapters.telegram.request import Bots

        bots = Bots(session, "http://127.0.0.1:9")
        return lambda n: bots.bot(f"{n + 1}:{_TOKEN}")
    if kind == "whatsapp":
        from adapters.whatsapp.transport import Clients as Numbers

        numbers = Numbers(session, "http://127.0.0.1:9")
        return lambda n: numbers.client(str(n), f"token-{n}")
    if kind == "slack":
        from adapters.slack.web import Clients as Workspaces

        workspaces = Workspaces(session, "http://127.0.0.1:9/api/")
        return lambda n: workspaces.client(f"xoxb-{n}")
    from adapters.messenger.graph import Graph

    return lambda _: Graph(session, "http://127.0.0.1:9")


def theirs(kind: str) -> Make:
    """The SDK's own constructor."""
    if kind == "telegram":
        from telegram import Bot

        return lambda n: Bot(f"{n + 1}:{_TOKEN}")
    if kind == "whatsapp":
        from pywa_async import WhatsApp

        return lambda n: WhatsApp(phone_id=str(n), token=f"token-{n}", server=None)
    from slack_sdk.web.async_client import AsyncWebClient

    return lambda n: AsyncWebClient(token=f"xoxb-{n}")


async def one_process(kind: str, own: bool, n: int) -> dict[str, float]:
    """Make one account to load what all share, then n more."""
    async with AsyncExitStack() as stack:
        make = await ours(kind, stack) if own else theirs(kind)
        kept = [make(n)]
        gc.collect()
        before, started = resident(), time.process_time()
        kept += [make(i) for i in range(n)]
        seconds = time.process_time() - started
        gc.collect()
        grown = resident() - before
        if len(kept) != n + 1:
            raise RuntimeError("accounts were lost")
    return {"ms": seconds / n * 1000, "kib": grown * 1024 / n}


def in_a_process(kind: str, own: bool, n: int) -> dict[str, float]:
    """The figures of one fresh process."""
    command = [sys.executable, "-m", "bench.accounts", "--one", kind, "ours" if own else "theirs", str(n)]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(told)
    return found


def measure(report: Report, n: int, rivals: int, repeat: int) -> None:
    made: list[tuple[list[float], list[float]]] = []
    for kind, what in (("telegram", "bot"), ("whatsapp", "number"), ("slack", "workspace"), ("messenger", "page")):
        own = [in_a_process(kind, True, n) for _ in range(repeat)]
        made.append(([o["kib"] for o in own], [o["ms"] for o in own]))
        report.add(f"{n:,} {what}s, memory", [o["kib"] * n / 1024 for o in own], "MiB")
        report.add(f"{n:,} {what}s, time", [o["ms"] * n for o in own], "ms")
        if kind != "messenger":
            sdk = [in_a_process(kind, False, rivals) for _ in range(repeat)]
            floor = [max(o["kib"], 0.1) for o in own]
            report.add_ratio(f"SDK's own {what} / ours, memory", [s["kib"] for s in sdk], floor)
            report.add_ratio(f"SDK's own {what} / ours, time", [s["ms"] for s in sdk], [o["ms"] for o in own])
    memory = [sum(kib[i] for kib, _ in made) * n / 1024 for i in range(repeat)]
    report.add(f"all {4 * n:,} accounts, memory", memory, "MiB")
    report.add(f"all {4 * n:,} accounts, time", [sum(ms[i] for _, ms in made) * n for i in range(repeat)], "ms")


def main() -> None:
    if len(sys.argv) == 5 and sys.argv[1] == "--one":
        logging.disable(logging.CRITICAL)
        print(json.dumps(asyncio.run(one_process(sys.argv[2], sys.argv[3] == "ours", int(sys.argv[4])))))
        return
    parser = options(__doc__)
    parser.add_argument("--accounts", type=int, default=1000, help="accounts of each kind (default 1000)")
    parser.add_argument("--rivals", type=int, default=30, help="clients the SDKs make by themselves (default 30)")
    parser.add_argument("--repeat", type=int, default=3, help="repetitions (default 3)")
    given: argparse.Namespace = parser.parse_args()
    report = Report("accounts", "A thousand accounts in one process")
    measure(report, given.accounts, given.rivals, given.repeat)
    report.tell(given)


if __name__ == "__main__":
    main()
