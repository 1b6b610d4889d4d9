"""Search over REST: passages, and every stage for whoever tunes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, ValidationError

from admin.api.documents import ContextName, Metadata
from hub.accounts.permissions import Permission
from hub.core.ids import ChunkId, DocumentId, EmbeddingSetId
from hub.core.knowledge import Passage
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.problems import unfit
from hub.http.routes import Route
from hub.knowledge.library import Library
from hub.knowledge.retrieval import Filters, Retriever, SearchResult, Stages
from hub.knowledge.search_settings import SearchSettings

_MOST_SHOWN = 200


class SearchFilters(Model):
    contexts: Annotated[list[ContextName], Field(max_length=50)] = Field(default_factory=list)
    types: Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=50)] = Field(
        default_factory=list
    )
    """Content types, such as `application/pdf`, or their first halves, such as `text`."""
    since: datetime | None = None
    """Only documents given or changed since."""
    documents: Annotated[list[UUID], Field(max_length=200)] = Field(default_factory=list)
    metadata: Metadata = Field(default_factory=dict)
    """Must be contained in the document's."""


class SearchRequest(Model):
    query: Annotated[str, Field(min_length=1, max_length=4_000, examples=["How long does delivery take?"])]
    k: Annotated[int, Field(ge=1, le=100)] = 8
    context: ContextName | None = None
    filters: SearchFilters = Field(default_factory=SearchFilters)
    also: Annotated[list[Annotated[str, Field(min_length=1, max_length=4_000)]], Field(max_length=4)] = Field(
        default_factory=list
    )
    """Other wordings of the same question; a passage counts by the one it fits best."""
    settings: dict[str, Any] | None = None
    """Settings to try in this search alone, in place of the tenant's own (`search` in its settings)."""
    embedding_set: UUID | None = None
    """A set of vectors to ask in this search alone, in place of the one in use."""
    explain: bool = False
    """Give every stage of the search too."""


class Scores(View):
    keyword: float | None
    vector: float | None


class Found(View):
    """A passage."""

    chunk_id: UUID
    document_id: UUID
    external_id: str | None
    title: str
    url: str | None
    text: str
    section: str | None
    page: int | None
    start: int
    end: int
    score: float
    scores: Scores
    around: str | None
    """The section it stands in, where `parents` is set."""


class CandidateView(View):
    """A passage that either leg found, before the legs were joined."""

    chunk_id: UUID
    keyword: float
    vector: float | None
    keyword_place: int | None
    vector_place: int | None


class RankedView(View):
    chunk_id: UUID
    score: float


class StagesView(View):
    """What each stage of a search did."""

    language: str | None
    queries: list[str]
    lexemes: list[list[str]]
    """The words each wording was looked for by, as stems."""
    guessed: dict[str, list[str]]
    """Mistyped words, and what was looked for beside them."""
    vector_weight: float
    settings: dict[str, Any]
    candidates: list[CandidateView]
    fused: list[RankedView]
    reranked: list[RankedView]
    dropped: int
    """Candidates below the least similarity."""


class SearchAnswer(View):
    items: list[Found]
    timings: dict[str, float]
    """Seconds by step."""
    cached: bool
    stages: StagesView | None = None


class SearchApi:
    """The route that searches a tenant's knowledge."""

    def __init__(self, *, library: Library, retriever: Retriever) -> None:
        self._library = library
        self._retriever = retriever

    async def search(self, call: Call, body: SearchRequest) -> SearchAnswer:
        names = [*([body.context] if body.context is not None else []), *body.filters.contexts]
        filters = Filters(
            contexts=await self._library.context_ids(call.tenant_id, names),
            documents=[DocumentId(id) for id in body.filters.documents],
            metadata=body.filters.metadata,
            mimes=body.filters.types,
            since=body.filters.since,
        )
        found = await self._retriever.search(
            call.tenant_id,
            body.query,
            k=body.k,
            filters=filters,
            also=body.also,
            settings=None if body.settings is None else _settings(body.settings),
            embedding_set=None if body.embedding_set is None else EmbeddingSetId(body.embedding_set),
            explain=body.explain,
        )
        return SearchAnswer(
            items=[_found(p) for p in found.passages],
            timings=dict(found.timings),
            cached=found.cached,
            stages=None if found.stages is None else _stages(found, found.stages),
        )

    def routes(self) -> list[Route]:
        """The routes of this file."""
        return [
            Route(
                method="POST",
                path="/api/v1/tenants/{tenant}/search",
                handler=self.search,
                summary="Search the knowledge",
                name="search",
                tags=("knowledge",),
                access=tenant(Permission.KNOWLEDGE_READ),
                audit=False,
            )
        ]


def _found(passage: Passage) -> Found:
    return Found(
        chunk_id=passage.chunk_id,
        document_id=passage.document_id,
        external_id=passage.external_id,
        title=passage.title,
        url=passage.url,
        text=passage.text,
        section=passage.section,
        page=passage.page,
        start=passage.start,
        end=passage.end,
        score=passage.score,
        scores=Scores(keyword=passage.keyword, vector=passage.vector),
        around=passage.around,
    )


def _settings(given: dict[str, Any]) -> SearchSettings:
    try:
        return SearchSettings.model_validate(given)
    except ValidationError as error:
        raise unfit(error, given) from None


def _stages(found: SearchResult, stages: Stages) -> StagesView:
    def ranked(pairs: Sequence[tuple[ChunkId, float]]) -> list[RankedView]:
        return [RankedView(chunk_id=chunk, score=score) for chunk, score in pairs[:_MOST_SHOWN]]

    return StagesView(
        language=found.language,
        queries=list(stages.queries),
        lexemes=[list(words) for words in stages.lexemes],
        guessed={word: list(meant) for word, meant in stages.guessed.items()},
        vector_weight=stages.vector_weight,
        settings=stages.settings.model_dump(),
        candidates=[CandidateView(**asdict(c)) for c in stages.candidates[:_MOST_SHOWN]],
        fused=ranked(stages.fused),
        reranked=ranked(stages.reranked),
        dropped=stages.dropped,
    )
