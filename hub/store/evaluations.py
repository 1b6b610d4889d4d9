"""Data sets of judged questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
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
