"""What a tenant does with its data sets: made, filled, run, compared."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.ids import TenantId
from hub.core.ports import Waker
from hub.store.evaluation_runs import OutcomeRow, RunRow
from hub.store.evaluations import CaseRow, Expected, NewCase, SetRow
from hub.store.session import Store, Tx
from orchestrator.evaluation_runs import AT_LEAST, AT_MOST, RUN_JOB

MOST_CASES: Final = 1_000
_LONGEST: Final = 2_000
_MOST_SOURCES: Final = 50
_OPINIONS: Final = 500
_EXPECTED: Final[dict[str, Expected]] = {"answer": "answer", "refusal": "refusal", "undecided": "undecided"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of two runs; None where a run has none."""

    figure: str
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs over one set. ``better`` ended well only in the later run, ``worse`` only in the earlier one: each as it
    ended before and after."""

    figures: Sequence[Difference]
    better: Sequence[tuple[OutcomeRow, OutcomeRow]]
    worse: Sequence[tuple[OutcomeRow, OutcomeRow]]


class DataSetDesk:
    """A tenant's data sets and runs."""

    def __init__(self, *, store: Store, waker: Waker) -> None:
        self._store = store
        self._waker = waker

    async def add(
        self, tenant: TenantId, name: str, description: str, thresholds: Mapping[str, float], blocks: bool
    ) -> SetRow:
        """Raises ``Conflict`` for a name that is taken, ``Invalid`` for a threshold on an unknown figure."""
        _check(thresholds)
        async with self._store.begin(tenant) as tx:
            row = await tx.evaluations.add_set(name, description, thresholds, blocks)
        if row is None:
            raise Conflict(f"There is a data set named '{name}' already.", field="name")
        return row

    async def page(self, tenant: TenantId, limit: int, before: tuple[datetime, UUID] | None) -> list[SetRow]:
        """The newest first."""
        async with self._store.begin(tenant) as tx:
            return await tx.evaluations.sets(limit, before)

    async def get(self, tenant: TenantId, id: UUID) -> SetRow:
        """Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            return _set(await tx.evaluations.get_set(id))

    async def by_name(self, tenant: TenantId, name: str) -> SetRow:
        """Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            return _set(await tx.evaluations.set_by_name(name))

    async def change(
        self,
        tenant: TenantId,
        id: UUID,
        description: str | None,
        thresholds: Mapping[str, float] | None,
        blocks: bool | None,
    ) -> SetRow:
        """What is None stays. Raises ``NotFound`` or ``Invalid``."""
        _check(thresholds or {})
        async with self._store.begin(tenant) as tx:
            return _set(await tx.evaluations.change_set(id, description, thresholds, blocks))

    async def remove(self, tenant: TenantId, id: UUID) -> None:
        """With its cases and runs. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            if not await tx.evaluations.remove_set(id):
                raise _gone()

    async def cases(
        self, tenant: TenantId, id: UUID, limit: int, before: tuple[datetime, UUID] | None, expect: Expected | None
    ) -> list[CaseRow]:
        """The newest first. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            _set(await tx.evaluations.get_set(id))
            return await tx.evaluations.cases(id, limit, before, expect)

    async def put_cases(self, tenant: TenantId, id: UUID, cases: Sequence[NewCase]) -> int:
        """Add cases, each question once: one that is there takes on what is said now. How many are new. Raises
        ``NotFound`` or ``Invalid``."""
        async with self._store.begin(tenant) as tx:
            found = _set(await tx.evaluations.get_set(id))
            added = await tx.evaluations.put_cases(id, cases)
            _check_room(found.cases + added)
        return added

    async def from_opinions(self, tenant: TenantId, id: UUID, days: int) -> int:
        """Add the questions whose answers customers gave an opinion of: those they liked with the documents cited,
        those they did not like undecided. What is there stays. How many are new. Raises ``NotFound``."""
        since = datetime.now(UTC) - timedelta(days=days)
        async with self._store.begin(tenant) as tx:
            found = _set(await tx.evaluations.get_set(id))
            judged = await tx.evaluations.judged_by_customers(since, _OPINIONS)
            cases: dict[str, NewCase] = {}
            for one in judged:
                liked = one.value == "up" and bool(one.documents)
                sources = tuple(map(str, one.documents)) if liked else ()
                question = one.question.strip()[:_LONGEST]
                cases.setdefault(
                    question, NewCase(question, "answer" if liked else "undecided", sources, one.comment or "")
                )
            added = await tx.evaluations.add_unknown(id, list(cases.values()))
            _check_room(found.cases + added)
        return added

    async def change_case(
        self,
        tenant: TenantId,
        id: UUID,
        case: UUID,
        expect: Expected | None,
        sources: Sequence[str] | None,
        note: str | None,
    ) -> CaseRow:
        """What is None stays. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            row = await tx.evaluations.change_case(id, case, expect, sources, note)
        if row is None:
            raise NotFound("There is no such case.", field="case")
        return row

    async def remove_case(self, tenant: TenantId, id: UUID, case: UUID) -> None:
        """Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            if not await tx.evaluations.remove_case(id, case):
                raise NotFound("There is no such case.", field="case")

    async def start(self, tenant: TenantId, id: UUID, prompt: UUID | None, by: str, *, queued: bool = True) -> RunRow:
        """Begin a run, in the background where it is ``queued``. Raises ``NotFound``; ``Conflict`` without a case to
        ask."""
        async with self._store.begin(tenant) as tx:
            _set(await tx.evaluations.get_set(id))
            if prompt is not None and await tx.prompts.get(prompt) is None:
                raise NotFound("There is no such version.", field="prompt_id")
            total = sum(case.expect != "undecided" for case in await tx.evaluations.all_cases(id))
            if not total:
                raise Conflict("This data set has no judged question yet. Add cases first.", field="data_set")
            row = await tx.evaluation_runs.add_run(id, prompt, by, total)
            if queued:
                await tx.jobs.add(RUN_JOB, {"run_id": str(row.id)})
        if queued:
            await self._waker.wake("job")
        return row

    async def runs(self, tenant: TenantId, id: UUID, limit: int, before: tuple[datetime, UUID] | None) -> list[RunRow]:
        """The newest first. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            _set(await tx.evaluations.get_set(id))
            return await tx.evaluation_runs.runs(id, limit, before)

    async def get_run(self, tenant: TenantId, id: UUID) -> RunRow:
        """Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            return await _run(tx, id)

    async def outcomes(self, tenant: TenantId, id: UUID, limit: int, after: int, good: bool | None) -> list[OutcomeRow]:
        """In the set's order. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            await _run(tx, id)
            return await tx.evaluation_runs.outcomes(id, limit, after, good=good)

    async def compare(self, tenant: TenantId, id: UUID, against: UUID | None) -> Comparison:
        """What a run does better and worse than another over the same set, by default the one before it. Raises
        ``NotFound``, ``Conflict``."""
        async with self._store.begin(tenant) as tx:
            later = await _run(tx, id)
            earlier = await _run(tx, against) if against is not None else await _before(tx, later)
            if later.set_id != earlier.set_id:
                raise Conflict("These are runs over two different data sets.", field="against")
            before = {o.case_id: o for o in await tx.evaluation_runs.outcomes(earlier.id, MOST_CASES)}
            after = [o for o in await tx.evaluation_runs.outcomes(id, MOST_CASES) if o.case_id in before]
        names = list(earlier.figures | later.figures)
        return Comparison(
            [Difference(name, earlier.figures.get(name), later.figures.get(name)) for name in names],
            [(before[o.case_id], o) for o in after if o.good and not before[o.case_id].good],
            [(before[o.case_id], o) for o in after if not o.good and before[o.case_id].good],
        )


def read_cases(lines: str, field: str = "jsonl") -> list[NewCase]:
    """The cases of JSONL: ``question`` (or ``text``), ``sources``, ``expect`` and ``note``. A line without sources
    expects a refusal, unless it says otherwise. Raises ``Invalid`` naming the line."""
    cases = []
    for number, line in enumerate(lines.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            cases.append(_case(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            wanted = 'a line is JSON with "question" and, where documents answer it, "sources"'
            raise Invalid(f"Line {number}: {wanted}.", field=field) from error
    if not cases:
        raise Invalid("There is no question in it.", field=field)
    _check_room(len(cases))
    return cases


def _case(row: dict[str, Any]) -> NewCase:
    question = str(row.get("question") or row["text"]).strip()
    sources = [str(source) for source in row.get("sources") or []]
    expect = _EXPECTED[row.get("expect") or ("answer" if sources else "refusal")]
    if not question or len(question) > _LONGEST or len(sources) > _MOST_SOURCES:
        raise ValueError("out of bounds")
    return NewCase(question, expect, sources, str(row.get("note") or "")[:500])


def _check_room(cases: int) -> None:
    if cases > MOST_CASES:
        raise Invalid(f"A data set holds {MOST_CASES:,} questions at most. Make a second one.", field="cases")


def _check(thresholds: Mapping[str, float]) -> None:
    for name, bound in thresholds.items():
        if name not in (*AT_LEAST, *AT_MOST):
            known = ", ".join((*AT_LEAST, *AT_MOST))
            raise Invalid(f"No figure is named '{name}'. There are: {known}.", field="thresholds")
        if bound < 0 or (name in AT_LEAST and bound > 1):
            raise Invalid(f"The bound of '{name}' is a share between 0 and 1.", field="thresholds")


async def _run(tx: Tx, id: UUID) -> RunRow:
    row = await tx.evaluation_runs.get_run(id)
    if row is None:
        raise NotFound("There is no such run.", field="run")
    return row


async def _before(tx: Tx, run: RunRow) -> RunRow:
    for row in await tx.evaluation_runs.runs(run.set_id, 50, (run.created_at, run.id)):
        if row.state == "done":
            return row
    raise Conflict("There is no earlier run to compare with.", field="against")


def _set(row: SetRow | None) -> SetRow:
    if row is None:
        raise _gone()
    return row


def _gone() -> NotFound:
    return NotFound("There is no such data set.", field="data_set")
