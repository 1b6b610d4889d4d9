"""B11: fifty tenants with canaries, five thousand searches for each other's: no foreign chunk; own ones as exact search
finds them."""

from __future__ import annotations

import asyncio
import random

from hub.core.ids import ChunkId, DocumentId, TenantId, uuid7
from hub.knowledge.lexemes import document_lexemes, tsvector
from hub.knowledge.retrieval import Filters, Retriever
from hub.knowledge.search_settings import SearchSettings
from hub.llm.ports import Embedder
from hub.store.chunks import NewChunk
from hub.store.documents import NewDocument
from hub.store.session import Store
from support.store import MakeTenant
from support.word_embedder import WordEmbedder

TENANTS, CHUNKS, SEARCHES, AT_ONCE = 50, 12, 5_000, 8
WORDS = [
    "delivery",
    "parcel",
    "return",
    "voucher",
    "invoice",
    "address",
    "warranty",
    "battery",
    "colour",
    "garden",
    "kitchen",
    "winter",
]
EMBEDDER = WordEmbedder()


def canary(tenant: int) -> str:
    return f"kanari{tenant:02}vogel"


async def fill(store: Store, tenant: TenantId, n: int, chance: random.Random) -> tuple[DocumentId, dict[ChunkId, str]]:
    """A document whose every passage holds the tenant's canary among words that all tenants share."""
    document = DocumentId(uuid7())
    texts = [f"{canary(n)} {' '.join(chance.sample(WORDS, 6))} {place}" for place in range(CHUNKS)]
    chunks = []
    for place, text in enumerate(texts):
        lexemes = document_lexemes(text, "en")
        chunks.append(
            NewChunk(
                id=ChunkId(uuid7()), position=place, start=place, end=place + 1, text=text, heading=(), page=None,
                hash=uuid7().bytes, tsv=tsvector(lexemes), dl=len(lexemes),
            )
        )  # fmt: skip
    async with store.begin(tenant) as tx:
        await tx.documents.put(NewDocument(document, "t", content_hash=document.bytes, blob_key="", metadata=None))
        await tx.embeddings.remember(EMBEDDER.model, {c.hash: EMBEDDER.vector(c.text) for c in chunks})
        await tx.documents.hold(document, document.bytes)
        await tx.chunks.replace(document, 1, chunks)
        target = await tx.embeddings.ensure_set(EMBEDDER.model, EMBEDDER.dims)
        await tx.embeddings.attach(target, document)
        await tx.documents.finish(document, version=1, chunk_count=len(chunks), title="t", language="en")
    return document, {chunk.id: chunk.text for chunk in chunks}


async def test_no_search_finds_a_foreign_chunk(store: Store, make_tenant: MakeTenant) -> None:
    chance = random.Random(11)
    tenants = [(await make_tenant()).id for _ in range(TENANTS)]
    own = [await fill(store, tenant, n, chance) for n, tenant in enumerate(tenants)]

    async def embedder_for(tenant: TenantId, model: str | None = None) -> Embedder:
        return EMBEDDER

    retriever = Retriever(store=store, embedder_for=embedder_for)
    settings = SearchSettings(cache=False)
    pairs = [(a, b) for a in range(TENANTS) for b in range(TENANTS) if a != b]
    asked = [*pairs, *pairs, *pairs][:SEARCHES]
    found = hits = exact = 0
    gate = asyncio.Semaphore(AT_ONCE)

    async def search(n: int, seeker: int, victim: int) -> None:
        nonlocal found, hits, exact
        # Every third search names the victim's own document, as a forged filter would.
        filters = Filters(documents=[own[victim][0]]) if n % 3 == 2 else None
        query = f"{canary(victim)} {chance.choice(WORDS)}"
        async with gate:
            result = await retriever.search(tenants[seeker], query, k=10, filters=filters, settings=settings)
        mine = own[seeker][1]
        for passage in result.passages:
            assert passage.chunk_id in mine and canary(victim) not in passage.text
        found += len(result.passages)
        if filters is not None:
            assert not result.passages, "held to a stranger's document, there is nothing"
        elif n % 25 == 0:
            vector = EMBEDDER.vector(f"{query} {chance.choice(WORDS)} {chance.choice(WORDS)}")
            async with store.begin(tenants[seeker]) as tx:
                corpus = await tx.search.corpus()
                assert corpus.set_id is not None
                near = [chunk for chunk, _ in await tx.search.nearest(vector, corpus.set_id, k=10)]
            likeness = {c: sum(a * b for a, b in zip(vector, EMBEDDER.vector(t), strict=True)) for c, t in mine.items()}
            least = sorted(likeness.values())[-len(near)] - 1e-3  # halfvec rounds
            hits += sum(likeness[chunk] >= least for chunk in near)
            exact += 10

    await asyncio.gather(*(search(n, *pair) for n, pair in enumerate(asked)))
    assert len(asked) == SEARCHES and found > SEARCHES, "searches found their own"
    assert exact > 1000 and hits / exact >= 0.99
