"""What a tenant does with its sets of vectors: making one, watching it fill, switching to it and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.ids import EmbeddingSetId, TenantId
from hub.knowledge.filling import FILL_JOB, fill_args
from hub.knowledge.library import Library
from hub.knowledge.ports import EmbedderFor
from hub.store.embeddings import EmbeddingSetRow, Filled
from hub.store.session import Store, Tx

State = Literal["active", "ready", "filling", "stopped"]


@dataclass(frozen=True, slots=True)
class Standing:
    """A set and how far its filling is."""

    row: EmbeddingSetRow
    filled: Filled

    @property
    def state(self) -> State:
        """``active``, ``ready`` to be switched to, ``stopped`` (its error says why), or ``filling``."""
        if self.row.active:
            return "active"
        if self.filled.missing == 0:
            return "ready"
        return "stopped" if self.row.error else "filling"


@dataclass(frozen=True, slots=True)
class OfferedModel:
    """An embedding model of the deployment."""

    model: str
    provider: str
    dims: int
    languages: Sequence[str]
    """Those it knows; empty: all."""


class EmbeddingSetDesk:
    """A tenant's sets. ``models`` gives the names of the deployment's embedders, its first one first."""

    def __init__(
        self, *, store: Store, library: Library, embedder_for: EmbedderFor, models: Callable[[], Sequence[str]]
    ) -> None:
        self._store = store
        self._library = library
        self._embedder_for = embedder_for
        self._models = models

    async def offered(self, tenant: TenantId) -> list[OfferedModel]:
        """The models that sets can be made with, the one that new tenants get first."""
        found = [await self._embedder_for(tenant, model) for model in self._models()]
        return [OfferedModel(e.model, e.provider, e.dims, sorted(e.languages)) for e in found if e is not None]

    async def all(self, tenant: TenantId) -> list[Standing]:
        """The tenant's sets, oldest first."""
        async with self._store.begin(tenant) as tx:
            return [await _standing(tx, row) for row in await tx.embeddings.sets()]

    async def get(self, tenant: TenantId, id: EmbeddingSetId) -> Standing:
        """One set. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            return await _standing(tx, await tx.embeddings.get_set(id))

    async def create(self, tenant: TenantId, model: str, *, activate: bool = False) -> Standing:
        """A new set, filled in the background; with ``activate`` searches go over to it when it is full. The first is
        used at once. Raises ``Invalid`` for a model that is not offered, ``Conflict`` for one that has a set."""
        embedder = await self._embedder_for(tenant, model)
        if embedder is None:
            names = ", ".join(self._models())
            there = f"There are: {names}." if names else "The deployment has none (HUB_EMBEDDING_PROVIDER)."
            raise Invalid(f"There is no embedding model '{model}'. {there}", field="model")
        async with self._store.begin(tenant) as tx:
            if any(row.model == model for row in await tx.embeddings.sets()):
                raise Conflict("This model has a set already.", field="model")
            row = await tx.embeddings.ensure_set(embedder.model, embedder.dims)
            await _ask(tx, row.id, activate=activate)
            standing = await _standing(tx, row)
        await self._library.wake()
        return standing

    async def fill(self, tenant: TenantId, id: EmbeddingSetId, *, activate: bool = False) -> Standing:
        """Try to fill a set again, as after its model was away. Raises ``NotFound``. Idempotent."""
        async with self._store.begin(tenant) as tx:
            await _standing(tx, await tx.embeddings.get_set(id))
            await tx.embeddings.note_error(id, None)
            await _ask(tx, id, activate=activate)
            standing = await _standing(tx, await tx.embeddings.get_set(id))
        await self._library.wake()
        return standing

    async def activate(self, tenant: TenantId, id: EmbeddingSetId) -> Standing:
        """Have searches use this set from now on. Raises ``NotFound``, or ``Conflict`` while chunks lack vectors or the
        model is gone. Idempotent."""
        async with self._store.begin(tenant) as tx:
            row = await tx.embeddings.get_set(id)
            if row is None:
                raise _no_set()
            if await self._embedder_for(tenant, row.model) is None:
                raise Conflict(
                    f"The model '{row.model}' is no longer among those of the deployment, so no question could be "
                    "looked for in this set.",
                    field="set",
                )
            filled = await tx.embeddings.activate(id)
            if filled.missing:
                raise Conflict(
                    f"{filled.missing} of {filled.chunks} passages have no vector in this set yet. "
                    "Switch when it is full.",
                    field="set",
                )
            return await _standing(tx, await tx.embeddings.get_set(id))

    async def remove(self, tenant: TenantId, id: EmbeddingSetId) -> None:
        """Remove a set with its vectors. Raises ``NotFound``, or ``Conflict`` for the one that searches use."""
        async with self._store.begin(tenant) as tx:
            if not await tx.embeddings.delete_set(id):
                if await tx.embeddings.get_set(id) is None:
                    raise _no_set()
                raise Conflict("Searches use this set. Switch to another one first.", field="set")


async def _ask(tx: Tx, id: EmbeddingSetId, *, activate: bool) -> None:
    await tx.jobs.add_once(FILL_JOB, fill_args(id, activate=activate))


async def _standing(tx: Tx, row: EmbeddingSetRow | None) -> Standing:
    if row is None:
        raise _no_set()
    return Standing(row, await tx.embeddings.filled(row.id))


def _no_set() -> NotFound:
    return NotFound("There is no such set of vectors.", field="set")
