"""In which order a list of documents comes, and where its next page goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SORTS: Final[Mapping[str, str]] = {
    "created_at": "id",  # ids rise with time
    "title": "lower(title)",
    "size": "size",
    "chunks": "chunk_count",
    "updated_at": "updated_at",
}
"""What a list can be ordered by."""


def listing(sort: str, *, ascending: bool) -> str:
    """The statement that finds ``:limit`` documents behind the document ``:after``, of a ``:status`` and a ``:context``
    where these are given. By time, the one to go on behind may be gone meanwhile."""
    key = SORTS[sort]
    way, beyond = ("asc", ">") if ascending else ("desc", "<")
    behind = f"id {beyond} :after"
    if key != "id":
        behind = f"({key}, id) {beyond} (select {key}, id from hub.document where id = :after)"  # noqa: S608  # constants of this file
    return f"""select * from hub.document
                where (cast(:after as uuid) is null or {behind})
                  and (cast(:status as text) is null or status = :status)
                  and (cast(:context as uuid) is null or context_id = :context)
                order by {key} {way}, id {way} limit :limit"""  # noqa: S608  # constants of this file
