"""People: who may sign in. A global table of identities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.core.ids import PersonId
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, fetch_value, run


@dataclass(frozen=True, slots=True)
class PersonRow:
    """``password_hash`` is None for who signs in by another way, or has not set a password yet."""

    id: PersonId
    email: str
    email_verified_at: datetime | None
    name: str
    locale: str
    picture: str | None
    password_hash: str | None
    platform_admin: bool
    disabled_at: datetime | None
    preferences: dict[str, Any]
    created_at: datetime


def email_key(email: str) -> str:
    """An address as it is compared: two that differ in case alone are one."""
    return email.strip().casefold()


class People:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(
        self,
        id: PersonId,
        email: str,
        name: str,
        *,
        locale: str = "en",
        password_hash: str | None = None,
        verified: bool = False,
        platform_admin: bool = False,
    ) -> PersonRow | None:
        """The new person, or None when the address is taken."""
        return await fetch_one(
            self._connection,
            PersonRow,
            """insert into hub.person(id, email, email_key, name, locale, password_hash, email_verified_at,
                                      platform_admin)
               values (:id, :email, :key, :name, :locale, :password, case when :verified then now() end, :admin)
               on conflict do nothing returning *""",
            id=id,
            email=email.strip(),
            key=email_key(email),
            name=name,
            locale=locale,
            password=password_hash,
            verified=verified,
            admin=platform_admin,
        )

    async def get(self, id: PersonId) -> PersonRow | None:
        return await fetch_one(self._connection, PersonRow, "select * from hub.person where id = :id", id=id)

    async def by_email(self, email: str) -> PersonRow | None:
        """The person of this address, whatever its case."""
        return await fetch_one(
            self._connection, PersonRow, "select * from hub.person where email_key = :key", key=email_key(email)
        )

    async def page(self, limit: int, after: tuple[datetime, UUID] | None = None) -> list[PersonRow]:
        """People by age."""
        return await fetch_all(
            self._connection,
            PersonRow,
            """select * from hub.person
                where cast(:at as timestamptz) is null
                       or (created_at, id) > (cast(:at as timestamptz), cast(:id as uuid))
                order by created_at, id limit :limit""",
            at=after[0] if after else None,
            id=after[1] if after else None,
            limit=limit,
        )

    async def any(self) -> bool:
        """Whether this deployment has a person at all."""
        return bool(await fetch_value(self._connection, "select exists (select from hub.person)"))

    async def set_password(self, id: PersonId, password_hash: str | None) -> bool:
        """Replace the password."""
        return (
            await run(
                self._connection,
                "update hub.person set password_hash = :hash, updated_at = now() where id = :id",
                id=id,
                hash=password_hash,
            )
            > 0
        )

    async def rehash(self, id: PersonId, old: str, new: str) -> None:
        """Keep the same password under stronger settings, unless it was changed meanwhile."""
        await run(
            self._connection,
            "update hub.person set password_hash = :new where id = :id and password_hash = :old",
            id=id,
            old=old,
            new=new,
        )

    async def change(
        self,
        id: PersonId,
        *,
        name: str | None = None,
        locale: str | None = None,
        platform_admin: bool | None = None,
        preferences: dict[str, Any] | None = None,
    ) -> PersonRow | None:
        """The person as changed; what is None stays."""
        return await fetch_one(
            self._connection,
            PersonRow,
            """update hub.person set name = coalesce(:name, name), locale = coalesce(:locale, locale),
                      platform_admin = coalesce(:admin, platform_admin),
                      preferences = coalesce(nullif(:preferences__jsonb, 'null'::jsonb), preferences),
                      updated_at = now()
                where id = :id returning *""",
            id=id,
            name=name,
            locale=locale,
            admin=platform_admin,
            preferences__jsonb=preferences,
        )

    async def set_picture(self, id: PersonId, name: str | None) -> str | None:
        """Name another picture, or none; the name of the one before, whose bytes the caller removes."""
        before = await fetch_value(
            self._connection,
            """with before as (select id, picture from hub.person where id = :id for update)
               update hub.person p set picture = :name, updated_at = now() from before where p.id = before.id
               returning before.picture""",
            id=id,
            name=name,
        )
        return None if before is None else str(before)

    async def prove_email(self, id: PersonId, email: str) -> bool | None:
        """Take a proven address for the person's own. False when another has it already, None without the person."""
        taken = await fetch_value(
            self._connection,
            "select 1 from hub.person where email_key = :key and id <> :id",
            key=email_key(email),
            id=id,
        )
        if taken:
            return False
        done = await run(
            self._connection,
            """update hub.person set email = :email, email_key = :key, email_verified_at = now(), updated_at = now()
                where id = :id""",
            id=id,
            email=email.strip(),
            key=email_key(email),
        )
        return True if done else None
