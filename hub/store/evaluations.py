"""Data sets of judged questions, and the runs over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from hub.core.ids import TenantId, uuid7
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, fetch_value, run

Expected = Literal["answer", "refusal", "undecided"]

_SETS = """select s.*, (select count(*) from hub.evaluation_case c
                         where c.tenant_id = s.tenant_id and c.set_id = s.id) as cases
             from hub.evaluation_set s"""


@dataclass(frozen=True, slots=True)
class SetRow:
    """A data set. ``blocks``: no version of the prompt is put to use that does not reach the ``thresholds``."""

    id: UUID
    name: str
    description: str
    thresholds: dict[str, float]
    blocks: bool
    cases: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewCase:
    """A judged question. ``sources`` name documents by external id, id or title; any of them answers it."""

    question: str
    expect: Expected
    sources: Sequence[str] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class CaseRow:
    id: UUID
    question: str
    expect: Expected
    sources: list[str]
    note: str
    created_at: datetime


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


@dataclass(frozen=True, slots=True)
class Judged:
    """A question that a customer gave an opinion of, and the documents that its answer cited."""

    question: str
    value: Literal["up", "down"]
    comment: str | None
    documents: list[UUID]


class Evaluations:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def add_set(
        self, name: str, description: str, thresholds: Mapping[str, float], blocks: bool
    ) -> SetRow | None:
        """A new set; None where the name is taken."""
        id = uuid7()
        done = await run(
            self._connection,
            """insert into hub.evaluation_set(id, tenant_id, name, description, thresholds, blocks)
               values (:id, :t, :name, :description, :thresholds__jsonb, :blocks) on conflict do nothing""",
            id=id,
            t=self.tenant,
            name=name,
            description=description,
            thresholds__jsonb=dict(thresholds),
            blocks=blocks,
        )
        return await self.get_set(id) if done else None

    async def get_set(self, id: UUID) -> SetRow | None:
        return await fetch_one(self._connection, SetRow, f"{_SETS} where s.id = :id", id=id)

    async def set_by_name(self, name: str) -> SetRow | None:
        return await fetch_one(
            self._connection, SetRow, f"{_SETS} where s.tenant_id = :t and s.name = :name", t=self.tenant, name=name
        )

    async def sets(self, limit: int, before: tuple[datetime, UUID] | None = None) -> list[SetRow]:
        """The newest first."""
        return await fetch_all(
            self._connection,
            SetRow,
            f"""{_SETS} where s.tenant_id = :t and (cast(:id as uuid) is null or s.id < :id)
                 order by s.id desc limit :limit""",
            t=self.tenant,
            id=None if before is None else before[1],
            limit=limit,
        )

    async def change_set(
        self, id: UUID, description: str | None, thresholds: Mapping[str, float] | None, blocks: bool | None
    ) -> SetRow | None:
        """What is None stays. None where there is no such set."""
        await run(
            self._connection,
            """update hub.evaluation_set
                  set description = coalesce(:description, description), blocks = coalesce(:blocks, blocks),
                      thresholds = case when :given then :thresholds__jsonb else thresholds end
                where id = :id""",
            id=id,
            description=description,
            blocks=blocks,
            given=thresholds is not None,
            thresholds__jsonb=dict(thresholds or {}),
        )
        return await self.get_set(id)

    async def remove_set(self, id: UUID) -> bool:
        """With its cases and runs. False: no such set."""
        return bool(await run(self._connection, "delete from hub.evaluation_set where id = :id", id=id))

    async def put_cases(self, data_set: UUID, cases: Sequence[NewCase]) -> int:
        """Add cases; one whose question is there already takes its place. How many questions are new."""
        before = await self._count(data_set)
        for one in cases:
            await run(
                self._connection,
                """insert into hub.evaluation_case(id, tenant_id, set_id, question, expect, sources, note)
                   values (:id, :t, :s, :question, :expect, :sources__jsonb, :note)
                   on conflict (tenant_id, set_id, question)
                   do update set expect = excluded.expect, sources = excluded.sources, note = excluded.note""",
                id=uuid7(),
                t=self.tenant,
                s=data_set,
                question=one.question,
                expect=one.expect,
                sources__jsonb=list(one.sources),
                note=one.note,
            )
        return await self._count(data_set) - before

    async def add_unknown(self, data_set: UUID, cases: Sequence[NewCase]) -> int:
        """As ``put_cases``, but what a person judged already stays."""
        known = {row.question for row in await self.all_cases(data_set)}
        return await self.put_cases(data_set, [one for one in cases if one.question not in known])

    async def _count(self, data_set: UUID) -> int:
        return int(
            await fetch_value(
                self._connection, "select count(*) from hub.evaluation_case where set_id = :s", s=data_set
            )
        )

    async def all_cases(self, data_set: UUID) -> list[CaseRow]:
        """In the order they were added."""
        return await fetch_all(
            self._connection, CaseRow, "select * from hub.evaluation_case where set_id = :s order by id", s=data_set
        )

    async def cases(
        self, data_set: UUID, limit: int, before: tuple[datetime, UUID] | None = None, expect: Expected | None = None
    ) -> list[CaseRow]:
        """The newest first."""
        return await fetch_all(
            self._connection,
            CaseRow,
            """select * from hub.evaluation_case where tenant_id = :t and set_id = :s
                  and (cast(:expect as text) is null or expect = :expect)
                  and (cast(:id as uuid) is null or id < :id) order by id desc limit :limit""",
            t=self.tenant,
            s=data_set,
            expect=expect,
            id=None if before is None else before[1],
            limit=limit,
        )

    async def change_case(
        self, data_set: UUID, id: UUID, expect: Expected | None, sources: Sequence[str] | None, note: str | None
    ) -> CaseRow | None:
        """What is None stays. None where there is no such case."""
        return await fetch_one(
            self._connection,
            CaseRow,
            """update hub.evaluation_case
                  set expect = coalesce(:expect, expect), note = coalesce(:note, note),
                      sources = case when :given then :sources__jsonb else sources end
                where id = :id and set_id = :s returning *""",
            id=id,
            s=data_set,
            expect=expect,
            note=note,
            given=sources is not None,
            sources__jsonb=list(sources or ()),
        )

    async def remove_case(self, data_set: UUID, id: UUID) -> bool:
        """False: no such case."""
        return bool(
            await run(
                self._connection, "delete from hub.evaluation_case where id = :id and set_id = :s", id=id, s=data_set
            )
        )

    async def judged_by_customers(self, since: datetime, limit: int) -> list[Judged]:
        """Questions whose answers customers gave an opinion of since then, the newest first."""
        return await fetch_all(
            self._connection,
            Judged,
            """select m.metadata->'why'->>'question' as question, f.value, f.comment,
                      array(select distinct cast(c->>'document_id' as uuid)
                              from jsonb_array_elements(m.citations) c) as documents
                 from hub.feedback f join hub.message m on m.tenant_id = f.tenant_id and m.id = f.message_id
                where f.tenant_id = :t and f.at >= :since and m.deleted_at is null
                  and m.metadata->'why'->>'question' <> ''
                order by f.at desc limit :limit""",
            t=self.tenant,
            since=since,
            limit=limit,
        )

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
