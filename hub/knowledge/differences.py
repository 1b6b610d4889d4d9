"""What a new indexing of a document changes: passages that stay keep their ids, so that answers still point at them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from hub.core.ids import ChunkId
from hub.store.chunks import ChunkRow, NewChunk
from hub.store.document_changes import ChangedPassage


def keep_ids(before: Sequence[ChunkRow], chunks: Sequence[NewChunk]) -> list[NewChunk]:
    """The new chunks, those whose text was there before under the id that it had."""
    known: dict[bytes, list[ChunkId]] = defaultdict(list)
    for row in reversed(before):
        known[row.hash].append(row.id)
    return [replace(chunk, id=known[chunk.hash].pop()) if known.get(chunk.hash) else chunk for chunk in chunks]


def what_changed(
    before: Sequence[ChunkRow], chunks: Sequence[NewChunk]
) -> tuple[list[ChangedPassage], list[ChangedPassage]]:
    """The passages that came and those that went, in reading order."""
    old, new = {row.id for row in before}, {chunk.id for chunk in chunks}
    came = [ChangedPassage(chunk.id, chunk.heading, chunk.text) for chunk in chunks if chunk.id not in old]
    went = [ChangedPassage(row.id, row.heading, row.text) for row in before if row.id not in new]
    return came, went
