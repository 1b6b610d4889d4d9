"""How the cost of a message grows with tenants and with what is stored already. Flat is the aim.

Whole turns (webhook, stored, claimed, answered, sent) by one process, round the tenants in turn, at each size. Stored
messages are made by a seeded fill in SQL: conversations of ten messages with their inbox rows, spread over the tenants.
Cost is processor time, of the hub and of PostgreSQL, a turn. The baseline is bare aiohttp with one INSERT, each time.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
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


class Stage:
    """Runs turns at the present size and notes what they cost."""

    def __init__(self, db: Database, bare_port: int, hub: tuple[int, int], telegram: Telegram, n: int) -> None:
        self._db, self._bare_port, self._telegram, self._n = db, bare_port, telegram, n
        self._port, self._pid = hub

    async def run(self, paths: list[str], repeat: int, name: str, report: Report) -> tuple[list[float], list[float]]:
        """The hub's and PostgreSQL's processor time, us a turn, run by run."""
        bare, rates, ours, theirs = [], [], [], []
        for turn in range(repeat + 1):
            job = load.Job(self._bare_port, PATH, "bare", self._n, _IN_FLIGHT, next(_numbers) * 1_000_000, 10**9)
            rate = (await asyncio.to_thread(load.run, job)).rate
            before, used, served_by = len(self._telegram.at), cpu_seconds(self._pid), self._db.used()
            started = time.perf_counter()
            wide = spread.Spread(self._port, paths, self._n, _IN_FLIGHT, next(_numbers) * 1_000_000, 10**9)
            await asyncio.to_thread(spread.run, wide)
            await self._telegram.until(before + self._n)
            took = self._telegram.at[before + self._n - 1] - started
            await asyncio.sleep(0.5)
            if turn:
                bare.append(rate)
                rates.append(self._n / took)
                ours.append((cpu_seconds(self._pid) - used) / self._n * 1e6)
                theirs.append((self._db.used() - served_by) / self._n * 1e6)
        report.add_ratio(f"{name}: turns / bare", rates, bare)
        report.add(f"{name}: processor time, hub", ours, "us a turn")
        report.add(f"{name}: processor time, PostgreSQL", theirs, "us a turn")
        return ours, theirs


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
            stage = Stage(db, bare_port, (port, hub.pid), telegram, n)
            costs: dict[str, tuple[list[float], list[float]]] = {}
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
