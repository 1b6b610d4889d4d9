"""How documents are cut into passages, over REST."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from hub.accounts.permissions import Permission
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.routes import Route
from hub.knowledge.chunking import Strategy
from hub.knowledge.chunking_settings import ChunkingSettings
from hub.knowledge.recutting import ChunkingDesk, Cutting


class ChunkingChange(Model):
    strategy: Strategy = "structure"
    """`structure` keeps a passage under one heading, `recursive` runs on over headings and ends at the best place near
    its size, `fixed` cuts after so many tokens."""
    size: Annotated[int, Field(ge=40, le=2_000)] = 220
    """In tokens, estimated rather high."""
    overlap: Annotated[int, Field(ge=0, le=1_000)] = 30
    """Tokens of a passage's end that the next one begins with; at most half of the size."""
    anew: bool = True
    """Cut the documents there are anew too, in the background; they are found as before until then."""

    @model_validator(mode="after")
    def _half_at_most(self) -> ChunkingChange:
        if self.overlap * 2 > self.size:
            raise ValueError("The overlap is more than half of the size.")
        return self


class ChunkingView(View):
    strategy: Strategy
    size: int
    overlap: int
    documents: int
    current: int
    """Documents that are ready and cut so."""
    waiting: int
    """Documents that wait to be indexed, or are being indexed."""


class ChunkingApi:
    """The routes of a tenant's way of cutting."""

    def __init__(self, *, desk: ChunkingDesk) -> None:
        self._desk = desk

    async def get(self, call: Call) -> ChunkingView:
        return _view(await self._desk.get(call.tenant_id))

    async def change(self, call: Call, body: ChunkingChange) -> ChunkingView:
        wanted = ChunkingSettings(strategy=body.strategy, size=body.size, overlap=body.overlap)
        return _view(await self._desk.change(call.tenant_id, wanted, anew=body.anew))

    async def cut_anew(self, call: Call) -> ChunkingView:
        return _view(await self._desk.cut_anew(call.tenant_id))

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base = "/api/v1/tenants/{tenant}/chunking"

        def route(method: str, path: str, handler: Any, summary: str, name: str, **more: Any) -> Route:
            access = tenant(Permission.KNOWLEDGE_READ if method == "GET" else Permission.KNOWLEDGE_WRITE)
            return Route(method=method, path=path, handler=handler, summary=summary, name=name, access=access,
                         tags=("knowledge",), **more)  # fmt: skip

        return [
            route("GET", base, self.get, "How documents are cut into passages", "get_chunking"),
            route("PUT", base, self.change, "Cut documents into passages otherwise", "change_chunking"),
            route("POST", f"{base}/anew", self.cut_anew, "Cut documents anew that were cut otherwise", "cut_anew",
                  idempotent=True, status=202),
        ]  # fmt: skip


def _view(cutting: Cutting) -> ChunkingView:
    sizes, documents = cutting.sizes, cutting.documents
    return ChunkingView(
        strategy=sizes.strategy,
        size=sizes.target,
        overlap=sizes.overlap,
        documents=documents.documents,
        current=documents.current,
        waiting=documents.waiting,
    )
