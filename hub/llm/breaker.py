"""A circuit breaker around a model: after several failures in a row it is left alone for a while, so that callers go
on to the next model at once instead of waiting for a server that is down.

Closed: calls pass. Open: calls fail at once. After the rest one call may try; it closes the circuit or opens it for
twice as long (Nygard, "Release It!", 2nd edition, chapter 5).
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from hub.core.errors import ModelError
from hub.llm.errors import CircuitOpen
from hub.llm.ports import ChatModel, ChatRequest, Completed, TextDelta


@dataclass(slots=True)
class Circuit:
    """One model's health in this process. Share it among all who call the model.

    ``threshold`` failures in a row open it for ``rest`` seconds, doubled at each failed try up to ``longest``.
    """

    threshold: int = 5
    rest: float = 10.0
    longest: float = 300.0
    now: Callable[[], float] = time.monotonic
    failures: int = field(default=0, init=False)
    """In a row."""
    last_error: str | None = field(default=None, init=False)
    _pause: float = field(default=0.0, init=False)
    _until: float = field(default=0.0, init=False)
    _trying: bool = field(default=False, init=False)

    @property
    def state(self) -> str:
        """``closed``, ``open``, or ``half_open`` when the next call may try."""
        if not self._pause:
            return "closed"
        return "open" if self.now() < self._until or self._trying else "half_open"

    def enter(self, name: str) -> bool:
        """Whether this call is the one that tries if the model is back; hand that to what tells its end.

        Raises ``CircuitOpen`` while the model rests, and while another call tries.
        """
        if self.state == "open":
            text = f"The model {name} failed several times in a row and is left alone for a moment."
            raise CircuitOpen(text, retry_after=max(self._until - self.now(), 1.0))
        self._trying = bool(self._pause)
        return self._trying

    def passed(self) -> None:
        """A call went well."""
        self.failures, self.last_error, self._pause, self._trying = 0, None, 0.0, False

    def failed(self, error: ModelError, *, trial: bool) -> None:
        """A call failed in a way that says something about the server.

        Calls that were under way when the circuit opened fail with the same outage, and make the rest no longer.
        """
        self.failures += 1
        self.last_error = str(error)
        if trial:
            self._trying = False
            self._open(self._pause * 2, error)
        elif not self._pause and self.failures >= self.threshold:
            self._open(self.rest, error)

    def _open(self, pause: float, error: ModelError) -> None:
        self._pause = min(pause, self.longest)
        self._until = self.now() + min(max(self._pause, error.retry_after or 0.0), self.longest)

    def left(self, *, trial: bool) -> None:
        """A call ended without saying anything about the server."""
        if trial:
            self._trying = False


class BreakingChatModel:
    """A chat model that is not asked while its circuit is open."""

    def __init__(self, inner: ChatModel, *, circuit: Circuit) -> None:
        self.provider = inner.provider
        self.model = inner.model
        self._inner = inner
        self._circuit = circuit

    async def stream(self, request: ChatRequest) -> AsyncGenerator[TextDelta | Completed, None]:
        """As the port says; raises ``CircuitOpen`` at once while the model rests. A refusal of this one request is no
        sign of ill health; an answer that came to its end is one of good health."""
        circuit = self._circuit
        trial = circuit.enter(f"{self.provider}/{self.model}")
        told = False
        try:
            async with aclosing(self._inner.stream(request)) as deltas:
                async for delta in deltas:
                    if isinstance(delta, Completed):
                        told = True
                        circuit.passed()
                    yield delta
        except ModelError as error:
            if error.retryable:
                told = True
                circuit.failed(error, trial=trial)
            raise
        finally:
            if not told:
                circuit.left(trial=trial)
