"""Which model does a task: what a plan offers for it, the first unless another was chosen. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

TASKS: Final = {
    "answer": "answers customers",
    "small": "answers where the budget does not last for the other",
    "summary": "sums long conversations and documents up",
    "title": "names conversations",
    "pair": "puts colleagues' answers into better words",
    "rerank": "puts search results in order",
    "rephrase": "puts questions into other words for the search",
}
"""What models are asked for, as the ledger names it."""
EVERY_OTHER: Final = "*"

Plans = Mapping[str, Mapping[str, Sequence[str]]]
"""By plan and task the models offered, as ``provider/model``; the task ``*`` stands for every task not named."""


def offered(plans: Plans, plan: str, task: str) -> Sequence[str]:
    """The models that a plan offers for a task; none where the deployment's own model does it."""
    tasks = plans.get(plan, {})
    return tasks.get(task, tasks.get(EVERY_OTHER, ()))


def choose(plans: Plans, plan: str, chosen: Mapping[str, str], task: str) -> str | None:
    """The model that does the task; None where the deployment's own does it."""
    models = offered(plans, plan, task)
    wanted = chosen.get(task)
    if wanted in models:
        return wanted
    return models[0] if models else None
