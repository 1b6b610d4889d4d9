"""Invitations: who was asked to join which tenant. Found by the hash of the link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.core.ids import InvitationId, PersonId, TenantId
from hub.store.people import email_key
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, run

_OPEN = "accepted_at is null and revoked_at is null"


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """``mailed``: the link went to the address, which its use then proves."""

    id: InvitationId
    tenant_id: TenantId
    email: str
    role: str
    teams: list[UUID]
    invited_by: PersonId | None
    mailed: bool
    created_at: datetime
    expires_at: datetime


class Invitations:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(
        self,
        id: InvitationId,
        tenant: TenantId,
        email: str,
        role: str,
        teams: list[UUID],
        by: PersonId | None,
        hash: bytes,
        *,
        mailed: bool,
        seconds: float,
    ) -> InvitationRow:
        """A new invitation; an open one for the same address is worth nothing any more. Of several at once the last one
        counts."""
        await run(
            self._connection,
            "select pg_advisory_xact_lock(hashtextextended(:one, 0))",
            one=f"invitation {tenant} {email_key(email)}",
        )
        await run(
            self._connection,
            f"""update hub.invitation set revoked_at = now()
                 where tenant_id = :tenant and email_key = :key and {_OPEN}""",  # noqa: S608  # a constant of this file
            tenant=tenant,
            key=email_key(email),
        )
        row = await fetch_one(
            self._connection,
            InvitationRow,
            """insert into hub.invitation(id, tenant_id, email, email_key, role, teams, invited_by, hash, mailed,
                                          expires_at)
               values (:id, :tenant, :email, :key, :role, :teams__uuids, :by, :hash, :mailed,
                       now() + make_interval(secs => :seconds)) returning *""",
            id=id,
            tenant=tenant,
            email=email.strip(),
            key=email_key(email),
            role=role,
            teams__uuids=teams,
            by=by,
            hash=hash,
            mailed=mailed,
            seconds=seconds,
        )
        if row is None:
            raise RuntimeError("insert returned no row")
        return row

    async def get(self, tenant: TenantId, id: InvitationId) -> InvitationRow | None:
        """An open invitation of a tenant, expired or not."""
        return await fetch_one(
            self._connection,
            InvitationRow,
            f"select * from hub.invitation where tenant_id = :tenant and id = :id and {_OPEN}",  # noqa: S608  # as above
            tenant=tenant,
            id=id,
        )

    async def by_hash(self, hash: bytes) -> InvitationRow | None:
        """The invitation a link is for, if it can still be accepted."""
        return await fetch_one(
            self._connection,
            InvitationRow,
            f"select * from hub.invitation where hash = :hash and {_OPEN} and expires_at > now()",  # noqa: S608  # as above
            hash=hash,
        )

    async def accept(self, hash: bytes) -> InvitationRow | None:
        """Use the invitation up; of several at once one gets it."""
        return await fetch_one(
            self._connection,
            InvitationRow,
            f"""update hub.invitation set accepted_at = now()
                 where hash = :hash and {_OPEN} and expires_at > now() returning *""",  # noqa: S608  # as above
            hash=hash,
        )

    async def page(
        self, tenant: TenantId, limit: int, after: tuple[datetime, UUID] | None = None
    ) -> list[InvitationRow]:
        """A tenant's open invitations by age."""
        return await fetch_all(
            self._connection,
            InvitationRow,
            f"""select * from hub.invitation
                 where tenant_id = :tenant and {_OPEN}
                   and (cast(:at as timestamptz) is null
                          or (created_at, id) > (cast(:at as timestamptz), cast(:id as uuid)))
                 order by created_at, id limit :limit""",  # noqa: S608  # as above
            tenant=tenant,
            at=after[0] if after else None,
            id=after[1] if after else None,
            limit=limit,
        )

    async def revoke(self, tenant: TenantId, id: InvitationId) -> bool:
        """Take an open invitation back."""
        return (
            await run(
                self._connection,
                f"update hub.invitation set revoked_at = now() where tenant_id = :tenant and id = :id and {_OPEN}",  # noqa: S608  # as above
                tenant=tenant,
                id=id,
            )
            > 0
        )
