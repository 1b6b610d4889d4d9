"""The usage ledger: one row a model call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from hub.core.ids import ConversationId, TenantId, TurnId, uuid7
from hub.core.usage import Usage
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, fetch_value, run


@dataclass(frozen=True, slots=True)
class UsageTotal:
    """``cost`` is in US dollars, None where no call had a price; ``unpriced`` calls used tokens without one."""

    key: str | None
    calls: int
    failed: int
    unpriced: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost: Decimal | None


_KEYS = {
    "provider": "provider",
    "model": "provider || '/' || model",
    "task": "task",
    "channel": "channel_id::text",
    "conversation": "conversation_id::text",
    "day": "(at at time zone 'utc')::date::text",
}
_SUMS = """count(*) as calls, count(*) filter (where not ok) as failed,
           count(*) filter (where cost is null and input_tokens + output_tokens > 0) as unpriced,
           coalesce(sum(input_tokens), 0)::bigint as input_tokens,
           coalesce(sum(cached_tokens), 0)::bigint as cached_tokens,
           coalesce(sum(output_tokens), 0)::bigint as output_tokens, sum(cost) as cost"""


class UsageRows:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def add(self, usage: Usage, conversation: ConversationId | None = None) -> None:
        """Take note of one call."""
        await run(
            self._connection,
            """insert into hub.usage(id, tenant_id, task, provider, model, input_tokens, output_tokens, duration, ok,
                   cost, currency, cached_tokens, cache_writes, conversation_id, channel_id)
               values (:id, :t, :task, :provider, :model, :input, :output, :duration, :ok, :cost, :currency, :cached,
                   :writes, :c, (select channel_id from hub.conversation where id = :c))""",
            id=uuid7(),
            t=self.tenant,
            task=usage.task,
            provider=usage.provider,
            model=usage.model,
            input=usage.input_tokens,
            output=usage.output_tokens,
            duration=usage.duration,
            ok=usage.ok,
            cost=usage.cost.amount if usage.cost else None,
            currency=usage.cost.currency if usage.cost else None,
            cached=usage.cached_tokens,
            writes=usage.cache_writes,
            c=conversation,
        )

    async def cost_of_turn(self, turn: TurnId) -> Decimal | None:
        """What the model's calls of a turn cost; None where no price is known."""
        cost = await fetch_value(
            self._connection,
            """select sum(u.cost) from hub.turn t join hub.usage u on u.conversation_id = t.conversation_id
                where t.id = :turn and u.tenant_id = :t
                  and u.at between t.created_at and coalesce(t.finished_at, now()) + interval '5 seconds'""",
            turn=turn,
            t=self.tenant,
        )
        return None if cost is None else Decimal(cost)

    async def report(self, by: str, since: datetime, until: datetime, limit: int) -> list[UsageTotal]:
        """Sums from ``since`` to before ``until`` by provider, model, task, channel, conversation or day (UTC): the
        costliest first, days in order."""
        key = _KEYS[by]
        order = "1" if by == "day" else "cost desc nulls last, calls desc, 1"
        return await fetch_all(
            self._connection,
            UsageTotal,
            f"""select {key} as key, {_SUMS} from hub.usage
                 where tenant_id = :t and at >= :since and at < :until group by 1 order by {order} limit :limit""",  # noqa: S608  # constants of this file
            t=self.tenant,
            since=since,
            until=until,
            limit=limit,
        )

    async def total(self, since: datetime, until: datetime) -> UsageTotal:
        """The sum of everything from ``since`` to before ``until``."""
        row = await fetch_one(
            self._connection,
            UsageTotal,
            f"""select cast(null as text) as key, {_SUMS} from hub.usage
                 where tenant_id = :t and at >= :since and at < :until""",  # noqa: S608  # as above
            t=self.tenant,
            since=since,
            until=until,
        )
        return row or UsageTotal(None, 0, 0, 0, 0, 0, 0, None)
