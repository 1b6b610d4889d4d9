"""A chain of chat models: the next one answers when one fails before its first delta.

There is no such chain for embedders: vectors of two models do not compare.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from hub.core.errors import ModelError
from hub.llm.errors import cut_short
from hub.llm.ports import ChatModel, ChatRequest, Completed, TextDelta

_log = logging.getLogger(__name__)


class FallbackChatModel:
    """Asks each model in turn. It bears the first one's name; ``Completed.usage`` names who answered."""

    def __init__(self, models: Sequence[ChatModel]) -> None:
        if not models:
            raise ValueError("a chain needs at least one model")
        self.provider = models[0].provider
        self.model = models[0].model
        self._models = tuple(models)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[TextDelta | Completed, None]:
        """As the port says. A break after the first delta raises ``AnswerCut`` with what was streamed."""
        failures: list[ModelError] = []
        for model in self._models:
            shown: list[str] = []
            begun = False
            try:
                async with aclosing(model.stream(request)) as deltas:
                    async for delta in deltas:
                        begun = True
                        if isinstance(delta, TextDelta):
                            shown.append(delta.text)
                        yield delta
                return
            except ModelError as error:
                if begun:
                    raise cut_short(error, "".join(shown)) from error
                _log.warning("llm.fallback provider=%s model=%s code=%s", model.provider, model.model, error.code)
                failures.append(error)
        raise _summary(failures)


def _summary(failures: Sequence[ModelError]) -> ModelError:
    """One error for a chain that failed: the last one's words, and the best hope of them all."""
    hopes = [error for error in failures if error.retryable]
    waits = [error.retry_after for error in hopes if error.retry_after is not None]
    return ModelError(str(failures[-1]), retryable=bool(hopes), retry_after=min(waits, default=None))
