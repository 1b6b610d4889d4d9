"""How the cost of a message grows with tenants and with what is stored already. Flat is the aim.

Whole turns (webhook, stored, claimed, answered, sent) by one process, round the tenants in turn, at each size. Stored
messages are made by a seeded fill in SQL: conversations of ten messages with their inbox rows, spread over the tenants.
Cost is processor time, of the hub and of PostgreSQL, a turn. The baseline is bare aiohttp with one INSERT, each time.
What grows is told in multiples of what a bare request costs its own process and PostgreSQL in the same minute: a
machine's speed drifts by more than what is looked for here.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from bench import load, spread
from bench.bare_server import PATH
from bench.machine import cpu_seconds, environment, free_port, hub_server, process, wait_until_ready, workspace
from bench.report import Report, options
from bench.site import Site
from bench.stand_ins import Telegram, served
from hub.run.embedded import EmbeddedPostgres
from hub.run.embedded.cluster import SUPERUSER, load_passwords
from hub.store.migrate import migrate

_IN_FLIGHT = 16
_BARE_A_TURN = 10
"""Requests to the baseline for each turn: they cost so little that fewer could not be told from the clock's steps."""
_numbers = count(1)
_FILL = (
    # Row by row what a conversation of ten messages leaves, by arithmetic from its number: the same every time.
    """insert into hub.conversation(id, tenant_id, channel_id, thread_key, last_seq, last_message_at, last_inbound_at)
         select md5('c' || n)::uuid, c.tenant_id, c.id, 'old-' || n, 10, now() - n * interval '1 s', now()
           from generate_series($1::int, $2::int) n
           join (select id, tenant_id, row_number() over (order by id) - 1 as place, count(*) over () as many
                   from hub.channel) c on c.place = n % c.many""",
    """insert into hub.message(id, tenant_id, conversation_id, seq, direction, author_kind, kind, parts, status, at)
         select md5('m' || n || '-' || s)::uuid, c.tenant_id, c.id, s, case s % 2 when 1 then 'in' else 'out' end,
                case s % 2 when 1 then 'contact' else 'bot' end, 'message',
                jsonb_build_array(jsonb_build_object('type', 'text', 'text', 'Where is my order ' || n || '?')),
                case s % 2 when 1 then 'received' else 'sent' end, now() - n * interval '1 s'
           from generate_series($1::int, $2::int) n join hub.conversation c on c.id = md5('c' || n)::uuid
          cross join generate_series(1, 10) s""",
    """insert into hub.inbox(id, tenant_id, channel_id, platform_id, type, event, conversation_id, message_id, outcome,
                             done_at)
         select md5('i' || m.id)::uuid, m.tenant_id, c.channel_id, 'old-' || m.id, 'message', '{}', c.id, m.id,
                'answered', now()
           from generate_series($1::int, $2::int) n join hub.conversation c on c.id = md5('c' || n)::uuid
           join hub.message m on m.conversation_id = c.id and m.direction = 'in'""",
)


class Database:
    """An embedded PostgreSQL of the measurement's own."""

    def __init__(self, folder: Path) -> None:
        self._server = EmbeddedPostgres(folder)
        self._folder = folder
        self._filled = 0

    async def __aenter__(self) -> Database:
        await self._server.start()
        await migrate(self._server.database_url)
        parts = urlsplit(self._server.database_url)
        password = load_passwords(self._folder / "postgres.passwords").superuser
        self.url = self._server.database_url
        self.above = f"postgresql://{SUPERUSER}:{password}@{parts.hostname}:{parts.port}{parts.path}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop()

    async def fill(self, messages: int) -> None:
        """Have at least so many old messages."""
        connection = await asyncpg.connect(self.above)
        try:
            await connection.execute("set session_replication_role = replica; set synchronous_commit = off")
            wanted = messages // 10
            while self._filled < wanted:
                upto = min(wanted, self._filled + 10_000)
                for sql in _FILL:
                    await connection.execute(sql, self._filled + 1, upto)
                self._filled = upto
            await connection.execute("vacuum analyze")
        finally:
            await connection.close()

    def used(self) -> float:
        """Processor seconds of the server, ended backends included."""
        pid = self._server.pid or 0
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ended = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[13:15]
        return sum(cpu_seconds(int(one)) for one in children) + sum(map(int, ended)) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Figures:
    """One run: how many a second, and what one took of the processor, in us: the server's own and PostgreSQL's."""

    rate: float
    own: float
    database: float


Costs = Sequence[float]
"""Multiples of a bare request, run by run."""


class Stage:
    """Runs turns at the present size and notes what they cost."""

    def __init__(self, db: Database, bare: tuple[int, int], hub: tuple[int, int], telegram: Telegram, n: int) -> None:
        self._db, self._telegram, self._n = db, telegram, n
        self._bare_port, self._bare_pid = bare
        self._port, self._pid = hub

    async def run(self, paths: list[str], repeat: int, name: str, report: Report) -> tuple[Costs, Costs]:
        """What a turn costs the hub and PostgreSQL, in multiples of a bare request, run by run."""
        bare, turns = list[Figures](), list[Figures]()
        for again in range(repeat + 1):
            one, other = await self._bare(), await self._turns(paths)
            if again:
                bare.append(one)
                turns.append(other)
        report.add_ratio(f"{name}: turns / bare", [f.rate for f in turns], [f.rate for f in bare])
        report.add(f"{name}: processor time, hub", [f.own for f in turns], "us a turn")
        report.add(f"{name}: processor time, PostgreSQL", [f.database for f in turns], "us a turn")
        own = report.add_ratio(f"{name}: hub / bare, processor time", [f.own for f in turns], [f.own for f in bare])
        database = report.add_ratio(
            f"{name}: PostgreSQL / bare, processor time", [f.database for f in turns], [f.database for f in bare]
        )
        return own.samples, database.samples

    async def _bare(self) -> Figures:
        n = self._n * _BARE_A_TURN
        job = load.Job(self._bare_port, PATH, "bare", n, _IN_FLIGHT, next(_numbers) * 1_000_000, 10**9)
        before = self._spent(self._bare_pid)
        rate = (await asyncio.to_thread(load.run, job)).rate
        return self._figures(rate, n, before, self._spent(self._bare_pid))

    async def _turns(self, paths: list[str]) -> Figures:
        sent, before = len(self._telegram.at), self._spent(self._pid)
        started = time.perf_counter()
        wide = spread.Spread(self._port, paths, self._n, _IN_FLIGHT, next(_numbers) * 1_000_000, 10**9)
        await asyncio.to_thread(spread.run, wide)
        await self._telegram.until(sent + self._n)
        rate = self._n / (self._telegram.at[sent + self._n - 1] - started)
        await asyncio.sleep(0.5)  # what is written down after the last reply belongs to its turn
        return self._figures(rate, self._n, before, self._spent(self._pid))

    def _spent(self, pid: int) -> tuple[float, float]:
        """Processor seconds of a server and of PostgreSQL until now."""
        return cpu_seconds(pid), self._db.used()

    @staticmethod
    def _figures(rate: float, n: int, before: tuple[float, float], after: tuple[float, float]) -> Figures:
        own, database = ((b - a) / n * 1e6 for a, b in zip(before, after, strict=True))
        return Figures(rate, own, database)


async def measure(folder: Path, tenants: list[int], messages: list[int], n: int, repeat: int, report: Report) -> None:
    telegram, bare_port = Telegram(), free_port()
    async with Database(folder / "database") as db, served(telegram.app()) as telegram_url:
        bare_command = [sys.executable, "-m", "bench.bare_server", str(bare_port), db.url]
        with (
            hub_server(db.url, folder / "data", HUB_TELEGRAM_API_URL=telegram_url) as (port, hub),
            process(bare_command, environment(None, folder), folder) as bare_child,
        ):
            await asyncio.to_thread(wait_until_ready, bare_port, bare_child)
            site, paths = Site(port), list[str]()
            stage = Stage(db, (bare_port, bare_child.pid), (port, hub.pid), telegram, n)
            costs: dict[str, tuple[Costs, Costs]] = {}
            for many in tenants:
                await asyncio.to_thread(add_tenants, site, paths, many)
                name = f"{many:,} tenants"
                costs[name] = await stage.run(paths, repeat, name, report)
            for stored in messages:
                started = time.perf_counter()
                await db.fill(stored)
                if (took := time.perf_counter() - started) > 1:
                    report.notes.append(f"{stored:,} stored messages filled in {took:.0f} s.")
                name = f"{stored:,} stored messages"
                costs[name] = await stage.run(paths, repeat, name, report)
            for first, last in ((tenants[0], tenants[-1]), (messages[0], messages[-1])):
                word = "tenants" if (first, last) == (tenants[0], tenants[-1]) else "stored messages"
                low, high = costs[f"{first:,} {word}"], costs[f"{last:,} {word}"]
                report.add_ratio(f"{last:,} / {first:,} {word}: hub", high[0], low[0], "1")
                report.add_ratio(f"{last:,} / {first:,} {word}: PostgreSQL", high[1], low[1], "1")


def add_tenants(site: Site, paths: list[str], many: int) -> None:
    """Have so many tenants, each with a Telegram bot."""
    while len(paths) < many:
        number = len(paths) + 1
        paths.append(site.telegram(site.tenant(f"bench-{number}", use_knowledge=False), 100_000 + number))


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--tenants", type=int, nargs="+", default=[10, 100, 1000], help="(default 10 100 1000)")
    parser.add_argument("--messages", type=int, nargs="+", default=[1000, 1_000_000], help="(default 1000 1000000)")
    parser.add_argument("--turns", type=int, default=200, help="turns a run (default 200)")
    parser.add_argument("--repeat", type=int, default=3, help="repetitions (default 3)")
    given = parser.parse_args()
    report = Report("growth", "What size costs")
    with workspace() as folder:
        (folder / "data").mkdir()
        work = measure(folder, given.tenants, given.messages, given.turns, given.repeat, report)
        asyncio.run(work)
    report.tell(given)


if __name__ == "__main__":
    main()
