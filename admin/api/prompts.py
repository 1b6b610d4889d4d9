"""Versions of what the bot is told, over REST."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from admin.api.actors import me
from admin.api.models import ModelName
from admin.api.usage import MoneyView, dollars
from hub.accounts.permissions import Permission
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.pages import Page, PageQuery, decode_cursor, page_of
from hub.http.routes import Route
from hub.http.views import CitationView
from hub.store.prompts import ArmRow, PromptRow
from orchestrator.prompts import Contest, PromptDesk, Wording
from orchestrator.thought import Thought, citation_to_json


class NewPrompt(Model):
    instructions: Annotated[str, Field(max_length=8000)]
    """What the bot shall do and not do, in the company's own words."""
    tone: Annotated[str, Field(max_length=500, examples=["Warm and brief. No exclamation marks."])] = ""
    language: Annotated[str, Field(pattern="^[a-z]{2,3}$")] | None = None
    """The language where the customer's cannot be told. Empty: the tenant's setting."""
    note: Annotated[str, Field(max_length=500)] = ""
    """Why this version was made."""


class PromptView(View):
    id: UUID
    version: int
    instructions: str
    tone: str
    language: str | None
    note: str
    author: str
    in_use: bool
    created_at: datetime


class DiffQuery(Model):
    against: UUID | None = None
    """The version to compare with. Empty: what is in use now."""


class DiffView(View):
    lines: list[str]
    """A unified diff; empty where nothing differs."""


class TryPrompt(Model):
    question: Annotated[str, Field(min_length=1, max_length=4000)]


class TriedView(View):
    """What the bot would answer. Nothing was kept or sent."""

    text: str
    kind: str
    citations: list[CitationView]
    support: float | None
    model: str | None


class NewContest(Model):
    """A version, a model, or both."""

    prompt_id: UUID | None = None
    """The version to try. Empty: the one in use."""
    model: ModelName | None = None
    """The model to try, among the options of the task `answer`. Empty: the one that answers anyway."""
    share: Annotated[int, Field(ge=1, le=99)] = 50
    """How many of a hundred conversations are answered so. Each is answered by one side throughout."""


class ArmView(View):
    """What came of the answers of one side since the contest began."""

    tried: bool
    """Whether this is the side that is tried."""
    model: str | None
    """The model that gave most of these answers."""
    version: int | None
    """Empty: the settings."""
    conversations: int
    messages: int
    answered: int
    unanswered: int
    handed_over: int
    support: float | None
    """0 to 1, the mean."""
    up: int
    """Customers' opinions of the answers."""
    down: int
    cost: MoneyView | None
    """What models cost in these conversations. Empty: no call had a price."""


class ContestView(View):
    """What is tried beside what is in use. `share` is empty where nothing is tried."""

    prompt_id: UUID | None
    version: int | None
    model: str | None
    """The model that is tried, as `provider/model`; empty: only the version differs."""
    share: int | None
    since: datetime | None
    in_use: int | None
    """The version it is compared with; empty: the settings."""
    arms: list[ArmView]


class PromptsApi:
    """The routes of versions."""

    def __init__(self, *, desk: PromptDesk) -> None:
        self._desk = desk

    async def page(self, call: Call, query: PageQuery) -> Page[PromptView]:
        rows = await self._desk.page(call.tenant_id, query.limit + 1, decode_cursor(query.cursor))
        return page_of(rows, query.limit, lambda row: (row.created_at, row.id), _view)

    async def create(self, call: Call, body: NewPrompt) -> PromptView:
        wording = Wording(body.instructions, body.tone, body.language)
        return _view(await self._desk.add(call.tenant_id, wording, body.note, me(call)))

    async def get(self, call: Call, prompt: UUID) -> PromptView:
        return _view(await self._desk.get(call.tenant_id, prompt))

    async def diff(self, call: Call, prompt: UUID, query: DiffQuery) -> DiffView:
        return DiffView(lines=await self._desk.diff(call.tenant_id, prompt, query.against))

    async def preview(self, call: Call, prompt: UUID, body: TryPrompt) -> TriedView:
        return show_tried(await self._desk.preview(call.tenant_id, prompt, body.question))

    async def use(self, call: Call, prompt: UUID) -> PromptView:
        return _view(await self._desk.use(call.tenant_id, prompt))

    async def use_none(self, call: Call) -> None:
        await self._desk.use_none(call.tenant_id)

    async def contest(self, call: Call) -> ContestView:
        return _contest(await self._desk.contest(call.tenant_id))

    async def try_beside(self, call: Call, body: NewContest) -> ContestView:
        return _contest(await self._desk.try_beside(call.tenant_id, body.prompt_id, body.model, body.share))

    async def end_contest(self, call: Call) -> None:
        await self._desk.end_contest(call.tenant_id)

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base = "/api/v1/tenants/{tenant}/prompts"
        one = f"{base}/{{prompt}}"

        def route(method: str, path: str, handler: Any, summary: str, name: str, **more: Any) -> Route:
            access = tenant(Permission.TENANT_READ if method == "GET" else Permission.TENANT_WRITE)
            if method == "POST":
                more["idempotent"] = True
            return Route(method=method, path=path, handler=handler, summary=summary, name=name,
                         **{"tags": ("tenants",), "access": access, **more})  # fmt: skip

        return [
            route("GET", base, self.page, "Versions of what the bot is told, the newest first", "list_prompts"),
            route("POST", base, self.create, "A new version, not yet in use", "create_prompt", status=201),
            route("DELETE", f"{base}/in-use", self.use_none, "Answer by the settings alone again", "use_no_prompt"),
            route("GET", f"{base}/contest", self.contest, "What is tried beside what is in use, and how both do",
                  "get_prompt_contest"),
            route("PUT", f"{base}/contest", self.try_beside, "Answer some of the conversations by a version or model",
                  "start_prompt_contest", problems=(409,), description="Refused for what is in use already, for a "
                  "model that the plan does not offer, and while a data set with `blocks_publishing` is not passed "
                  "under the version."),
            route("DELETE", f"{base}/contest", self.end_contest, "Try nothing beside what is in use",
                  "end_prompt_contest"),
            route("GET", one, self.get, "One version", "get_prompt"),
            route("GET", f"{one}/diff", self.diff, "What a version changes", "diff_prompt"),
            route("POST", f"{one}/preview", self.preview, "What the bot would answer under a version",
                  "preview_prompt"),
            route("POST", f"{one}/use", self.use, "Answer by a version from now on, or go back to one", "use_prompt",
                  problems=(409,), description="Refused while a data set with `blocks_publishing` is not passed under "
                  "the version."),
        ]  # fmt: skip


def show_tried(thought: Thought) -> TriedView:
    """What would be answered, as the API shows it."""
    return TriedView(
        text=thought.text,
        kind=thought.kind,
        citations=[CitationView.model_validate(_known(citation_to_json(c))) for c in thought.citations],
        support=thought.support,
        model=thought.model,
    )


def _contest(contest: Contest) -> ContestView:
    tried = contest.tried
    return ContestView(
        prompt_id=None if tried is None else tried.prompt_id,
        version=None if tried is None else tried.version,
        model=None if tried is None else tried.model,
        share=None if tried is None else tried.share,
        since=None if tried is None else tried.since,
        in_use=contest.now,
        arms=[_arm(arm) for arm in contest.arms],
    )


def _arm(row: ArmRow) -> ArmView:
    fields = {name: getattr(row, name) for name in ArmView.model_fields if name != "cost"}
    return ArmView(**fields, cost=dollars(row.cost))


def _view(row: PromptRow) -> PromptView:
    return PromptView(**{name: getattr(row, name) for name in PromptView.model_fields})


def _known(data: dict[str, Any]) -> dict[str, Any]:
    return {name: data.get(name) for name in CitationView.model_fields}
