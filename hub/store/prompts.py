"""Versions of what a tenant tells its bot, which of them is in use, and which is tried beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from hub.core.ids import TenantId, uuid7
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, run

_COLUMNS = "p.*, (u.prompt_id is not null) as in_use"
_FROM = "hub.prompt p left join hub.prompt_in_use u on u.tenant_id = p.tenant_id and u.prompt_id = p.id"

# As ``hub.core.contests.place_of`` counts: the same conversations are counted as are answered.
_PLACE = "(('x' || encode(substring(sha256(uuid_send({})) from 1 for 4), 'hex'))::bit(32)::bigint % 100)"


@dataclass(frozen=True, slots=True)
class PromptRow:
    """``language`` None: as the tenant's setting says."""

    id: UUID
    version: int
    instructions: str
    tone: str
    language: str | None
    note: str
    author: str
    created_at: datetime
    in_use: bool


@dataclass(frozen=True, slots=True)
class ContestRow:
    """A version, a model (``provider/model``), or both, that answer ``share`` of a hundred conversations in the place
    of what is in use."""

    prompt_id: UUID | None
    version: int | None
    model: str | None
    share: int
    since: datetime


@dataclass(frozen=True, slots=True)
class ArmRow:
    """What came of the answers under one version (None: the settings) since a contest began, in the conversations that
    fell to what is ``tried`` or in the others. ``model`` is the one that gave most of them. ``support`` is None where
    no answer had one; ``up`` and ``down`` are customers' opinions; ``cost`` is what models cost in these conversations,
    in US dollars, None where no call had a price."""

    tried: bool
    version: int | None
    model: str | None
    conversations: int
    messages: int
    answered: int
    unanswered: int
    handed_over: int
    support: float | None
    up: int
    down: int
    cost: Decimal | None


class Prompts:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def add(self, instructions: str, tone: str, language: str | None, note: str, author: str) -> PromptRow:
        """The next version; it is not in use yet. Two at the same moment get different numbers."""
        id = uuid7()
        await run(
            self._connection,
            "select pg_advisory_xact_lock(hashtextextended('prompt ' || cast(:t as text), 0))",
            t=str(self.tenant),
        )
        await run(
            self._connection,
            """insert into hub.prompt(id, tenant_id, version, instructions, tone, language, note, author)
               select :id, :t, coalesce(max(version), 0) + 1, :instructions, :tone, :language, :note, :author
                 from hub.prompt where tenant_id = :t""",
            id=id,
            t=self.tenant,
            instructions=instructions,
            tone=tone,
            language=language,
            note=note,
            author=author,
        )
        row = await self.get(id)
        if row is None:
            raise LookupError("a prompt just made is not there")
        return row

    async def get(self, id: UUID) -> PromptRow | None:
        return await fetch_one(
            self._connection,
            PromptRow,
            f"select {_COLUMNS} from {_FROM} where p.id = :id",  # noqa: S608  # constants of this file
            id=id,
        )

    async def by_version(self, version: int) -> PromptRow | None:
        """The version of this number."""
        return await fetch_one(
            self._connection,
            PromptRow,
            f"select {_COLUMNS} from {_FROM} where p.tenant_id = :t and p.version = :version",  # noqa: S608  # as above
            t=self.tenant,
            version=version,
        )

    async def in_use(self, place: int | None = None) -> PromptRow | None:
        """The version that answers; None where the settings alone count. ``place`` is a conversation's, from 0 to 99:
        those below a contest's share are answered by the version that is tried."""
        return await fetch_one(
            self._connection,
            PromptRow,
            f"""select {_COLUMNS} from {_FROM}
                 where p.tenant_id = :t and p.id = coalesce(
                   (select c.prompt_id from hub.prompt_contest c
                      where c.tenant_id = :t and cast(:place as int) < c.share),
                   (select i.prompt_id from hub.prompt_in_use i where i.tenant_id = :t))""",  # noqa: S608  # as above
            t=self.tenant,
            place=place,
        )

    async def contest(self) -> ContestRow | None:
        """What is tried beside what is in use."""
        return await fetch_one(
            self._connection,
            ContestRow,
            """select c.prompt_id, p.version, c.model, c.share, c.since from hub.prompt_contest c
                 left join hub.prompt p on p.tenant_id = c.tenant_id and p.id = c.prompt_id where c.tenant_id = :t""",
            t=self.tenant,
        )

    async def try_beside(self, id: UUID | None, model: str | None, share: int) -> None:
        """Answer a share of the conversations by this version and this model; None for what shall stay as it is.
        Another version, model or share begins to count anew."""
        await run(
            self._connection,
            """insert into hub.prompt_contest as c (tenant_id, prompt_id, model, share) values (:t, :id, :model, :share)
               on conflict (tenant_id) do update
                  set prompt_id = excluded.prompt_id, model = excluded.model, share = excluded.share, since = now()
                where (c.prompt_id, c.model, c.share) is distinct from (excluded.prompt_id, excluded.model,
                       excluded.share)""",
            t=self.tenant,
            id=id,
            model=model,
            share=share,
        )

    async def end_contest(self) -> None:
        """Try nothing beside the version in use. Idempotent."""
        await run(self._connection, "delete from hub.prompt_contest where tenant_id = :t", t=self.tenant)

    async def arms(self, since: datetime, share: int) -> list[ArmRow]:
        """What came of the bot's answers since then, by the version they were given under and by whether their
        conversation falls into the share."""
        return await fetch_all(
            self._connection,
            ArmRow,
            f"""with paid as (
                 select {_PLACE.format("u.conversation_id")} < :share as tried, sum(u.cost) as cost from hub.usage u
                  where u.tenant_id = :t and u.at >= :since and u.conversation_id is not null group by 1)
               select {_PLACE.format("m.conversation_id")} < :share as tried,
                      cast(m.metadata ->> 'prompt' as int) as version,
                      mode() within group (order by m.metadata ->> 'model') as model,
                      count(distinct m.conversation_id) as conversations,
                      count(*) as messages,
                      count(*) filter (where m.metadata ->> 'thought' in ('answer', 'extracts')) as answered,
                      count(*) filter (where m.metadata ->> 'thought' = 'no_answer') as unanswered,
                      count(*) filter (where m.metadata ->> 'thought' = 'handoff') as handed_over,
                      avg(m.support)::float8 as support,
                      count(*) filter (where f.value = 'up') as up, count(*) filter (where f.value = 'down') as down,
                      max(p.cost) as cost
                 from hub.message m left join hub.feedback f on f.tenant_id = m.tenant_id and f.message_id = m.id
                      left join paid p on p.tried = ({_PLACE.format("m.conversation_id")} < :share)
                where m.tenant_id = :t and m.author_kind = 'bot' and m.at >= :since and m.metadata ? 'thought'
                group by 1, 2 order by 1, 2 nulls first""",  # noqa: S608  # as above
            t=self.tenant,
            since=since,
            share=share,
        )

    async def page(self, limit: int, before: tuple[datetime, UUID] | None = None) -> list[PromptRow]:
        """Versions, the newest first."""
        return await fetch_all(
            self._connection,
            PromptRow,
            f"""select {_COLUMNS} from {_FROM}
                 where p.tenant_id = :t and (cast(:id as uuid) is null or p.id < :id)
                 order by p.id desc limit :limit""",  # noqa: S608  # as above
            t=self.tenant,
            id=None if before is None else before[1],
            limit=limit,
        )

    async def use(self, id: UUID) -> None:
        """Answer by this version from the next turn on. Idempotent."""
        await run(
            self._connection,
            """insert into hub.prompt_in_use(tenant_id, prompt_id) values (:t, :id)
               on conflict (tenant_id) do update set prompt_id = excluded.prompt_id, since = now()""",
            t=self.tenant,
            id=id,
        )

    async def use_none(self) -> None:
        """Answer by the settings alone again. Idempotent."""
        await run(self._connection, "delete from hub.prompt_in_use where tenant_id = :t", t=self.tenant)
