"""Data sets of judged questions and the runs over them, over REST."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from admin.api.actors import me
from hub.accounts.permissions import Permission
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.pages import Page, PageQuery, decode_cursor, page_of
from hub.http.routes import Route
from hub.store.evaluation_runs import OutcomeRow, RunRow
from hub.store.evaluations import CaseRow, NewCase, SetRow
from orchestrator.data_sets import DataSetDesk, read_cases

Expected = Literal["answer", "refusal", "undecided"]
Question = Annotated[str, Field(min_length=1, max_length=2000)]
Sources = Annotated[list[Annotated[str, Field(min_length=1, max_length=500)]], Field(max_length=50)]
Note = Annotated[str, Field(max_length=500)]
Thresholds = Annotated[dict[str, float], Field(max_length=20, examples=[{"right": 0.8, "refused": 0.9}])]


class NewSet(Model):
    name: Annotated[str, Field(min_length=1, max_length=100)]
    description: Annotated[str, Field(max_length=1000)] = ""
    thresholds: Thresholds = Field(default_factory=dict)
    """At least: `right`, `refused`, `good`, `citation_precision`, `support`, `recall_at_10`, `ndcg_at_10`, `mrr`,
    each a share between 0 and 1. At most: `ungrounded` (sentences), `seconds_p95`."""
    blocks_publishing: bool = False
    """No version of the prompt is put to use whose newest run did not reach the thresholds."""


class SetChange(Model):
    """What is left out stays."""

    description: Annotated[str, Field(max_length=1000)] | None = None
    thresholds: Thresholds | None = None
    """Replaces all thresholds."""
    blocks_publishing: bool | None = None


class SetView(View):
    id: UUID
    name: str
    description: str
    thresholds: dict[str, float]
    blocks_publishing: bool
    cases: int
    created_at: datetime


class CaseFields(Model):
    question: Question
    expect: Expected = "answer"
    """`answer`; `refusal`: nothing answers it; `undecided`: not asked until somebody judged it."""
    sources: Sources = Field(default_factory=list)
    """Documents by external id, id or title; any of them answers it. Empty: any cited answer is right."""
    note: Note = ""


class NewCases(Model):
    """Give `cases` or `jsonl`."""

    cases: Annotated[list[CaseFields], Field(max_length=500)] = Field(default_factory=list)
    jsonl: Annotated[str, Field(max_length=1_000_000)] = ""
    """A question a line: `question`, `sources`, and `expect` where a line without sources is no refusal."""


class FromFeedback(Model):
    days: Annotated[int, Field(ge=1, le=365)] = 30


class AddedView(View):
    added: int
    """How many questions are new to the set."""


class CaseChange(Model):
    """What is left out stays."""

    expect: Expected | None = None
    sources: Sources | None = None
    note: Note | None = None


class CasesQuery(PageQuery):
    expect: Expected | None = None


class CaseView(View):
    id: UUID
    question: str
    expect: Expected
    sources: list[str]
    note: str
    created_at: datetime


class NewRun(Model):
    prompt_id: UUID | None = None
    """The version of the prompt to answer by. Empty: what is in use."""


class MissedView(View):
    figure: str
    bound: float
    value: float | None


class RunView(View):
    id: UUID
    set_id: UUID
    prompt_id: UUID | None
    prompt: int | None
    """The number of the version that answered; null where the settings did."""
    state: Literal["queued", "running", "done", "failed"]
    done: int
    total: int
    figures: dict[str, float]
    missed: list[MissedView]
    """The thresholds that it did not reach."""
    passed: bool | None
    error: str | None
    started_by: str
    created_at: datetime
    finished_at: datetime | None


class OutcomesQuery(Model):
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[int, Field(ge=0)] | None = None
    """`next_cursor` of the page before."""
    good: bool | None = None
    """Only those that ended as they should, or only the others."""


class OutcomeView(View):
    """What became of one question."""

    place: int
    case_id: UUID
    question: str
    expect: Expected
    kind: Literal["answered", "refused", "handed_over"]
    good: bool
    text: str
    cited: list[str]
    ungrounded: list[str]
    """Sentences that no passage bears out."""
    support: float | None
    found_at: int | None
    """The place of the first right passage in the search."""
    seconds: float
    model: str | None


class OutcomePage(View):
    items: list[OutcomeView]
    next_cursor: str | None


class CompareQuery(Model):
    against: UUID | None = None
    """The earlier run. Empty: the one before it over the same set."""


class DifferenceView(View):
    figure: str
    before: float | None
    after: float | None


class ChangedView(View):
    """One question, as it ended in the earlier run and in this one."""

    before: OutcomeView
    after: OutcomeView


class ComparisonView(View):
    figures: list[DifferenceView]
    better: list[ChangedView]
    worse: list[ChangedView]


class EvaluationsApi:
    """The routes of data sets and runs."""

    def __init__(self, *, desk: DataSetDesk) -> None:
        self._desk = desk

    async def create(self, call: Call, body: NewSet) -> SetView:
        return _set(
            await self._desk.add(call.tenant_id, body.name, body.description, body.thresholds, body.blocks_publishing)
        )

    async def page(self, call: Call, query: PageQuery) -> Page[SetView]:
        rows = await self._desk.page(call.tenant_id, query.limit + 1, decode_cursor(query.cursor))
        return page_of(rows, query.limit, lambda row: (row.created_at, row.id), _set)

    async def get(self, call: Call, data_set: UUID) -> SetView:
        return _set(await self._desk.get(call.tenant_id, data_set))

    async def change(self, call: Call, data_set: UUID, body: SetChange) -> SetView:
        return _set(
            await self._desk.change(call.tenant_id, data_set, body.description, body.thresholds, body.blocks_publishing)
        )

    async def remove(self, call: Call, data_set: UUID) -> None:
        await self._desk.remove(call.tenant_id, data_set)

    async def cases(self, call: Call, data_set: UUID, query: CasesQuery) -> Page[CaseView]:
        rows = await self._desk.cases(
            call.tenant_id, data_set, query.limit + 1, decode_cursor(query.cursor), query.expect
        )
        return page_of(rows, query.limit, lambda row: (row.created_at, row.id), _case)

    async def add_cases(self, call: Call, data_set: UUID, body: NewCases) -> AddedView:
        cases = [NewCase(c.question, c.expect, c.sources, c.note) for c in body.cases]
        if body.jsonl or not cases:
            cases += read_cases(body.jsonl)
        return AddedView(added=await self._desk.put_cases(call.tenant_id, data_set, cases))

    async def from_feedback(self, call: Call, data_set: UUID, body: FromFeedback) -> AddedView:
        return AddedView(added=await self._desk.from_opinions(call.tenant_id, data_set, body.days))

    async def change_case(self, call: Call, data_set: UUID, case: UUID, body: CaseChange) -> CaseView:
        return _case(await self._desk.change_case(call.tenant_id, data_set, case, body.expect, body.sources, body.note))

    async def remove_case(self, call: Call, data_set: UUID, case: UUID) -> None:
        await self._desk.remove_case(call.tenant_id, data_set, case)

    async def start(self, call: Call, data_set: UUID, body: NewRun) -> RunView:
        return _run(await self._desk.start(call.tenant_id, data_set, body.prompt_id, me(call)))

    async def runs(self, call: Call, data_set: UUID, query: PageQuery) -> Page[RunView]:
        rows = await self._desk.runs(call.tenant_id, data_set, query.limit + 1, decode_cursor(query.cursor))
        return page_of(rows, query.limit, lambda row: (row.created_at, row.id), _run)

    async def get_run(self, call: Call, run: UUID) -> RunView:
        return _run(await self._desk.get_run(call.tenant_id, run))

    async def outcomes(self, call: Call, run: UUID, query: OutcomesQuery) -> OutcomePage:
        after = -1 if query.cursor is None else query.cursor
        rows = await self._desk.outcomes(call.tenant_id, run, query.limit + 1, after, query.good)
        kept = rows[: query.limit]
        more = str(kept[-1].place) if len(rows) > query.limit else None
        return OutcomePage(items=[_outcome(row) for row in kept], next_cursor=more)

    async def compare(self, call: Call, run: UUID, query: CompareQuery) -> ComparisonView:
        found = await self._desk.compare(call.tenant_id, run, query.against)
        return ComparisonView(
            figures=[DifferenceView(figure=d.figure, before=d.before, after=d.after) for d in found.figures],
            better=[ChangedView(before=_outcome(b), after=_outcome(a)) for b, a in found.better],
            worse=[ChangedView(before=_outcome(b), after=_outcome(a)) for b, a in found.worse],
        )

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base = "/api/v1/tenants/{tenant}/evaluation-sets"
        one, case = f"{base}/{{data_set}}", f"{base}/{{data_set}}/cases/{{case}}"
        run = "/api/v1/tenants/{tenant}/evaluation-runs/{run}"
        talks = tenant(Permission.CONVERSATIONS_READ_ALL)  # these show what customers asked

        def route(method: str, path: str, handler: Any, summary: str, name: str, **more: Any) -> Route:
            access = tenant(Permission.KNOWLEDGE_READ if method == "GET" else Permission.KNOWLEDGE_WRITE)
            if method == "POST":
                more["idempotent"] = True
            return Route(method=method, path=path, handler=handler, summary=summary, name=name,
                         **{"tags": ("evaluation",), "access": access, **more})  # fmt: skip

        return [
            route("GET", base, self.page, "Data sets of judged questions, the newest first", "list_evaluation_sets"),
            route("POST", base, self.create, "A new data set", "create_evaluation_set", status=201, problems=(409,)),
            route("GET", one, self.get, "One data set", "get_evaluation_set"),
            route("PATCH", one, self.change, "Change a data set's thresholds", "change_evaluation_set"),
            route("DELETE", one, self.remove, "Delete a data set with its runs", "delete_evaluation_set"),
            route("GET", f"{one}/cases", self.cases, "A set's questions, the newest first", "list_evaluation_cases",
                  access=talks),
            route("POST", f"{one}/cases", self.add_cases, "Add judged questions", "add_evaluation_cases"),
            route("POST", f"{one}/cases/from-feedback", self.from_feedback,
                  "Add the questions whose answers customers judged", "add_evaluation_cases_from_feedback",
                  description="Those they liked with the documents cited, those they did not like undecided."),
            route("PATCH", case, self.change_case, "Judge a question anew", "change_evaluation_case"),
            route("DELETE", case, self.remove_case, "Take a question out", "delete_evaluation_case"),
            route("GET", f"{one}/runs", self.runs, "Runs over a set, the newest first", "list_evaluation_runs"),
            route("POST", f"{one}/runs", self.start, "Ask every question of a set", "start_evaluation_run", status=202,
                  problems=(409,), description="It goes on after the answer: ask for the run until it is `done` or "
                  "`failed`. Nothing is kept in conversations or sent."),
            route("GET", run, self.get_run, "A run and its figures", "get_evaluation_run"),
            route("GET", f"{run}/outcomes", self.outcomes, "What became of each question",
                  "list_evaluation_outcomes", access=talks),
            route("GET", f"{run}/comparison", self.compare, "What a run does better and worse than another",
                  "compare_evaluation_runs", access=talks, problems=(409,)),
        ]  # fmt: skip


def _set(row: SetRow) -> SetView:
    return SetView(
        id=row.id,
        name=row.name,
        description=row.description,
        thresholds=row.thresholds,
        blocks_publishing=row.blocks,
        cases=row.cases,
        created_at=row.created_at,
    )


def _case(row: CaseRow) -> CaseView:
    return CaseView(**{name: getattr(row, name) for name in CaseView.model_fields})


def _run(row: RunRow) -> RunView:
    return RunView.model_validate({name: getattr(row, name) for name in RunView.model_fields})


def _outcome(row: OutcomeRow) -> OutcomeView:
    return OutcomeView(**{name: getattr(row, name) for name in OutcomeView.model_fields})
