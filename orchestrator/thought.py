"""What a turn has decided to say, before it is said. Plain data, kept so that a crash does not pay twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from hub.core.ids import ChunkId, DocumentId
from hub.core.knowledge import Citation
from orchestrator.tools import ToolUse

INTERRUPTED = "interrupted"
ASKED = "asked"
"""The thought that asks whether the bot or a person shall answer."""


@dataclass(frozen=True, slots=True)
class Thought:
    """``kind`` is answer, extracts, no_answer, handoff, phrase, or interrupted: a person took the floor midway.

    ``handoff`` is why a person is asked for, ``note`` the same in the customer's or a model's own words; ``tools`` are
    the calls that it made. ``offer_person`` puts a button for a person under the text; ``missed`` counts towards giving
    up. ``found`` is what the search gave, kept so that a person can see why.
    """

    kind: str
    text: str
    language: str | None = None
    citations: tuple[Citation, ...] = ()
    support: float | None = None
    handoff: str | None = None
    offer_person: bool = False
    model: str | None = None
    note: str | None = None
    tools: tuple[ToolUse, ...] = ()
    found: tuple[dict[str, Any], ...] = ()

    @property
    def missed(self) -> bool:
        return self.kind == "no_answer"

    def to_json(self) -> dict[str, Any]:
        """As the turn's row keeps it."""
        data = asdict(self)
        data["citations"] = [citation_to_json(c) for c in self.citations]
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Thought:
        """The thought that ``to_json`` wrote."""
        citations = tuple(
            Citation(
                **{**c, "chunk_id": ChunkId(UUID(c["chunk_id"])), "document_id": DocumentId(UUID(c["document_id"]))}
            )
            for c in data["citations"]
        )
        tools = tuple(ToolUse(**use) for use in data.get("tools", ()))
        found = tuple(data.get("found") or ())
        return cls(**{**data, "citations": citations, "tools": tools, "found": found})


def citation_to_json(citation: Citation) -> dict[str, Any]:
    """A citation as messages keep and show it."""
    data = asdict(citation)
    data["chunk_id"] = str(citation.chunk_id)
    data["document_id"] = str(citation.document_id)
    return data
