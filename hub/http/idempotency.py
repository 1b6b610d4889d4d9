"""Idempotency keys: a POST repeated under the same key happens once and is answered the same."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from hub.core.errors import Conflict, Invalid
from hub.core.ids import TenantId
from hub.http.access import Call

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that was given under a key."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """What the store knows of a key: ``mine`` to go on; else the first request's fingerprint and, once it
    has ended, its answer."""

    mine: bool
    fingerprint: bytes
    kept: Kept | None = None


class KeyStore(Protocol):
    """Keeps keys and answers for a day or so. ``tenant`` is whose rows it is among (None: the
    operator's), ``scope`` says whose key it is and for which address.

    ``claim`` is atomic: of several at once one gets it, and a claim that its process never ended runs out
    after a few minutes.
    """

    async def claim(self, tenant: TenantId | None, scope: str, key: str, fingerprint: bytes) -> Claim: ...

    async def keep(self, tenant: TenantId | None, scope: str, key: str, kept: Kept) -> None: ...

    async def release(self, tenant: TenantId | None, scope: str, key: str) -> None: ...


def key_of(request: web.Request) -> str | None:
    """The key a client sent. Raises ``Invalid`` for one that cannot be kept."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if _KEY.fullmatch(key) is None:
        raise Invalid("An Idempotency-Key has 1 to 200 visible ASCII characters.", field=HEADER)
    return key


def fingerprint(*parts: bytes) -> bytes:
    """What tells one request's content from another's."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


@dataclass(frozen=True, slots=True)
class Once:
    """Runs an action once per key; without a key it just runs it."""

    store: KeyStore

    async def run(self, call: Call, content: bytes, action: Callable[[], Awaitable[Kept]]) -> tuple[Kept, bool]:
        """The action's answer and whether it is a repeated one.

        Only answers below 400 are kept: after an error the same key may try again. Raises ``Invalid`` for the
        same key with other content, ``Conflict`` while the first request is still running.
        """
        key = key_of(call.request)
        if key is None:
            return await action(), False
        scope = _scope(call)
        tenant = _tenant(call)
        claim = await self.store.claim(tenant, scope, key, content)
        if not claim.mine:
            if claim.fingerprint != content:
                raise Invalid("This Idempotency-Key was used for a request with other content.", field=HEADER)
            if claim.kept is None:
                raise Conflict("The first request with this Idempotency-Key is still running.", field=HEADER)
            return claim.kept, True
        try:
            kept = await action()
        except BaseException:
            await self.store.release(tenant, scope, key)
            raise
        if kept.status < 400:
            await self.store.keep(tenant, scope, key, kept)
        else:
            await self.store.release(tenant, scope, key)
        return kept, False


def _tenant(call: Call) -> TenantId | None:
    if call.visitor is not None:
        return call.visitor.tenant
    return None if call.tenant is None else call.tenant.id


def _scope(call: Call) -> str:
    """Whose key it is and for what: keys of different callers or addresses never meet."""
    if call.visitor is not None:
        who = f"visitor:{call.visitor.channel}:{call.visitor.id}"
    elif call.principal is not None:
        who = f"{call.principal.kind}:{call.principal.actor}"
    else:
        who = "public"
    return f"{who} {call.request.method} {call.request.path}"
