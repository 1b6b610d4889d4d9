"""Reads documents, each in a confined child of its own (see ``hub.files.confined``)."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

import structlog

from hub.core.errors import Unreadable
from hub.core.knowledge import Document, Section
from hub.files.confined import TooMuch, ask
from hub.knowledge.loaders.assembly import LoadLimits

log = structlog.get_logger(__name__)

_MODULE: Final = "hub.knowledge.loaders.child"
_DAMAGED: Final = "The file is damaged: reading it crashed. Save it again and upload that."
_LONG: Final = "The file holds more text than can be kept. Split it into smaller files."
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
        limits = self.limits.for_size(len(data))
        header = json.dumps({"name": name[-255:], "limits": asdict(limits)}).encode() + b"\n"
        try:
            answer = await ask(_MODULE, header + data, seconds=limits.wall_seconds, most=self._output_cap())
        except TimeoutError as error:
            raise Unreadable(_SLOW) from error
        except TooMuch as error:
            raise Unreadable(_LONG) from error
        return _understood(*answer)

    def _output_cap(self) -> int:
        """JSON writes a character in up to twelve bytes; sections and fields come on top."""
        return self.limits.characters * 12 + 10_000_000


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
