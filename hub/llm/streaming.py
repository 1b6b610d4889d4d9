"""Reading a vendor's stream with patience that ends, and its failures in our words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any, Protocol

from hub.core.errors import ModelError
from hub.llm.errors import cut_short
from hub.llm.growing import GrowingAnswer


class Patience(Protocol):
    """How long to wait for a server, in seconds, and what its failures mean."""

    provider: str
    first_token: float
    total: float

    def faults(self) -> tuple[type[Exception], ...]: ...

    def failure(self, error: Exception) -> ModelError: ...


async def read_stream(
    chunks: Any, read: Callable[[Any], str], answer: GrowingAnswer, access: Patience, began: float
) -> AsyncGenerator[str, None]:
    """The texts that ``read`` finds in the chunks, as they come. ``began`` is the loop's time when the call began.

    No silence may last longer than ``access.first_token``, nor the whole longer than ``access.total``. Raises
    ``ModelError``, after the first text ``AnswerCut``. Closing the generator closes the connection.
    """
    loop = asyncio.get_running_loop()
    try:
        while True:
            silent_since = loop.time() if answer.begun else began
            try:
                async with asyncio.timeout_at(min(silent_since + access.first_token, began + access.total)):
                    chunk = await anext(chunks, None)
                if chunk is None:
                    answer.check_whole(access.provider)
                    return
                text = read(chunk)
            except access.faults() as error:
                failure = access.failure(error)
                raise (cut_short(failure, "".join(answer.text)) if answer.text else failure) from None
            if text:
                yield text
    finally:
        await chunks.close()
