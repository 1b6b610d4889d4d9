"""A tenant's models: what its plan offers for each task, and what it chose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub.core.errors import Conflict, Invalid
from hub.core.ids import TenantId
from hub.llm.choosing import TASKS, Plans, choose, offered
from hub.store.model_choices import ChoiceRow
from hub.store.session import Store


@dataclass(frozen=True, slots=True)
class TaskModel:
    """A task, the model that does it (None: none does), and those it can be chosen among."""

    task: str
    purpose: str
    model: str | None
    options: Sequence[str]
    chosen: bool


@dataclass(frozen=True, slots=True)
class TenantModels:
    """The tenant's plan, and what it gives."""

    plan: str
    tasks: Sequence[TaskModel]


class ModelDesk:
    """What a tenant chooses. ``usual`` is the deployment's own model of each task."""

    def __init__(self, *, store: Store, plans: Plans, usual: Mapping[str, str | None]) -> None:
        self._store = store
        self._plans = plans
        self._usual = usual

    async def get(self, tenant: TenantId) -> TenantModels:
        """How it stands."""
        async with self._store.begin(tenant) as tx:
            return self._shown(await tx.model_choices.get())

    async def change(self, tenant: TenantId, tasks: Mapping[str, str | None]) -> TenantModels:
        """Choose models; None for a task takes its choice back, what is left out stays. Counts from the next call on.
        To choose the model that is tried ends its contest. Raises ``Invalid`` for what the plan does not offer."""
        async with self._store.begin(tenant) as tx:
            row = await tx.model_choices.get()
            kept = dict(row.tasks)
            for task, model in tasks.items():
                kept.pop(task, None)
                if model is not None:
                    kept[task] = self._checked(row.plan, task, model)
            await tx.model_choices.put(kept)
            contest = await tx.prompts.contest()
            if contest is not None and contest.prompt_id is None and contest.model == kept.get("answer"):
                await tx.prompts.end_contest()
        return self._shown(ChoiceRow(row.plan, kept))

    def check_rival(self, row: ChoiceRow, model: str) -> None:
        """Raise ``Invalid`` for a model that the plan does not offer for answers, ``Conflict`` for the one that gives
        them."""
        self._checked(row.plan, "answer", model, field="model")
        if model == choose(self._plans, row.plan, row.tasks, "answer"):
            raise Conflict(f"'{model}' answers already. Try another one beside it.", field="model")

    def _checked(self, plan: str, task: str, model: str, field: str = "tasks") -> str:
        if task not in TASKS:
            raise Invalid(f"There is no task '{task}'. There are: {', '.join(TASKS)}.", field=field)
        options = offered(self._plans, plan, task)
        if model not in options:
            among = ", ".join(options) or "none but the one that does it"
            raise Invalid(f"The plan does not offer '{model}' for '{task}'. It offers: {among}.", field=field)
        return model

    def _shown(self, row: ChoiceRow) -> TenantModels:
        return TenantModels(
            row.plan,
            [
                TaskModel(
                    task,
                    purpose,
                    choose(self._plans, row.plan, row.tasks, task) or self._usual.get(task),
                    list(offered(self._plans, row.plan, task)),
                    row.tasks.get(task) in offered(self._plans, row.plan, task),
                )
                for task, purpose in TASKS.items()
            ],
        )
