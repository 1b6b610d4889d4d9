"""Starts processes of the product by forking one that has loaded it: a hub process in tenths of a second.

``python -m support.faults.nursery`` reads one JSON line a command from standard input, ``{id, argv, env, log, cwd}``,
and tells on standard output ``{started: id, pid}`` and later ``{ended: pid, code}`` (negative: the signal). A child is
``hub ARGV`` as ``hub.run.cli.main`` runs it, with what ``support.faults.sabotage`` puts into it where the environment
asks for that. The product itself knows nothing of either.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.faults.platforms import end_with_parent

ROOT = Path(__file__).parents[3]
_LOADED = (
    "hub.run.cli", "hub.run.cli.serving", "hub.run.house", "hub.run.process", "hub.run.web", "hub.run.background",
    "openai", "uvloop", "asyncpg", "redis.asyncio", "arq", "socketio", "telegram", "pywa", "slack_sdk",
)  # fmt: skip


def _child(command: Mapping[str, Any]) -> None:
    """Become ``hub ARGV``. Never returns."""
    code = 1
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        end_with_parent()
        log = os.open(command["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(source, target)
        os.environ.clear()
        os.environ.update(command["env"])
        os.chdir(command["cwd"])
        sys.argv = ["hub", *command["argv"]]
        from support.faults import sabotage

        sabotage.install()
        from hub.run.cli import main

        main()
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 0 if error.code is None else 1
    except BaseException:
        traceback.print_exc()
    with contextlib.suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def _tell(fact: Mapping[str, Any]) -> None:
    print(json.dumps(fact), flush=True)


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            _tell({"ended": pid, "code": os.waitstatus_to_exitcode(status)})


def _serve() -> None:
    for name in _LOADED:
        with contextlib.suppress(ImportError):
            __import__(name)
    from hub.llm import openai_chat, openai_client  # noqa: F401  # loaded by a process at its first question otherwise

    gc.freeze()
    _tell({"ready": os.getpid()})
    waiting = b""
    while True:
        readable, _, _ = select.select([0], [], [], 0.02)
        _reap()
        if not readable:
            continue
        read = os.read(0, 1 << 16)
        if not read:
            return
        *lines, waiting = (waiting + read).split(b"\n")
        for line in lines:
            command = json.loads(line)
            pid = os.fork()
            if pid == 0:
                _child(command)
            _tell({"started": command["id"], "pid": pid})


@dataclass(eq=False)
class HubProcess:
    """A process of the product. ``code`` is how it ended: None while it runs, negative for a signal. ``key`` is what a
    worker shows the model."""

    name: str
    argv: Sequence[str]
    log: Path
    pid: int = 0
    key: str = ""
    code: int | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    ended_at: float = 0.0

    @property
    def alive(self) -> bool:
        return self.pid > 0 and self.code is None

    @property
    def ready(self) -> bool:
        """Whether it says that it works."""
        return f'"{"web" if self.argv[0] == "serve" else "worker"}.ready"' in self.said()

    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send a signal; nothing when it has ended."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def end(self, seconds: float = 15.0) -> float:
        """SIGTERM; how many seconds it took to end (killed after ``seconds``)."""
        started = time.monotonic()
        self.kill(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.ended.wait(), seconds)
        except TimeoutError:
            self.kill()
            await self.ended.wait()
        return time.monotonic() - started

    def memory(self) -> int:
        """Resident bytes; 0 where the system does not tell."""
        with contextlib.suppress(OSError, IndexError, ValueError):
            return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        return 0

    def descriptors(self) -> int:
        """Open file descriptors; 0 where the system does not tell."""
        with contextlib.suppress(OSError):
            return len(os.listdir(f"/proc/{self.pid}/fd"))
        return 0


class Nursery:
    """The other end: starts processes and hears of their end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._child: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._count = 0
        self._waiting: dict[int, tuple[HubProcess, asyncio.Future[None]]] = {}
        self._running: dict[int, HubProcess] = {}
        self.on_end: Callable[[HubProcess], None] = lambda process: None

    async def open(self) -> None:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("HUB_")}
        with (self._folder / "nursery.log").open("wb") as stream:
            self._child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "support.faults.nursery"),
                env={**inherited, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
                cwd=self._folder,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=stream,
                limit=1 << 20,
            )
        self._reader = asyncio.create_task(self._read())
        await asyncio.wait_for(self._ready.wait(), 120)

    async def close(self) -> None:
        """Kill what is left, and the nursery."""
        for process in list(self._running.values()):
            process.kill()
        if self._child is not None:
            with contextlib.suppress(ProcessLookupError):
                self._child.kill()
            await self._child.wait()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    async def start(self, name: str, argv: Sequence[str], env: Mapping[str, str]) -> HubProcess:
        """Start ``hub ARGV``; it may not be ready yet."""
        self._count += 1
        process = HubProcess(name, argv, self._folder / f"{name}-{self._count}.log")
        told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[self._count] = (process, told)
        command = {"id": self._count, "argv": list(argv), "env": dict(env), "log": str(process.log)}
        assert self._child is not None and self._child.stdin is not None
        self._child.stdin.write(json.dumps({**command, "cwd": str(self._folder)}).encode() + b"\n")
        await self._child.stdin.drain()
        await asyncio.wait_for(told, 60)
        return process

    async def _read(self) -> None:
        assert self._child is not None and self._child.stdout is not None
        while line := await self._child.stdout.readline():
            fact = json.loads(line)
            if "ready" in fact:
                self._ready.set()
            elif "started" in fact:
                process, told = self._waiting.pop(fact["started"])
                process.pid = fact["pid"]
                self._running[process.pid] = process
                if not told.done():
                    told.set_result(None)
            elif ended := self._running.pop(fact["ended"], None):
                ended.code, ended.ended_at = fact["code"], time.time()
                ended.ended.set()
                self.on_end(ended)


if __name__ == "__main__":
    end_with_parent()
    _serve()
