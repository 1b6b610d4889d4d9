"""A model speaks: its checked sentences are shown as they come, and the tools it asks for run in between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from hub.core.knowledge import Passage
from hub.llm.ports import ChatMessage, ChatModel, ChatRequest, Completed, TextDelta
from orchestrator.guard import Checked, Guard
from orchestrator.prompt import show_sources
from orchestrator.tools import MAX_CALLS, MAX_ROUNDS, HandOffArguments, SearchArguments, ToolBox, ToolSpec

Show = Callable[[str], Awaitable[None]]
"""Shows more of the answer to whoever watches."""
Find = Callable[[str], Awaitable[Sequence[Passage]]]
"""Searches the tenant's knowledge, and no one else's."""

HAND_OFF = "hand_off_to_human"
SEARCH = "search_knowledge_base"


class FloorLost(Exception):
    """A person took the conversation while the model was speaking; nothing more may be shown. ``shown`` was."""

    def __init__(self, shown: str) -> None:
        super().__init__("a person has the floor")
        self.shown = shown


@dataclass(slots=True)
class Speaker:
    """One answer of a model. ``shown`` is what was shown of it, ``wished`` why it asked for a person."""

    model: ChatModel
    guard: Guard
    show: Show
    has_floor: Callable[[], bool]
    find: Find | None = None
    shown: list[str] = field(default_factory=list)
    wished: str | None = None
    tools: ToolBox = field(init=False)

    def __post_init__(self) -> None:
        specs: list[ToolSpec[HandOffArguments] | ToolSpec[SearchArguments]] = [
            ToolSpec(
                HAND_OFF,
                "Pass the conversation on to a human colleague. Call it when the customer asks for a person, or when "
                "you cannot help.",
                HandOffArguments,
                self._hand_off,
            )
        ]
        if self.find is not None:
            specs.append(
                ToolSpec(
                    SEARCH,
                    "Search the company's documents with other words, when the sources you have do not answer the "
                    "question. Gives more numbered sources.",
                    SearchArguments,
                    self._search,
                )
            )
        self.tools = ToolBox(specs)

    async def speak(self, request: ChatRequest) -> None:
        """Speak until the answer is whole. Raises ``FloorLost``, and what the model raises."""
        request = replace(request, tools=self.tools.offered())
        for round_ in range(MAX_ROUNDS + 1):
            if round_ == MAX_ROUNDS:
                request = replace(request, tools=())
            end = await self._listen(request)
            if not end.tool_calls or not request.tools:
                break
            answers = [await self.tools.call(call) for call in end.tool_calls[:MAX_CALLS]]
            if self.wished is not None:
                break
            results = [
                ChatMessage("tool", answer, tool_call_id=call.id)
                for call, answer in zip(end.tool_calls, answers, strict=False)
            ]
            asked = ChatMessage("assistant", end.text, tool_calls=tuple(end.tool_calls[:MAX_CALLS]))
            request = replace(request, messages=[*request.messages, asked, *results])
        await self._say(self.guard.finish())

    async def _listen(self, request: ChatRequest) -> Completed:
        """One call to the model; its sentences are shown as they are complete."""
        end: Completed | None = None
        async with aclosing(self.model.stream(request)) as events:
            async for event in events:
                if not self.has_floor():
                    raise FloorLost("".join(self.shown))
                if isinstance(event, TextDelta):
                    await self._say(self.guard.feed(event.text))
                else:
                    end = event
        if end is None:
            raise RuntimeError("a model's stream ended without its end")
        if end.tool_calls and end.text and not end.text.endswith("\n"):
            await self._say(self.guard.feed("\n\n"))  # what follows the tools is a paragraph of its own
        return end

    async def _say(self, released: Sequence[Checked]) -> None:
        for sentence in released:
            self.shown.append(sentence.text)
            await self.show(sentence.text)

    async def _hand_off(self, arguments: HandOffArguments) -> str:
        self.wished = arguments.reason
        return "A colleague takes over now."

    async def _search(self, arguments: SearchArguments) -> str:
        if self.find is None:
            raise RuntimeError("the tool was offered without a search")
        known = {p.chunk_id for p in self.guard.passages}
        found = [p for p in await self.find(arguments.query) if p.chunk_id not in known]
        first = len(self.guard.passages) + 1
        self.guard.learn(found)
        return show_sources(found, first=first) or "Nothing else was found."
