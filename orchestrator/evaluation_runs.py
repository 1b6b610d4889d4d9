"""A run over a data set: every question asked as a customer would, with nothing kept in conversations or sent, and
what became of it judged."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Final, Literal
from uuid import UUID

import structlog

from hub.core.errors import NotFound
from hub.core.ids import DocumentId, TenantId
from hub.core.knowledge import Passage
from hub.knowledge.evaluation import quality
from hub.store.evaluation_runs import OutcomeRow, RunRow
from hub.store.evaluations import CaseRow
from hub.store.session import Store, Tx
from orchestrator.evaluation import without_ground
from orchestrator.prompts import bot_settings, worded
from orchestrator.retrieve import Search
from orchestrator.settings import BotSettings, read_settings
from orchestrator.thought import Thought
from orchestrator.trials import ModelFor, try_out

log = structlog.get_logger(__name__)

RUN_JOB: Final = "evaluation.run"
"""The job that runs one; its args are ``{"run_id"}``."""
RANKED: Final = 10
AT_LEAST: Final = (
    "right",
    "refused",
    "good",
    "citation_precision",
    "support",
    "recall_at_10",
    "ndcg_at_10",
    "mrr",
)
"""Figures between 0 and 1 of which a threshold asks for so much at least."""
AT_MOST: Final = ("ungrounded", "seconds_p95")
"""Figures of which a threshold allows so much at most."""


@dataclass(frozen=True, slots=True)
class _Names:
    """What a document is called in a data set: its id, its external id, its title."""

    title: str
    all: frozenset[str]


class Trials:
    """Makes runs."""

    def __init__(self, *, store: Store, search: Search, model_for: ModelFor) -> None:
        self._store = store
        self._search = search
        self._model_for = model_for

    async def run(
        self, tenant: TenantId, id: UUID, progress: Callable[[int, int], None] = lambda done, total: None
    ) -> RunRow:
        """Ask what is left to ask and count. Idempotent: an interrupted run goes on where it was. Raises
        ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            row = _there(await tx.evaluation_runs.get_run(id))
            if row.state == "done":
                return row
            cases = [c for c in await tx.evaluations.all_cases(row.set_id) if c.expect != "undecided"]
            settings = await self._settings(tx, row)
            begun = await tx.evaluation_runs.begin_run(id, settings.prompt, len(cases))
        documents: dict[UUID, _Names] = {}
        for place, case in enumerate(cases):
            if place < begun:
                continue
            outcome = await self._ask(tenant, settings, place, case, documents)
            async with self._store.begin(tenant) as tx:
                await tx.evaluation_runs.add_outcome(id, outcome)
            progress(place + 1, len(cases))
        async with self._store.begin(tenant) as tx:
            outcomes = await tx.evaluation_runs.outcomes(id, len(cases) + 1)
            found = await tx.evaluations.get_set(row.set_id)
            figures = count(outcomes)
            await tx.evaluation_runs.finish_run(id, figures, unreached(figures, found.thresholds if found else {}))
            return _there(await tx.evaluation_runs.get_run(id))

    async def given_up(self, tenant: TenantId, id: UUID, error: str) -> None:
        """Say on the run that it came to no end."""
        async with self._store.begin(tenant) as tx:
            await tx.evaluation_runs.fail_run(id, error)

    async def _settings(self, tx: Tx, row: RunRow) -> BotSettings:
        raw = await tx.settings.get()
        prompt = await tx.prompts.get(row.prompt_id) if row.prompt_id is not None else None
        return await bot_settings(tx, raw) if prompt is None else worded(read_settings(raw), prompt)

    async def _ask(
        self, tenant: TenantId, settings: BotSettings, place: int, case: CaseRow, documents: dict[UUID, _Names]
    ) -> OutcomeRow:
        began = time.monotonic()
        model = await self._model_for(tenant, None)
        thought, passages = await try_out(self._search, model, tenant, settings, case.question)
        seconds = time.monotonic() - began
        await self._learn(
            tenant, documents, [*(c.document_id for c in thought.citations), *(p.document_id for p in passages)]
        )
        return judge(place, case, thought, passages, seconds, documents)

    async def _learn(self, tenant: TenantId, documents: dict[UUID, _Names], ids: Sequence[DocumentId]) -> None:
        missing = {id for id in ids if id not in documents}
        if not missing:
            return
        async with self._store.begin(tenant) as tx:
            for id in missing:
                row = await tx.documents.get(id)
                if row is not None:
                    names = (str(id), row.external_id, row.title)
                    documents[id] = _Names(row.title, frozenset(name for name in names if name))


def trials_handler(trials: Trials) -> Callable[[TenantId, Mapping[str, Any], bool], Awaitable[None]]:
    """The handler of the job that makes a run."""

    async def run(tenant: TenantId, args: Mapping[str, Any], last_try: bool) -> None:
        id = UUID(str(args["run_id"]))
        try:
            await trials.run(tenant, id)
        except NotFound:
            log.info("evaluation.run_gone")
        except Exception as error:
            if last_try:
                await trials.given_up(tenant, id, str(error) or type(error).__name__)
            raise

    return run


def judge(
    place: int,
    case: CaseRow,
    thought: Thought,
    passages: Sequence[Passage],
    seconds: float,
    documents: Mapping[UUID, _Names],
) -> OutcomeRow:
    """What became of a question."""
    wanted = frozenset(case.sources)
    cited = [documents[c.document_id] for c in thought.citations if c.document_id in documents]
    kind: Literal["answered", "refused", "handed_over"] = "refused"
    if thought.handoff is not None:
        kind = "handed_over"
    elif thought.kind in ("answer", "extracts") and thought.citations:
        kind = "answered"
    right = kind == "answered" and (not wanted or any(names.all & wanted for names in cited))
    ranks = (
        n for n, p in enumerate(passages, 1) if p.document_id in documents and documents[p.document_id].all & wanted
    )
    return OutcomeRow(
        place=place,
        case_id=case.id,
        question=case.question,
        expect=case.expect,
        kind=kind,
        good=right if case.expect == "answer" else kind != "answered",
        text=thought.text,
        cited=list(dict.fromkeys(names.title for names in cited)),
        ungrounded=without_ground(thought.text, passages) if thought.kind == "answer" else [],
        support=thought.support,
        found_at=next(ranks, None),
        seconds=round(seconds, 4),
        model=thought.model,
    )


def count(outcomes: Sequence[OutcomeRow]) -> dict[str, Any]:
    """The figures of a run; shares are between 0 and 1, and absent where there is nothing to share."""
    able = [o for o in outcomes if o.expect == "answer"]
    unable = [o for o in outcomes if o.expect == "refusal"]
    answered = [o for o in able if o.kind == "answered"]
    found = quality({str(o.place): _ranking(o) for o in able}, {str(o.place): {"right": 1.0} for o in able})
    supports = [o.support for o in answered if o.support is not None]
    times = sorted(o.seconds for o in outcomes)
    figures: dict[str, Any] = {
        "questions": len(outcomes),
        "answerable": len(able),
        "answered_right": sum(o.good for o in able),
        "answered_wrong": sum(o.kind == "answered" and not o.good for o in able),
        "answerable_refused": sum(o.kind == "refused" for o in able),
        "answerable_handed_over": sum(o.kind == "handed_over" for o in able),
        "unanswerable": len(unable),
        "unanswerable_answered": sum(o.kind == "answered" for o in unable),
        "ungrounded": sum(len(o.ungrounded) for o in outcomes),
        "by_model": sum(o.model is not None for o in outcomes),
    }
    if outcomes:
        figures["good"] = _share(sum(o.good for o in outcomes), len(outcomes))
        figures["seconds_median"] = times[len(times) // 2]
        figures["seconds_p95"] = times[min(len(times) - 1, len(times) * 95 // 100)]
    if able:
        figures |= {
            "right": _share(sum(o.good for o in able), len(able)),
            "recall_at_10": round(found.recall_at_10, 4),
            "ndcg_at_10": round(found.ndcg_at_10, 4),
            "mrr": round(found.mrr, 4),
        }
    if answered:
        figures["citation_precision"] = _share(sum(o.good for o in answered), len(answered))
    if supports:
        figures["support"] = round(fmean(supports), 4)
    if unable:
        figures["refused"] = _share(sum(o.good for o in unable), len(unable))
    return figures


def _ranking(outcome: OutcomeRow) -> list[str]:
    """The search's places with the first right one marked; ones after it say no more about this question."""
    return [] if outcome.found_at is None else [*map(str, range(1, outcome.found_at)), "right"]


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4)


def unreached(figures: Mapping[str, Any], thresholds: Mapping[str, float]) -> list[dict[str, Any]]:
    """The thresholds that a run missed; one whose figure could not be taken is missed too."""
    missed = []
    for name, bound in thresholds.items():
        value = figures.get(name)
        if value is None or (value > bound if name in AT_MOST else value < bound):
            missed.append({"figure": name, "bound": bound, "value": value})
    return missed


def _there(row: RunRow | None) -> RunRow:
    if row is None:
        raise NotFound("There is no such run.", field="run")
    return row
