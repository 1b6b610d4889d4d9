"""Which models do a tenant's tasks, over REST."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hub.accounts.permissions import Permission
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.routes import Route
from hub.metering.choices import ModelDesk, TenantModels

ModelTask = Literal["answer", "small", "summary", "title", "pair", "rerank", "rephrase"]
ModelName = Annotated[str, Field(min_length=3, max_length=200)]


class ModelsChange(Model):
    """What is left out stays."""

    tasks: Annotated[dict[str, ModelName | None], Field(max_length=20)] = Field(default_factory=dict)
    """The model chosen for a task, among its options; null takes the choice back."""


class TaskView(View):
    task: ModelTask
    purpose: str
    model: str | None
    """What does it, as `provider/model`; null: nothing, as without any model."""
    options: list[str]
    """What the plan lets choose; the first unless another is chosen."""
    chosen: bool


class ModelsView(View):
    plan: str
    tasks: list[TaskView]


class ModelsApi:
    """The routes of a tenant's models."""

    def __init__(self, *, desk: ModelDesk) -> None:
        self._desk = desk

    async def get(self, call: Call) -> ModelsView:
        return _view(await self._desk.get(call.tenant_id))

    async def change(self, call: Call, body: ModelsChange) -> ModelsView:
        return _view(await self._desk.change(call.tenant_id, body.tasks))

    def routes(self) -> list[Route]:
        """The routes of this file."""
        path = "/api/v1/tenants/{tenant}/models"
        return [
            Route(method="GET", path=path, handler=self.get, name="get_models", tags=("tenants",),
                  access=tenant(Permission.TENANT_READ), summary="Which model does what"),
            Route(method="PATCH", path=path, handler=self.change, name="change_models", tags=("tenants",),
                  access=tenant(Permission.TENANT_WRITE), summary="Choose models among those of the plan"),
        ]  # fmt: skip


def _view(found: TenantModels) -> ModelsView:
    return ModelsView(
        plan=found.plan,
        tasks=[
            TaskView.model_validate({name: getattr(task, name) for name in TaskView.model_fields})
            for task in found.tasks
        ],
    )
