"""Reads files in a child process that hostile input can crash, starve or hang without harm to the hub.

A fresh child for every file: it starts in about a tenth of a second, sees no environment and no secrets, and cannot
carry anything from one tenant's file to another's.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import structlog

import hub
from hub.core.errors import Unreadable
from hub.core.knowledge import Document, Section
from hub.knowledge.loaders.assembly import LoadLimits

log = structlog.get_logger(__name__)

_MODULE: Final = "hub.knowledge.loaders.child"
_HOME: Final = str(Path(hub.__file__).parents[1])
_DAMAGED: Final = "The file is damaged: reading it crashed. Save it again and upload that."
_SLOW: Final = "Reading the file took too long. Split it into smaller files, or save it in another format."


class Loader:
    """Loads documents, at most ``concurrency`` at a time. Safe to share."""

    def __init__(self, *, limits: LoadLimits | None = None, concurrency: int = 2) -> None:
        self.limits = limits or LoadLimits()
        self._turns = asyncio.Semaphore(concurrency)

    async def load(self, data: bytes, name: str = "") -> Document:
        """The document in ``data``; ``name`` is the file's name, a hint. Raises ``Unreadable`` in plain words."""
        if len(data) > self.limits.file_bytes:
            size = self.limits.file_bytes // 1_000_000
            raise Unreadable(f"The file is larger than {size} MB. Split it into smaller files.")
        async with self._turns:
            answer = await self._ask(data, name)
        if "cause" in answer:
            log.warning("document.parser_failed", cause=answer["cause"], size=len(data))
        if "document" not in answer:
            raise Unreadable(str(answer.get("unreadable") or _DAMAGED))
        return _document(answer["document"])

    async def _ask(self, data: bytes, name: str) -> Mapping[str, Any]:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-X", "utf8", "-m", _MODULE,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env={"PYTHONPATH": _HOME, "OMP_NUM_THREADS": "1"}, start_new_session=True,
        )  # fmt: skip
        limits = self.limits.for_size(len(data))
        header = json.dumps({"name": name[-255:], "limits": asdict(limits)}).encode() + b"\n"
        try:
            async with asyncio.timeout(limits.wall_seconds):
                _, output = await asyncio.gather(_feed(child, header + data), _collect(child, self._output_cap()))
                code = await child.wait()
        except TimeoutError as error:
            raise Unreadable(_SLOW) from error
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        return _understood(code, output)

    def _output_cap(self) -> int:
        """JSON writes a character in up to twelve bytes; sections and fields come on top."""
        return self.limits.characters * 12 + 10_000_000


async def _feed(child: asyncio.subprocess.Process, data: bytes) -> None:
    assert child.stdin is not None  # noqa: S101 - asked for a pipe above
    # A child that refuses early closes its end while we still write.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        child.stdin.write(data)
        await child.stdin.drain()
    child.stdin.close()


async def _collect(child: asyncio.subprocess.Process, cap: int) -> bytes:
    assert child.stdout is not None  # noqa: S101 - asked for a pipe above
    parts, size = [], 0
    while part := await child.stdout.read(1 << 16):
        size += len(part)
        if size > cap:
            child.kill()
            raise Unreadable("The file holds more text than can be kept. Split it into smaller files.")
        parts.append(part)
    return b"".join(parts)


def _understood(code: int, output: bytes) -> Mapping[str, Any]:
    if code == -signal.SIGXCPU:
        return {"unreadable": _SLOW}
    try:
        answer = json.loads(output)
    except ValueError:
        return {"unreadable": _DAMAGED}
    return answer if isinstance(answer, dict) else {"unreadable": _DAMAGED}


def _document(fields: Mapping[str, Any]) -> Document:
    sections = tuple(
        Section(part["start"], part["end"], tuple(part["heading"]), part["page"], part["seconds"])
        for part in fields["sections"]
    )
    return Document(**{**fields, "sections": sections})
