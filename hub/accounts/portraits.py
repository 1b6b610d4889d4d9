"""A person's own picture: given, looked at, taken away."""

from __future__ import annotations

import asyncio

from hub.accounts.audit import Trace
from hub.accounts.principals import Principal
from hub.core.errors import NotFound, Unauthenticated
from hub.core.ids import PersonId
from hub.core.ports import BlobStore
from hub.files.portraits import blob_key, new_name, portrait
from hub.store.session import PLATFORM, Store

_AT_ONCE = 2
"""Pictures that one process decodes at the same time: each may take a hundred megabytes for a moment."""


class Portraits:
    """Keeps one picture a person, under a name that changes with it."""

    def __init__(self, *, store: Store, blobs: BlobStore) -> None:
        self._store = store
        self._blobs = blobs
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def put(self, who: Principal, data: bytes, trace: Trace) -> str:
        """Make this the caller's picture; its name. Raises ``Invalid`` for what is no picture."""
        async with self._turn:
            made = await portrait(data)
        name = new_name()
        await self._blobs.put(_key(name), made)
        await self._replace(_person(who), name, trace)
        return name

    async def remove(self, who: Principal, trace: Trace) -> None:
        """Take the caller's picture away. Idempotent."""
        await self._replace(_person(who), None, trace)

    async def own(self, who: Principal) -> bytes:
        """The caller's picture. Raises ``NotFound``."""
        async with self._store.directory() as directory:
            row = await directory.people.get(_person(who))
        if row is None or row.picture is None:
            raise NotFound("You have given no picture.")
        return await self._blobs.get(_key(row.picture))

    async def named(self, name: str) -> bytes:
        """A picture by its name. Raises ``NotFound``, whether the name was never given or is no longer."""
        key = blob_key(name)
        if key is None:
            raise NotFound("There is no such picture.", field="picture")
        return await self._blobs.get(key)

    async def _replace(self, id: PersonId, name: str | None, trace: Trace) -> None:
        async with self._store.directory() as directory:
            before = await directory.people.set_picture(id, name)
            if before is None and name is None:
                return
            await directory.note(PLATFORM, trace.entry("person.changed", str(id), picture=name is not None))
        if before is not None:
            await self._blobs.delete(_key(before))


def _key(name: str) -> str:
    key = blob_key(name)
    if key is None:
        raise LookupError("a picture's name was not made here")
    return key


def _person(who: Principal) -> PersonId:
    if who.person_id is None:
        raise Unauthenticated("Sign in first.")
    return who.person_id
