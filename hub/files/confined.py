"""Children that read hostile bytes: a crash, hunger or endless loop of theirs does no harm to the hub.

A fresh child for every file: it starts in about a tenth of a second, sees no environment and no secrets, and cannot
carry anything from one tenant's file to another's.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
import sys
from pathlib import Path
from typing import Final

import hub

_HOME: Final = str(Path(hub.__file__).parents[1])


class TooMuch(Exception):
    """A child said more than it may."""


def confine(*, memory_bytes: int, cpu_seconds: int) -> None:
    """Lowers this process's own limits; a child calls it before it imports any parser. Cannot be undone."""
    for kind, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 128),
    ):
        # Some systems know a limit but do not let it be set; the parent's clock and caps hold all the same.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


async def ask(module: str, data: bytes, *, seconds: float, most: int) -> tuple[int, bytes]:
    """What ``python -m module`` makes of ``data``: its exit code (below zero: the signal that ended it) and output.

    Raises ``TimeoutError`` after so many ``seconds`` and ``TooMuch`` at more than ``most`` bytes: the child is
    dead then.
    """
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-X", "utf8", "-m", module,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        env={"PYTHONPATH": _HOME, "OMP_NUM_THREADS": "1"}, start_new_session=True,
    )  # fmt: skip
    try:
        async with asyncio.timeout(seconds):
            _, output = await asyncio.gather(_feed(child, data), _collect(child, most))
            return await child.wait(), output
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


async def _feed(child: asyncio.subprocess.Process, data: bytes) -> None:
    assert child.stdin is not None  # noqa: S101 - asked for a pipe above
    # A child that refuses early closes its end while we still write.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        child.stdin.write(data)
        await child.stdin.drain()
    child.stdin.close()


async def _collect(child: asyncio.subprocess.Process, most: int) -> bytes:
    assert child.stdout is not None  # noqa: S101 - asked for a pipe above
    parts, size = [], 0
    while part := await child.stdout.read(1 << 16):
        size += len(part)
        if size > most:
            raise TooMuch
        parts.append(part)
    return b"".join(parts)
