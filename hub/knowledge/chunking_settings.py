"""How a tenant wants its documents cut, read from its settings under ``chunking``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from hub.knowledge.chunking import ChunkSizes, Strategy

_DEFAULT: Final = ChunkSizes()


class ChunkingSettings(BaseModel):
    """Sizes are in tokens, estimated rather high. The local model reads 256 and no further."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    strategy: Strategy = "structure"
    """`structure` keeps a chunk under one heading, `recursive` runs on over headings and ends at the best place near
    its size, `fixed` cuts after so many tokens."""
    size: int = Field(default=_DEFAULT.target, ge=40, le=2_000)
    overlap: int = Field(default=_DEFAULT.overlap, ge=0, le=1_000)
    """Tokens of a chunk's end that the next one begins with; at most half of the size."""

    @model_validator(mode="after")
    def _half_at_most(self) -> ChunkingSettings:
        if self.overlap * 2 > self.size:
            raise ValueError("the overlap is more than half of the size")
        return self

    def sizes(self) -> ChunkSizes:
        """As the cutting takes them."""
        return ChunkSizes(self.size, self.overlap, min(_DEFAULT.least, self.size // 3), self.strategy)


def read_chunk_sizes(raw: Mapping[str, Any], default: ChunkSizes) -> ChunkSizes:
    """The tenant's sizes; ``default`` where its settings say nothing that can be used."""
    given = raw.get("chunking")
    if not isinstance(given, dict):
        return default
    try:
        return ChunkingSettings.model_validate(given).sizes()
    except ValidationError:
        return default


def mark(sizes: ChunkSizes) -> str:
    """What a document remembers of how it was cut."""
    return f"{sizes.strategy}/{sizes.target}/{sizes.overlap}"
