"""A TCP proxy that breaks connections: latency, cuts, half-open ones; and a small balancer over several servers."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Sequence

_CHUNK = 1 << 16


class Proxy:
    """Listens on a loopback port of its own and passes bytes to one of ``targets`` (host, port), the first that takes
    the connection, beginning with the next in turn.

    ``latency`` seconds are added to each piece, ``refuse`` turns new connections away, and ``hole`` swallows what
    comes from either side while the connections stay open: half-open, as after a cable is pulled.
    """

    def __init__(self, targets: Sequence[tuple[str, int]]) -> None:
        self.targets = list(targets)
        self.latency = 0.0
        self.jitter = 0.0
        self.refuse = False
        self.hole = False
        self.port = 0
        self._turn = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024, limit=_CHUNK)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()

    def cut(self) -> int:
        """Reset every connection; how many there were."""
        writers = list(self._writers)
        for writer in writers:
            with contextlib.suppress(Exception):
                writer.transport.abort()
        return len(writers) // 2

    def heal(self) -> None:
        """Pass everything on again. What fell into a hole is gone: those connections are cut."""
        if self.hole:
            self.cut()
        self.latency = self.jitter = 0.0
        self.refuse = self.hole = False

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        away: asyncio.StreamWriter | None = None
        try:
            if self.refuse:
                writer.transport.abort()
                return
            found = await self._connect()
            if found is None:
                writer.transport.abort()
                return
            far, away = found
            self._writers.add(away)
            await asyncio.gather(self._pass(reader, away), self._pass(far, writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for one in (writer, away):
                if one is not None:
                    self._writers.discard(one)
                    with contextlib.suppress(Exception):
                        one.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        self._turn += 1
        for step in range(len(self.targets)):
            host, port = self.targets[(self._turn + step) % len(self.targets)]
            with contextlib.suppress(OSError):
                return await asyncio.open_connection(host, port, limit=_CHUNK)
        return None

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(_CHUNK):
                if self.latency or self.jitter:
                    await asyncio.sleep(self.latency + random.random() * self.jitter)
                if self.hole:
                    continue
                writer.write(data)
                await writer.drain()
            if not self.hole and writer.can_write_eof():
                writer.write_eof()
        except OSError:
            writer.transport.abort()
