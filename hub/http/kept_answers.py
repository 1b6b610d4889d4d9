"""Idempotency keys kept in the database, so that every process knows them."""

from __future__ import annotations

import base64

from hub.core.ids import TenantId
from hub.http.idempotency import Claim, Kept
from hub.security.encryption import Vault
from hub.store.session import PLATFORM, Store

_PURPOSE = "kept-answer"


class StoredKeys:
    """The ``KeyStore`` over the store. Answers lie there encrypted, for some hold what is shown only once."""

    def __init__(self, *, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault

    async def claim(self, tenant: TenantId | None, scope: str, key: str, fingerprint: bytes) -> Claim:
        async with self._store.begin(tenant or PLATFORM) as tx:
            row = await tx.idempotency.reserve(scope, key, fingerprint)
        if row is None:
            return Claim(True, fingerprint)
        if row.status is None:
            return Claim(False, row.fingerprint)
        answer = self._vault.decrypt_json(row.response["sealed"].encode(), tenant=tenant, purpose=_PURPOSE)
        kept = Kept(row.status, base64.b64decode(answer["body"]), answer["type"], answer["headers"])
        return Claim(False, row.fingerprint, kept)

    async def keep(self, tenant: TenantId | None, scope: str, key: str, kept: Kept) -> None:
        answer = {
            "body": base64.b64encode(kept.body).decode(),
            "type": kept.content_type,
            "headers": dict(kept.headers),
        }
        sealed = self._vault.encrypt_json(answer, tenant=tenant, purpose=_PURPOSE).decode()
        async with self._store.begin(tenant or PLATFORM) as tx:
            await tx.idempotency.complete(scope, key, kept.status, {"sealed": sealed})

    async def release(self, tenant: TenantId | None, scope: str, key: str) -> None:
        async with self._store.begin(tenant or PLATFORM) as tx:
            await tx.idempotency.forget(scope, key)
