"""Fills a set of vectors in the background, while searches go on over another."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from hub.core.errors import BudgetSpent, ModelError
from hub.core.ids import EmbeddingSetId, TenantId
from hub.jobs.runner import Handler
from hub.knowledge.ports import EmbedderFor
from hub.knowledge.vectors import embed_missing, embedded_text
from hub.store.session import Store, Tx

FILL_JOB = "embeddings.fill"
"""The job that fills one set; its args are ``{"set_id"}``, and ``"activate": true`` to switch to it when it is full."""
GONE: Final = "This model is no longer among those of the deployment."
_SLICE: Final = 120.0
"""Seconds after which a job makes room for others and goes on as a new one."""
_AT_ONCE: Final = 500


def fill_args(id: EmbeddingSetId, *, activate: bool = False) -> dict[str, Any]:
    """The args of a ``FILL_JOB``."""
    return {"set_id": str(id), "activate": True} if activate else {"set_id": str(id)}


async def ask_to_fill(tx: Tx, *, but: str | None) -> None:
    """After chunks have changed: have every set filled, except that of the model ``but``, which is full."""
    for row in await tx.embeddings.sets():
        if row.model != but and row.error != GONE:
            await tx.jobs.add_once(FILL_JOB, fill_args(row.id))


class SetFiller:
    """Gives every chunk of a tenant a vector in one set. Safe to share."""

    def __init__(
        self, *, store: Store, embedder_for: EmbedderFor, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._embedder_for = embedder_for
        self._monotonic = monotonic

    async def run(self, tenant: TenantId, id: EmbeddingSetId, *, activate: bool = False, last_try: bool = True) -> None:
        """Fill the set, some minutes at most; what is left is a new job. Resumable: what was embedded is not paid for
        again. With ``activate`` searches go over to it when it is full.

        A passing model failure raises ``ModelError``, and a budget that is used up ``BudgetSpent``, unless this is the
        ``last_try``; the set tells why in any case.
        """
        async with self._store.begin(tenant) as tx:
            row = await tx.embeddings.get_set(id)
        if row is None:
            return
        embedder = await self._embedder_for(tenant, row.model)
        if embedder is None:
            await self._note(tenant, id, GONE)
            return
        until = self._monotonic() + _SLICE
        try:
            while True:
                async with self._store.begin(tenant) as tx:
                    chunks = await tx.chunks.without_vectors(id, limit=_AT_ONCE)
                if not chunks:
                    break
                texts = {chunk.hash: embedded_text(chunk.title, chunk.heading, chunk.text) for chunk in chunks}
                await embed_missing(self._store, tenant, embedder, texts)
                async with self._store.begin(tenant) as tx:
                    if not await tx.embeddings.hold(id):
                        return
                    for document in dict.fromkeys(chunk.document_id for chunk in chunks):
                        await tx.embeddings.attach(row, document)
                    await tx.embeddings.note_error(id, None)
                    if self._monotonic() > until:
                        await tx.jobs.add_once(
                            FILL_JOB, {"set_id": str(id), **({"activate": True} if activate else {})}
                        )
                        return
        except (ModelError, BudgetSpent) as error:
            await self._note(tenant, id, str(error))
            if not last_try and (isinstance(error, BudgetSpent) or error.retryable):
                raise
            return
        async with self._store.begin(tenant) as tx:
            await tx.embeddings.note_error(id, None)
            # Chunks that came this very moment have asked for the set to be filled; that job must switch then.
            if activate and (await tx.embeddings.activate(id)).missing:
                await tx.jobs.add_once(FILL_JOB, fill_args(id, activate=True))

    async def _note(self, tenant: TenantId, id: EmbeddingSetId, error: str) -> None:
        async with self._store.begin(tenant) as tx:
            await tx.embeddings.note_error(id, error)


def fill_handler(filler: SetFiller) -> Handler:
    """The handler of ``FILL_JOB``."""

    async def fill(tenant: TenantId, args: Mapping[str, Any], last_try: bool) -> None:
        id = EmbeddingSetId(UUID(str(args["set_id"])))
        await filler.run(tenant, id, activate=bool(args.get("activate")), last_try=last_try)

    return fill
