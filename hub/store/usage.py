"""The usage ledger: one row a model call."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from hub.core.ids import ConversationId, TenantId, TurnId, uuid7
from hub.core.usage import Usage
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_value, run


@dataclass(frozen=True, slots=True)
class UsageTotal:
    task: str
    provider: str
    model: str
    calls: int
    failed: int
    input_tokens: int
    output_tokens: int
    cost: Decimal | None


class UsageRows:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def add(self, usage: Usage, conversation: ConversationId | None = None) -> None:
        """Take note of one call."""
        await run(
            self._connection,
            """insert into hub.usage(id, tenant_id, task, provider, model, input_tokens, output_tokens, duration, ok,
                   cost, currency, conversation_id)
               values (:id, :t, :task, :provider, :model, :input, :output, :duration, :ok, :cost, :currency, :c)""",
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

    async def totals(self) -> list[UsageTotal]:
        """Sums by task, provider and model."""
        return await fetch_all(
            self._connection,
            UsageTotal,
            """select task, provider, model, count(*) as calls, count(*) filter (where not ok) as failed,
                      sum(input_tokens)::bigint as input_tokens, sum(output_tokens)::bigint as output_tokens,
                      sum(cost) as cost
                 from hub.usage group by 1, 2, 3 order by 1, 2, 3""",
        )
