"""Signed-in sessions, found by the hash of their cookie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.core.ids import PersonId, SessionId, TenantId
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, fetch_value, run

_LIVE = "revoked_at is null and expires_at > now() and seen_at > now() - make_interval(secs => :idle)"


@dataclass(frozen=True, slots=True)
class SessionRow:
    id: SessionId
    person_id: PersonId
    method: str
    address: str
    user_agent: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Caller:
    """The person behind a living session. ``stale``: it was last noted as seen more than a minute ago."""

    session_id: SessionId
    person_id: PersonId
    name: str
    platform_admin: bool
    impersonator_id: PersonId | None
    impersonator_name: str | None
    only_tenant_id: TenantId | None
    stale: bool


class Sessions:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(
        self,
        id: SessionId,
        hash: bytes,
        person: PersonId,
        *,
        method: str,
        address: str,
        user_agent: str,
        seconds: float,
        impersonator: PersonId | None = None,
        only_tenant: TenantId | None = None,
    ) -> None:
        """Begin a session that ends after ``seconds`` at the latest."""
        await run(
            self._connection,
            """insert into hub.session(id, hash, person_id, method, address, user_agent, expires_at, impersonator_id,
                                       only_tenant_id)
               values (:id, :hash, :person, :method, :address, :agent, now() + make_interval(secs => :seconds), :by,
                       :only)""",
            id=id,
            hash=hash,
            person=person,
            method=method,
            address=address,
            agent=user_agent,
            seconds=seconds,
            by=impersonator,
            only=only_tenant,
        )

    async def caller(self, hash: bytes, idle: float) -> Caller | None:
        """Who signed in under this cookie, if the session and the person still live. ``idle`` in seconds."""
        return await fetch_one(
            self._connection,
            Caller,
            f"""select s.id as session_id, s.person_id, p.name, p.platform_admin, s.impersonator_id,
                       i.name as impersonator_name, s.only_tenant_id,
                       s.seen_at < now() - interval '1 minute' as stale
                  from hub.session s join hub.person p on p.id = s.person_id
                  left join hub.person i on i.id = s.impersonator_id
                 where s.hash = :hash and p.disabled_at is null and s.{_LIVE}
                   and (s.impersonator_id is null or (i.platform_admin and i.disabled_at is null))""",  # noqa: S608  # a constant of this file
            hash=hash,
            idle=idle,
        )

    async def lives(self, person: PersonId, id: SessionId, idle: float) -> bool:
        """Whether this session of a person has not ended. ``idle`` in seconds."""
        return bool(
            await fetch_value(
                self._connection,
                f"select 1 from hub.session where id = :id and person_id = :person and {_LIVE}",  # noqa: S608  # as above
                id=id,
                person=person,
                idle=idle,
            )
        )

    async def seen(self, id: SessionId) -> None:
        """Note that the session is in use."""
        await run(self._connection, "update hub.session set seen_at = now() where id = :id", id=id)

    async def of_person(self, person: PersonId, idle: float) -> list[SessionRow]:
        """A person's living sessions, the last used first."""
        return await fetch_all(
            self._connection,
            SessionRow,
            f"select * from hub.session where person_id = :person and {_LIVE} order by seen_at desc limit 200",  # noqa: S608  # as above
            person=person,
            idle=idle,
        )

    async def rename(self, id: SessionId, hash: bytes) -> bool:
        """Give a living session a new cookie; the old one is worth nothing any more."""
        return (
            await run(
                self._connection,
                "update hub.session set hash = :hash where id = :id and revoked_at is null",
                id=id,
                hash=hash,
            )
            > 0
        )

    async def revoke(self, person: PersonId, id: SessionId) -> bool:
        """End one session of a person. True the first time and again."""
        return (
            await run(
                self._connection,
                """update hub.session set revoked_at = coalesce(revoked_at, now())
                    where id = :id and person_id = :person""",
                id=id,
                person=person,
            )
            > 0
        )

    async def revoke_all(self, person: PersonId, *, but: SessionId | None = None) -> int:
        """End every session of a person except ``but``; how many ended."""
        return await run(
            self._connection,
            """update hub.session set revoked_at = now() where person_id = :person and revoked_at is null
                and id is distinct from cast(:but as uuid)""",
            person=person,
            but=but,
        )

    async def clear(self) -> None:
        """Forget sessions that ended more than 30 days ago."""
        await run(
            self._connection,
            "delete from hub.session where coalesce(revoked_at, expires_at) < now() - interval '30 days'",
        )

    async def count_attempt(self, bucket: bytes, seconds: float) -> int:
        """Count one try in a window of ``seconds`` that begins with its first; how many it has now. Atomic."""
        count: int = await fetch_value(
            self._connection,
            """insert into hub.attempt as a (bucket, count, since) values (:bucket, 1, now())
               on conflict (bucket) do update set
                 count = case when a.since < now() - make_interval(secs => :seconds) then 1 else a.count + 1 end,
                 since = case when a.since < now() - make_interval(secs => :seconds) then now() else a.since end
               returning count""",
            bucket=bucket,
            seconds=seconds,
        )
        if count == 1:
            await run(self._connection, "delete from hub.attempt where since < now() - interval '1 day'")
        return count

    async def forget_attempts(self, bucket: bytes) -> None:
        """Begin to count anew."""
        await run(self._connection, "delete from hub.attempt where bucket = :bucket", bucket=bucket)
