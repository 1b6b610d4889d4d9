"""What the dialects of the model server share: pieces of a streamed text, the end of a request."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, Protocol, TypeVar

from aiohttp import web

from hub.simulator.faults import FaultPlan
from hub.simulator.record import Record, Recorded

R = TypeVar("R", bound=web.StreamResponse)


class ModelServer(Protocol):
    """What a dialect needs of the server it belongs to."""

    record: Record
    faults: FaultPlan
    api_key: str

    def keep(self, entry: Recorded, params: Mapping[str, Any]) -> None: ...

    async def pace(self, tokens: int) -> None: ...


def pieces(text: str) -> Iterator[str]:
    """A text word by word, long words in parts, as models stream it."""
    start = 0
    for index, character in enumerate(text):
        if character in " \n" or index - start >= 15:
            yield text[start : index + 1]
            start = index + 1
    if start < len(text):
        yield text[start:]


def finish(entry: Recorded, response: R) -> R:
    """Note how the request was answered."""
    entry.status, entry.done = response.status, time.time()
    return response
