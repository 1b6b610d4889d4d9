"""Real Redis for tests: a child on a free loopback port, without persistence, that tests may stop and start."""

from __future__ import annotations

import ctypes
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from support.ports import free_port

_PR_SET_PDEATHSIG = 1


class RedisServer:
    """One redis-server. Its address stays the same over ``stop`` and ``start``."""

    def __init__(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            pytest.fail(
                "redis-server is missing. On Debian or Ubuntu: sudo apt-get install redis-server", pytrace=False
            )
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        """For ``HUB_REDIS_URL``."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it and wait until it answers. Idempotent."""
        if self._process is not None and self._process.poll() is None:
            return
        prctl = ctypes.CDLL(None).prctl if sys.platform.startswith("linux") else None
        self._process = subprocess.Popen(
            [
                *(self._program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""),
                *("--appendonly", "no", "--dir", "/", "--loglevel", "warning", "--enable-debug-command", "local"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=(lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)) if prctl else None,
        )
        deadline = time.monotonic() + 60
        while self.command("PING") != b"+PONG":
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"redis-server on port {self.port} does not answer")
            time.sleep(0.02)

    def stop(self) -> None:
        """Kill it, with all it holds. Idempotent."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def flush(self) -> None:
        """Forget every key."""
        assert self.command("FLUSHALL") == b"+OK", "Redis keeps what the test before left"

    def command(self, line: str) -> bytes:
        """The first line of the answer to an inline command; empty when the server is down."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
                connection.sendall(line.encode() + b"\r\n")
                return connection.recv(4096).splitlines()[0]
        except (OSError, IndexError):
            return b""


@pytest.fixture(scope="session")
def _worker_redis() -> Iterator[RedisServer]:
    server = RedisServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis_server(_worker_redis: RedisServer) -> RedisServer:
    """A running, empty Redis. A test may stop and restart it; the next test finds it running again."""
    _worker_redis.start()
    _worker_redis.flush()
    return _worker_redis


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The address of a running, empty Redis."""
    return redis_server.url
