"""Tools in the shape that OpenAI gave them and most servers took over."""

from __future__ import annotations

from typing import Any

from hub.llm.ports import Tool


def function_of(tool: Tool) -> dict[str, Any]:
    """The tool as an entry of ``tools``."""
    function = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    return {"type": "function", "function": function}
