"""Runs over data sets, and what became of each question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from hub.core.ids import TenantId, uuid7
from hub.store.evaluations import Expected
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, fetch_value, run


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run. ``prompt`` is the number of the version that answered; ``missed`` are the thresholds it did not reach."""

    id: UUID
    set_id: UUID
    prompt_id: UUID | None
    prompt: int | None
    state: Literal["queued", "running", "done", "failed"]
    done: int
    total: int
    figures: dict[str, Any]
    missed: list[dict[str, Any]]
    passed: bool | None
    error: str | None
    started_by: str
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """What became of one question. ``good``: it ended as it should; ``found_at`` is the place of the first right
    passage in the search, None where none was found or none is right; ``seconds`` is what the whole answer took."""

    place: int
    case_id: UUID
    question: str
    expect: Expected
    kind: Literal["answered", "refused", "handed_over"]
    good: bool
    text: str
    cited: list[str]
    ungrounded: list[str]
    support: float | None
    found_at: int | None
    seconds: float
    model: str | None


@dataclass(frozen=True, slots=True)
class Gate:
    """A set that must be passed before a version is put to use, and its newest finished run under that version."""

    name: str
    passed: bool | None
    missed: list[dict[str, Any]] | None


class EvaluationRuns:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def add_run(self, data_set: UUID, prompt: UUID | None, by: str, total: int) -> RunRow:
        """A run, queued."""
        id = uuid7()
        await run(
            self._connection,
            """insert into hub.evaluation_run(id, tenant_id, set_id, prompt_id, started_by, total)
               values (:id, :t, :s, :prompt, :by, :total)""",
            id=id,
            t=self.tenant,
            s=data_set,
            prompt=prompt,
            by=by,
            total=total,
        )
        row = await self.get_run(id)
        if row is None:
            raise LookupError("a run just made is not there")
        return row

    async def get_run(self, id: UUID) -> RunRow | None:
        return await fetch_one(self._connection, RunRow, "select * from hub.evaluation_run where id = :id", id=id)

    async def runs(self, data_set: UUID, limit: int, before: tuple[datetime, UUID] | None = None) -> list[RunRow]:
        """The newest first."""
        return await fetch_all(
            self._connection,
            RunRow,
            """select * from hub.evaluation_run where tenant_id = :t and set_id = :s
                  and (cast(:id as uuid) is null or id < :id) order by id desc limit :limit""",
            t=self.tenant,
            s=data_set,
            id=None if before is None else before[1],
            limit=limit,
        )

    async def begin_run(self, id: UUID, prompt: int | None, total: int) -> int:
        """It is being worked on; how many outcomes an earlier try left, which count on."""
        await run(
            self._connection,
            """update hub.evaluation_run set state = 'running', prompt = :prompt, total = :total, error = null
                where id = :id""",
            id=id,
            prompt=prompt,
            total=total,
        )
        return int(
            await fetch_value(self._connection, "select count(*) from hub.evaluation_outcome where run_id = :r", r=id)
        )

    async def add_outcome(self, run_id: UUID, row: OutcomeRow) -> None:
        """Keep what became of one question. Idempotent."""
        values = asdict(row)
        for name in ("cited", "ungrounded"):
            values[f"{name}__jsonb"] = values.pop(name)
        done = await run(
            self._connection,
            """insert into hub.evaluation_outcome(tenant_id, run_id, place, case_id, question, expect, kind, good, text,
                                                  cited, ungrounded, support, found_at, seconds, model)
               values (:t, :run, :place, :case_id, :question, :expect, :kind, :good, :text, :cited__jsonb,
                       :ungrounded__jsonb, :support, :found_at, :seconds, :model) on conflict do nothing""",
            t=self.tenant,
            run=run_id,
            **values,
        )
        if done:
            await run(self._connection, "update hub.evaluation_run set done = done + 1 where id = :id", id=run_id)

    async def outcomes(
        self, run_id: UUID, limit: int, after: int = -1, *, good: bool | None = None
    ) -> list[OutcomeRow]:
        """In the set's order, behind the place ``after``."""
        return await fetch_all(
            self._connection,
            OutcomeRow,
            """select * from hub.evaluation_outcome where tenant_id = :t and run_id = :r and place > :after
                  and (cast(:good as boolean) is null or good = :good) order by place limit :limit""",
            t=self.tenant,
            r=run_id,
            after=after,
            good=good,
            limit=limit,
        )

    async def finish_run(self, id: UUID, figures: Mapping[str, Any], missed: Sequence[Mapping[str, Any]]) -> None:
        """It is done. It passed where it missed no threshold."""
        await run(
            self._connection,
            """update hub.evaluation_run set state = 'done', figures = :figures__jsonb, missed = :missed__jsonb,
                      passed = :passed, finished_at = now() where id = :id""",
            id=id,
            figures__jsonb=dict(figures),
            missed__jsonb=[dict(one) for one in missed],
            passed=not missed,
        )

    async def fail_run(self, id: UUID, error: str) -> None:
        """It came to no end."""
        await run(
            self._connection,
            """update hub.evaluation_run set state = 'failed', error = :error, finished_at = now()
                where id = :id and state <> 'done'""",
            id=id,
            error=error[:1000],
        )

    async def gates(self, prompt: UUID) -> list[Gate]:
        """The sets that stand before a version's use, each with its newest finished run under that version."""
        return await fetch_all(
            self._connection,
            Gate,
            """select s.name, r.passed, r.missed from hub.evaluation_set s
                 left join lateral (select passed, missed from hub.evaluation_run r
                                     where r.tenant_id = s.tenant_id and r.set_id = s.id and r.prompt_id = :prompt
                                       and r.state = 'done' order by r.id desc limit 1) r on true
                where s.tenant_id = :t and s.blocks order by s.name""",
            t=self.tenant,
            prompt=prompt,
        )
