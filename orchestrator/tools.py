"""What a model may ask for while it answers: a registry of tools whose arguments are checked before anything runs.

A tool is bound to its tenant and conversation by whoever makes the registry. No argument can name another one, and
what is not registered, or does not fit its model, is refused in words that the model can act on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, TypeVar

import structlog
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from hub.llm.ports import Tool, ToolCall

log = structlog.get_logger(__name__)

MAX_ROUNDS = 5
"""How often one answer may call tools; after that the model must answer with what it has."""
MAX_CALLS = 4
"""How many tools one round may call."""

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Arguments = TypeVar("Arguments", bound="ToolArguments")


class ToolArguments(BaseModel):
    """A tool's arguments. What is not declared is refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class SearchArguments(ToolArguments):
    """What to look for."""

    query: Line


class HandOffArguments(ToolArguments):
    """Why a person is needed, in one sentence."""

    reason: Line


@dataclass(frozen=True, slots=True)
class ToolSpec(Generic[Arguments]):
    """A tool: what the model reads of it, the model its arguments must fit, and what runs."""

    name: str
    description: str
    arguments: type[Arguments]
    run: Callable[[Arguments], Awaitable[str]]

    def offered(self) -> Tool:
        """As it is offered to a model."""
        schema = self.arguments.model_json_schema()
        properties = {
            name: {key: value for key, value in field.items() if key != "title"}
            for name, field in schema.get("properties", {}).items()
        }
        required = list(schema.get("required", ()))
        parameters = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
        return Tool(self.name, self.description, parameters)


@dataclass(frozen=True, slots=True)
class ToolUse:
    """One call, as it is kept with the answer: which tool, with what, and why it was ``refused`` if it was."""

    name: str
    arguments: str
    refused: str | None = None


@dataclass(slots=True)
class ToolBox:
    """The tools of one answer, and what became of each call."""

    specs: Sequence[ToolSpec[Any]]
    used: list[ToolUse] = field(default_factory=list)

    def offered(self) -> tuple[Tool, ...]:
        """The tools as a model reads them."""
        return tuple(spec.offered() for spec in self.specs)

    async def call(self, call: ToolCall) -> str:
        """Run one call and give what the model shall read. Never raises for what a model wrote."""
        spec = next((s for s in self.specs if s.name == call.name), None)
        if spec is None:
            names = ", ".join(s.name for s in self.specs)
            return self._refuse(call, f"There is no tool of this name. There are: {names}.")
        try:
            arguments = spec.arguments.model_validate_json(call.arguments or "{}")
        except ValidationError as error:
            return self._refuse(call, _complaint(error))
        self.used.append(ToolUse(call.name, call.arguments[:1000]))
        result: str = await spec.run(arguments)
        return result

    def _refuse(self, call: ToolCall, reason: str) -> str:
        log.warning("tool.refused", tool=call.name[:64], reason=reason)
        self.used.append(ToolUse(call.name[:64], call.arguments[:1000], reason))
        return f"Refused: {reason}"


def _complaint(error: ValidationError) -> str:
    first: Mapping[str, Any] = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])
