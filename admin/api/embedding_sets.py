"""Sets of vectors over REST: two models side by side, compared, and the switch between them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from hub.accounts.permissions import Permission
from hub.core.ids import EmbeddingSetId
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.routes import Route
from hub.knowledge.embedding_sets import EmbeddingSetDesk, Standing, State
from hub.knowledge.evaluation import Quality
from hub.knowledge.set_comparison import MOST_QUESTIONS, Figures, Judged, SetComparison

ModelName = Annotated[str, Field(min_length=1, max_length=200, examples=["text-embedding-3-small"])]


class NewEmbeddingSet(Model):
    model: ModelName
    """One of the `models` that the list of sets tells."""
    activate: bool = False
    """Switch to it when it is full."""


class FillRequest(Model):
    activate: bool = False
    """Switch to it when it is full."""


class EmbeddingSetView(View):
    """One model's vectors of all passages."""

    id: UUID
    model: str
    dimensions: int
    state: State
    """`active`: searches use it. `ready`: full. `filling`: in the background. `stopped`: `error` says why."""
    passages: int
    filled: int
    """How many passages have a vector in it."""
    error: str | None
    created_at: datetime


class EmbeddingModelView(View):
    """A model that the deployment offers; new tenants get the first."""

    model: str
    provider: str
    dimensions: int
    languages: list[str]
    """Those it knows; empty: all."""


class EmbeddingSetsView(View):
    items: list[EmbeddingSetView]
    models: list[EmbeddingModelView]


class JudgedQuestion(Model):
    query: Annotated[str, Field(min_length=1, max_length=1_000, examples=["How long does delivery take?"])]
    relevant: Annotated[list[Annotated[str, Field(min_length=1, max_length=500)]], Field(min_length=1, max_length=50)]
    """The documents that answer it, by id or external id."""


class CompareRequest(Model):
    sets: Annotated[list[UUID], Field(max_length=10)] = Field(default_factory=list)
    """Empty: all."""
    questions: Annotated[list[JudgedQuestion], Field(max_length=MOST_QUESTIONS)] = Field(default_factory=list)
    """Empty: sentences of passages stand for questions, each answered by the passage it is from."""


class FiguresView(View):
    """Means over all questions, from 0 to 1."""

    ndcg_at_10: float
    recall_at_10: float
    mrr: float


class ComparedSet(View):
    set: EmbeddingSetView
    usable: bool
    """False where its model is gone or did not answer, so that words alone were asked."""
    hybrid: FiguresView
    """Words and vectors joined, as the tenant has set its search."""
    vector: FiguresView
    """The vectors alone."""
    milliseconds: float
    """The median of a search."""


class Comparison(View):
    items: list[ComparedSet]
    questions: int
    made_up: bool
    """Whether sentences of passages stood for questions."""


class EmbeddingSetsApi:
    """The routes of a tenant's sets of vectors."""

    def __init__(self, *, desk: EmbeddingSetDesk, comparison: SetComparison) -> None:
        self._desk = desk
        self._comparison = comparison

    async def all(self, call: Call) -> EmbeddingSetsView:
        return EmbeddingSetsView(
            items=[_view(standing) for standing in await self._desk.all(call.tenant_id)],
            models=[
                EmbeddingModelView(
                    model=one.model, provider=one.provider, dimensions=one.dims, languages=list(one.languages)
                )
                for one in await self._desk.offered(call.tenant_id)
            ],
        )

    async def create(self, call: Call, body: NewEmbeddingSet) -> EmbeddingSetView:
        return _view(await self._desk.create(call.tenant_id, body.model, activate=body.activate))

    async def get(self, call: Call, embedding_set: UUID) -> EmbeddingSetView:
        return _view(await self._desk.get(call.tenant_id, EmbeddingSetId(embedding_set)))

    async def fill(self, call: Call, embedding_set: UUID, body: FillRequest) -> EmbeddingSetView:
        return _view(await self._desk.fill(call.tenant_id, EmbeddingSetId(embedding_set), activate=body.activate))

    async def activate(self, call: Call, embedding_set: UUID) -> EmbeddingSetView:
        return _view(await self._desk.activate(call.tenant_id, EmbeddingSetId(embedding_set)))

    async def remove(self, call: Call, embedding_set: UUID) -> None:
        await self._desk.remove(call.tenant_id, EmbeddingSetId(embedding_set))

    async def compare(self, call: Call, body: CompareRequest) -> Comparison:
        figures, questions, made_up = await self._comparison.compare(
            call.tenant_id,
            sets=[EmbeddingSetId(id) for id in body.sets],
            questions=[Judged(question.query, question.relevant) for question in body.questions],
        )
        return Comparison(items=[_compared(one) for one in figures], questions=questions, made_up=made_up)

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base = "/api/v1/tenants/{tenant}/embedding-sets"
        one = f"{base}/{{embedding_set}}"

        def route(method: str, path: str, handler: Any, summary: str, name: str, **more: Any) -> Route:
            access = tenant(Permission.KNOWLEDGE_READ if method == "GET" else Permission.KNOWLEDGE_WRITE)
            return Route(method=method, path=path, handler=handler, summary=summary, name=name,
                         **{"tags": ("knowledge",), "access": access, **more})  # fmt: skip

        return [
            route("GET", base, self.all, "Sets of vectors, and the models there are", "list_embedding_sets"),
            route("POST", base, self.create, "Make a set of vectors", "create_embedding_set", status=201,
                  idempotent=True, problems=(409,)),
            route("POST", f"{base}/compare", self.compare, "Compare sets of vectors", "compare_embedding_sets",
                  idempotent=True),
            route("GET", one, self.get, "One set of vectors, and how full it is", "get_embedding_set"),
            route("POST", f"{one}/fill", self.fill, "Go on filling a set", "fill_embedding_set", status=202,
                  idempotent=True),
            route("POST", f"{one}/activate", self.activate, "Have searches use a set", "activate_embedding_set",
                  idempotent=True, problems=(409,)),
            route("DELETE", one, self.remove, "Remove a set with its vectors", "delete_embedding_set",
                  problems=(409,)),
        ]  # fmt: skip


def _view(standing: Standing) -> EmbeddingSetView:
    row, filled = standing.row, standing.filled
    return EmbeddingSetView(
        id=row.id,
        model=row.model,
        dimensions=row.dims,
        state=standing.state,
        passages=filled.chunks,
        filled=filled.vectors,
        error=row.error,
        created_at=row.created_at,
    )


def _compared(figures: Figures) -> ComparedSet:
    return ComparedSet(
        set=_view(Standing(figures.row, figures.filled)),
        usable=figures.usable,
        hybrid=_figures(figures.hybrid),
        vector=_figures(figures.vector),
        milliseconds=round(figures.seconds * 1000, 1),
    )


def _figures(quality: Quality) -> FiguresView:
    return FiguresView(ndcg_at_10=quality.ndcg_at_10, recall_at_10=quality.recall_at_10, mrr=quality.mrr)
