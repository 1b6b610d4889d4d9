"""What people are called at sign-in providers. A global table of identities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.core.ids import PersonId
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, run


@dataclass(frozen=True, slots=True)
class ExternalLoginRow:
    """``subject`` is the person's unchanging name at ``issuer``; ``email`` is what was last said of them there."""

    issuer: str
    subject: str
    person_id: PersonId
    provider: str
    email: str | None
    created_at: datetime
    used_at: datetime


class ExternalLogins:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def use(self, issuer: str, subject: str, email: str | None) -> ExternalLoginRow | None:
        """Find a login and note that it was used."""
        return await fetch_one(
            self._connection,
            ExternalLoginRow,
            """update hub.external_login set used_at = now(), email = coalesce(cast(:email as text), email)
                where issuer = :issuer and subject = :subject returning *""",
            issuer=issuer,
            subject=subject,
            email=email,
        )

    async def add(self, person: PersonId, provider: str, issuer: str, subject: str, email: str | None) -> bool:
        """Connect a login to a person; False when it is somebody's already."""
        return (
            await run(
                self._connection,
                """insert into hub.external_login(issuer, subject, person_id, provider, email)
                   values (:issuer, :subject, :person, :provider, :email) on conflict do nothing""",
                issuer=issuer,
                subject=subject,
                person=person,
                provider=provider,
                email=email,
            )
            > 0
        )

    async def of_person(self, person: PersonId) -> list[ExternalLoginRow]:
        """A person's logins, the first connected first."""
        return await fetch_all(
            self._connection,
            ExternalLoginRow,
            "select * from hub.external_login where person_id = :person order by created_at limit 100",
            person=person,
        )

    async def remove_all(self, person: PersonId) -> int:
        """Disconnect all of a person's logins; how many there were."""
        return await run(self._connection, "delete from hub.external_login where person_id = :person", person=person)

    async def remove(self, person: PersonId, provider: str) -> bool:
        """Disconnect a person's login at a provider."""
        return (
            await run(
                self._connection,
                "delete from hub.external_login where person_id = :person and provider = :provider",
                person=person,
                provider=provider,
            )
            > 0
        )
