"""The hot path's one statement: store a batch of events in one round trip."""

from __future__ import annotations

import asyncio
import contextlib

import asyncpg

from hub.core.ids import ChannelId, TenantId
from hub.store.errors import StoreBusy, StoreError, StoreRefused, told_apart
from hub.store.pool import AWAY, Pool

_LOST = (asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)
_TRY_AGAIN = (asyncpg.UniqueViolationError, asyncpg.QueryCanceledError)

# One autocommitted statement is one transaction. The CTE becomes hub_app and sets the tenant for just that
# transaction before hub.accept runs, so this is Store.begin's door in a single round trip. Plans are made once: with
# a batch of JSON as the only parameter, a plan of its own for each call would cost more than the work.
_PATIENT = """
with door as materialized (
  select set_config('role', 'hub_app', true) as role, set_config('app.tenant_id', $1, true) as tenant,
         set_config('plan_cache_mode', 'force_generic_plan', true) as plans)
select hub.accept($2, $3::jsonb)::text from door where role is not null and tenant is not null
"""
_HASTY = _PATIENT.replace("as plans", "as plans, set_config('lock_timeout', '250ms', true) as locks")


class AcceptCall:
    """``await store.accept(tenant, channel, events)``: see migrations/sql/0001_foundation/accept.sql."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def __call__(self, tenant: TenantId, channel: ChannelId, events: str, *, patient: bool = True) -> str:
        """Store the events (a JSON array); the answer is a JSON array, one object an event. Idempotent.

        A call that is not ``patient`` waits a quarter of a second for rows that others hold. Raises ``StoreBusy`` when
        it was in somebody's way, ``StoreRefused`` for what can never be stored, ``StoreError`` when the database is
        away; nothing was kept then.
        """
        try:
            connection = await self._pool.take()
        except AWAY as error:
            raise StoreError("The database cannot be reached just now.") from error
        ended = False
        try:
            statement = _PATIENT if patient else _HASTY
            async with connection.transaction() if self._pool.through_pooler else contextlib.nullcontext():
                answer: str = await connection.fetchval(statement, str(tenant), channel, events)
            ended = True
            return answer
        except _TRY_AGAIN as error:
            raise StoreBusy("The database asked for another try.") from error
        except asyncpg.PostgresError as error:
            known = told_apart(error)
            if isinstance(known, StoreError):
                raise known from error
            raise StoreRefused("The database refused this.") from error
        except _LOST as error:
            raise StoreError("The database could not take this just now.") from error
        finally:
            await asyncio.shield(self._pool.give_back(connection, ended=ended))
