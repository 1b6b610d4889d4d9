"""An answer as it grows out of a stream's pieces, within bounds, whatever a vendor calls them."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.core.errors import ModelError
from hub.core.usage import Usage
from hub.llm.errors import AnswerCut
from hub.llm.ports import ChatRequest, Completed, ToolCall
from hub.llm.token_guess import guess_prompt_tokens, guess_tokens

MAX_ANSWER_CHARS = 400_000
"""A server that streams more than this has lost its way."""

_MAX_TOOL_CALLS = 64


@dataclass(slots=True)
class _PartialCall:
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)


@dataclass(slots=True)
class GrowingAnswer:
    """Text, tool calls and counts so far. ``finish`` is why it ended, None while it has not; ``begun`` tells whether
    anything came, thoughts included."""

    text: list[str] = field(default_factory=list)
    begun: bool = False
    finish: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int = 0
    cache_writes: int = 0
    _length: int = 0
    _calls: dict[int, _PartialCall] = field(default_factory=dict)

    def say(self, text: object) -> str:
        """Add text; what was added (nothing where it is no text). Raises ``ModelError`` past the bound."""
        if not isinstance(text, str) or not text:
            return ""
        self.begun = True
        self._grow(len(text))
        self.text.append(text)
        return text

    def call(self, index: int | None, id: object = None, name: object = None, arguments: object = None) -> None:
        """Add a piece of the tool call at ``index`` (None: the last). Raises ``ModelError`` past the bounds."""
        place = index if index is not None else max(len(self._calls) - 1, 0)
        call = self._calls.setdefault(place, _PartialCall())
        if len(self._calls) > _MAX_TOOL_CALLS:
            raise ModelError("The model asks for too many tools at once.", retryable=False)
        self.begun = True
        if isinstance(id, str):
            call.id = call.id or id
        if isinstance(name, str):
            call.name = call.name or name
        if isinstance(arguments, str):
            self._grow(len(arguments))
            call.arguments.append(arguments)

    @property
    def calls(self) -> int:
        """How many tool calls there are so far."""
        return len(self._calls)

    def _grow(self, chars: int) -> None:
        self._length += chars
        if self._length > MAX_ANSWER_CHARS:
            raise ModelError("The model's answer is too long.", retryable=False)

    def check_whole(self, provider: str) -> None:
        """Raise when the stream ended without saying why: a connection that closed early looks just so."""
        if self.finish is None:
            text = f"The model server of {provider} stopped in the middle of its answer."
            raise AnswerCut(text, partial="".join(self.text)) if self.text else ModelError(text)

    def completed(self, request: ChatRequest, *, provider: str, model: str, duration: float) -> Completed:
        """The end of the answer; tokens that the server did not count are guessed."""
        text = "".join(self.text)
        calls = tuple(
            ToolCall(call.id or f"call_{index}", call.name, "".join(call.arguments) or "{}")
            for index, call in sorted(self._calls.items())
            if call.name
        )
        usage = Usage(
            task=request.task,
            provider=provider,
            model=model,
            input_tokens=guess_prompt_tokens(request.messages) if self.input_tokens is None else self.input_tokens,
            output_tokens=guess_tokens(text) if self.output_tokens is None else self.output_tokens,
            duration=duration,
            cached_tokens=self.cached_tokens,
            cache_writes=self.cache_writes,
        )
        return Completed(text, usage, calls, self.finish or "stop")
