"""Links that were mailed or shown once: hashed, expiring, each good for one use."""

from __future__ import annotations

from dataclasses import dataclass

from hub.core.ids import PersonId
from hub.store.pool import Connection
from hub.store.rows import fetch_one, fetch_value, run


@dataclass(frozen=True, slots=True)
class AccountTokenRow:
    """``person_id`` is None while a deployment's first person is still to come; ``mailed`` is whether it went to
    ``email``, which its use then proves."""

    purpose: str
    person_id: PersonId | None
    email: str | None
    mailed: bool


class AccountTokens:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(
        self, hash: bytes, purpose: str, person: PersonId | None, email: str | None, *, mailed: bool, seconds: float
    ) -> None:
        """Keep a link's hash; earlier links of the same purpose for the same person are worth nothing now."""
        await self.void(person, purpose)
        await run(
            self._connection,
            """insert into hub.account_token(hash, purpose, person_id, email, mailed, expires_at)
               values (:hash, :purpose, :person, :email, :mailed, now() + make_interval(secs => :seconds))""",
            hash=hash,
            purpose=purpose,
            person=person,
            email=email,
            mailed=mailed,
            seconds=seconds,
        )

    async def look(self, hash: bytes, purpose: str) -> AccountTokenRow | None:
        """A link that would still work."""
        return await fetch_one(
            self._connection,
            AccountTokenRow,
            """select * from hub.account_token
                where hash = :hash and purpose = :purpose and used_at is null and expires_at > now()""",
            hash=hash,
            purpose=purpose,
        )

    async def use(self, hash: bytes, purpose: str) -> AccountTokenRow | None:
        """Use a link up. None when it never was, was used, or has expired; of several at once one gets it."""
        return await fetch_one(
            self._connection,
            AccountTokenRow,
            """update hub.account_token set used_at = now()
                where hash = :hash and purpose = :purpose and used_at is null and expires_at > now() returning *""",
            hash=hash,
            purpose=purpose,
        )

    async def void(self, person: PersonId | None, purpose: str) -> None:
        """Make every open link of this purpose worthless. Idempotent."""
        await run(
            self._connection,
            """update hub.account_token set used_at = now()
                where purpose = :purpose and person_id is not distinct from cast(:person as uuid)
                  and used_at is null""",
            person=person,
            purpose=purpose,
        )

    async def waiting(self, purpose: str) -> bool:
        """Whether a link of this purpose for a person to come is still open."""
        return bool(
            await fetch_value(
                self._connection,
                """select exists (select from hub.account_token where purpose = :purpose and person_id is null
                                     and used_at is null and expires_at > now())""",
                purpose=purpose,
            )
        )
