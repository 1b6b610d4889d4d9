"""Several processes of one kind on one machine: started, watched, replaced when they die, ended together.

Web members share sockets that the crew listens on: while a member dies or is replaced, callers wait in the sockets'
queue instead of being turned away. SIGHUP replaces one member after another by a new one, with the code that is
installed by then. A member hears by its line when the crew itself is gone, and ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from hub.core.errors import HubError
from hub.telemetry.metrics import forget_process

log = structlog.get_logger(__name__)

READY = b"r"
MOST = 64
_END_SECONDS = 10.0
"""A member ends by itself within this time after SIGTERM; then it is made to."""
_START_SECONDS = 60.0
_FIRST_REST, _LONGEST_REST = 0.2, 5.0
_STEADY_SECONDS = 30.0
"""A member that lived so long died of something new: the next one is started at once."""
_FALSE_STARTS = 3


class CrewFailed(HubError):
    """No member could ever start; why is in their log."""

    code = "crew_failed"


@dataclass(slots=True, eq=False)
class _Member:
    child: asyncio.subprocess.Process
    line: socket.socket
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    leaving: bool = False
    since: float = field(default_factory=time.monotonic)


class Crew:
    """Keeps ``count`` members of ``role`` (``web``, on ``sockets``, or ``worker``) running.

    Whichever member is asked for its metrics tells the sums of all: they are kept together in the folder ``metrics``.
    """

    def __init__(
        self,
        role: str,
        count: int,
        *,
        sockets: Sequence[socket.socket] = (),
        metrics: Path,
    ) -> None:
        self._role = role
        self._count = count
        self._sockets = sockets
        self._metrics = metrics
        self._members: list[_Member] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._stop = asyncio.Event()
        self._rolling = asyncio.Lock()
        self._ever_ready = False
        self._false_starts = 0
        self._rest = _FIRST_REST

    async def run(self) -> None:
        """Until SIGTERM or SIGINT. Raises ``CrewFailed`` when the first members end before they are ready."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, lambda: self._spawn(self._replace_all()))
        try:
            first = [await self._enlist() for _ in range(self._count)]
            self._spawn(self._tell_when_all(first))
            await self._stop.wait()
        finally:
            self._stop.set()
            for listening in self._sockets:
                listening.close()  # else callers would queue where no member looks any more
            await asyncio.gather(*(self._dismiss(member) for member in list(self._members)))
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        if not self._ever_ready and self._false_starts >= _FALSE_STARTS:
            raise CrewFailed(f"No {self._role} process could start. Its last lines above say why.")

    async def _enlist(self) -> _Member:
        ours, theirs = socket.socketpair()
        fds = [listening.fileno() for listening in self._sockets]
        with theirs:
            child = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "hub.run.member", self._role, str(theirs.fileno()), *map(str, fds)),
                env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(self._metrics)},
                pass_fds=(theirs.fileno(), *fds),
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C reaches the crew, which ends its members in order
            )
        ours.setblocking(False)
        member = _Member(child, ours)
        self._members.append(member)
        self._spawn(self._hear(member))
        self._spawn(self._watch(member))
        return member

    async def _hear(self, member: _Member) -> None:
        if await asyncio.get_running_loop().sock_recv(member.line, 1) == READY:
            self._ever_ready = True
            member.ready.set()

    async def _tell_when_all(self, members: Sequence[_Member]) -> None:
        for member in members:
            await member.ready.wait()
        log.info(f"{self._role}.crew_ready", members=len(members))

    async def _watch(self, member: _Member) -> None:
        """Have another take the place of a member that died."""
        code = await member.child.wait()
        member.line.close()
        self._members.remove(member)
        forget_process(self._metrics, member.child.pid)
        if member.leaving or self._stop.is_set():
            return
        lived = time.monotonic() - member.since
        log.error("crew.member_died", role=self._role, pid=member.child.pid, code=code, lived_seconds=round(lived))
        if not self._ever_ready:
            self._false_starts += 1
            if self._false_starts >= _FALSE_STARTS:
                self._stop.set()
                return
        self._rest = _FIRST_REST if lived > _STEADY_SECONDS else min(self._rest * 2, _LONGEST_REST)
        await asyncio.sleep(self._rest)
        if not self._stop.is_set():
            await self._enlist()

    async def _replace_all(self) -> None:
        """One after another: the new member first, so that at no moment there is one less."""
        async with self._rolling:
            for old in [member for member in self._members if not member.leaving]:
                new = await self._enlist()
                try:
                    async with asyncio.timeout(_START_SECONDS):
                        await new.ready.wait()
                except TimeoutError:
                    log.error("crew.replacement_not_ready", role=self._role, pid=new.child.pid)
                    await self._dismiss(new)
                    return
                await self._dismiss(old)
            log.info("crew.replaced", role=self._role, members=len(self._members))

    async def _dismiss(self, member: _Member) -> None:
        member.leaving = True
        with contextlib.suppress(ProcessLookupError):
            member.child.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(_END_SECONDS):
                    await member.child.wait()
            except TimeoutError:
                log.error("crew.member_killed", role=self._role, pid=member.child.pid)
                member.child.kill()
                await member.child.wait()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
