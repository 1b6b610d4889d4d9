"""Ingest and retrieval on real PostgreSQL: states, no-op, atomic swap, resuming, words for failures, languages."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from hashlib import sha256

import pytest

from hub.core.errors import Invalid, ModelError, NotFound
from hub.core.ids import DocumentId, TenantId, uuid7
from hub.core.knowledge import DocumentStatus
from hub.knowledge.chunking import ChunkSizes
from hub.knowledge.ingest import Ingester
from hub.knowledge.loading import Loader
from hub.knowledge.retrieval import Filters, Retriever
from hub.llm.ports import Embedder, Embeddings
from hub.store.directory import TenantRow
from hub.store.documents import DocumentRow, NewDocument, Put
from hub.store.session import Store
from support.word_embedder import WordEmbedder

RULES = "# Returns\n\nShoes may come back within thirty days.\n\n# Delivery\n\nParcels arrive within a week.\n"


class Blobs(dict[str, bytes]):
    """Bytes by key, in memory."""

    async def put(self, key: str, data: bytes) -> None:
        self[key] = data

    async def get(self, key: str) -> bytes:  # type: ignore[override]  # the port's get, not the dict's
        if key not in self:
            raise NotFound("The file is gone.")
        return self[key]

    async def delete(self, key: str) -> None:
        self.pop(key, None)

    async def delete_under(self, folder: str) -> None:
        for key in [key for key in self if key.startswith(f"{folder}/")]:
            del self[key]

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        yield self[key]


class Desk:
    """What a test needs to give documents in and ask about them."""

    def __init__(self, store: Store, tenant: TenantId, embedder: Embedder | None) -> None:
        self.store, self.tenant, self.embedder, self.blobs = store, tenant, embedder, Blobs()
        self.ingester = Ingester(
            store=store, blobs=self.blobs, loader=Loader(), embedder_for=self._embedder, sizes=ChunkSizes(target=40)
        )
        self.retriever = Retriever(store=store, embedder_for=self._embedder)

    async def _embedder(self, _: TenantId) -> Embedder | None:
        return self.embedder

    async def give(self, data: bytes, name: str = "rules.md", **fields: object) -> Put:
        key = str(uuid7())
        self.blobs[key] = data
        new = NewDocument(
            DocumentId(uuid7()),
            name,
            sha256(data).digest(),
            key,
            name=name,
            size=len(data),
            **fields,  # type: ignore[arg-type]  # a test's fields
        )
        async with self.store.begin(self.tenant) as tx:
            return await tx.documents.put(new)

    async def index(self, data: bytes, name: str = "rules.md", **fields: object) -> DocumentRow:
        return await self.ingester.run(self.tenant, (await self.give(data, name, **fields)).document.id)

    async def ask(self, query: str, **options: object) -> list[str]:
        found = await self.retriever.search(self.tenant, query, **options)  # type: ignore[arg-type]  # a test's options
        return [passage.text for passage in found.passages]


@pytest.fixture
def embedder() -> WordEmbedder:
    return WordEmbedder()


@pytest.fixture
def desk(store: Store, tenant: TenantRow, embedder: WordEmbedder) -> Desk:
    return Desk(store, tenant.id, embedder)


async def test_a_document_becomes_searchable_passages_that_say_where_they_stand(desk: Desk) -> None:
    row = await desk.index(RULES.encode(), external_id="rules", url="https://shop.example/rules")
    assert (row.status, row.progress, row.error, row.chunk_count, row.language) == ("ready", 1.0, None, 2, "en")
    assert row.title == "Returns"
    found = await desk.retriever.search(desk.tenant, "How many days until shoes must come back?")
    best = found.passages[0]
    assert found.vectors
    assert "thirty days" in best.text
    assert (best.section, best.external_id, best.url) == ("Returns", "rules", "https://shop.example/rules")
    assert best.keyword is not None and best.keyword > 0
    assert best.vector is not None and 0 < best.vector <= 1
    assert RULES.strip()[best.start : best.end] == best.text
    assert {"corpus", "embed", "search", "passages"} <= found.timings.keys()


async def test_without_an_embedder_words_alone_find(store: Store, tenant: TenantRow) -> None:
    desk = Desk(store, tenant.id, None)
    await desk.index(RULES.encode())
    found = await desk.retriever.search(desk.tenant, "returning shoes")
    assert "thirty days" in found.passages[0].text
    assert not found.vectors
    assert found.passages[0].vector is None


async def test_the_same_bytes_again_change_nothing(desk: Desk, embedder: WordEmbedder) -> None:
    first = await desk.index(RULES.encode(), external_id="rules")
    count = len(embedder.embedded)
    again = await desk.give(RULES.encode(), external_id="rules")
    assert not again.changed
    assert again.unused_blob is not None
    assert (await desk.ingester.run(desk.tenant, first.id)).version == 1
    assert len(embedder.embedded) == count
    unnamed = await desk.give(b"other text", "a.txt")
    assert (await desk.give(b"other text", "b.txt")).document.id == unnamed.document.id


async def test_changed_content_takes_the_place_of_the_old_in_one_step(desk: Desk) -> None:
    old = await desk.index(RULES.encode(), external_id="rules")
    put = await desk.give(RULES.replace("thirty", "forty").encode(), external_id="rules")
    assert put.changed
    assert put.document.id == old.id
    assert "thirty days" in (await desk.ask("shoes come back"))[0], "the old answer stands until the new is ready"

    seen: set[tuple[bool, bool]] = set()

    async def watch() -> None:
        while True:
            texts = " ".join(await desk.ask("shoes come back days"))
            seen.add(("thirty" in texts, "forty" in texts))
            await asyncio.sleep(0)

    watcher = asyncio.create_task(watch())
    row = await desk.ingester.run(desk.tenant, old.id)
    watcher.cancel()
    assert seen <= {(True, False), (False, True)}, "a reader saw both versions, or none"
    assert row.version == 2
    texts = await desk.ask("shoes come back")
    assert "forty days" in texts[0]
    assert not any("thirty" in text for text in texts)


async def test_only_changed_chunks_are_embedded_again(desk: Desk, embedder: WordEmbedder) -> None:
    await desk.index(RULES.encode(), external_id="rules")
    embedder.embedded.clear()
    await desk.index(RULES.replace("thirty", "forty").encode(), external_id="rules")
    assert len(embedder.embedded) == 1
    assert "forty" in embedder.embedded[0]


async def test_a_document_that_cannot_be_read_fails_in_words_and_the_others_go_on(desk: Desk) -> None:
    bad = await desk.index(b"%PDF-1.7 rubbish", "broken.pdf")
    good = await desk.index(RULES.encode())
    assert bad.status == DocumentStatus.FAILED
    assert bad.error is not None and "damaged" in bad.error
    assert good.status == DocumentStatus.READY
    assert (await desk.give(b"%PDF-1.7 rubbish", "broken.pdf")).changed, "what failed may be tried again"


async def test_a_failed_replacement_leaves_the_old_searchable(desk: Desk) -> None:
    await desk.index(RULES.encode(), external_id="rules")
    row = await desk.index(b"%PDF-1.7 rubbish", "rules.pdf", external_id="rules")
    assert row.status == DocumentStatus.FAILED
    assert "thirty days" in (await desk.ask("shoes come back"))[0]


async def test_an_interrupted_ingest_goes_on_where_it_stopped(desk: Desk, embedder: WordEmbedder) -> None:
    text = "\n\n".join(f"# Rule {n}\n\nArticle {n} costs {n} euros and is sent by post." for n in range(40))
    put = await desk.give(text.encode())
    embedder.fail_after = 20
    with pytest.raises(ModelError):
        await desk.ingester.run(desk.tenant, put.document.id, last_try=False)
    async with desk.store.begin(desk.tenant) as tx:
        waiting = await tx.documents.get(put.document.id)
    assert waiting is not None
    assert (waiting.status, waiting.chunk_count) == ("queued", 0)
    assert 0 < waiting.progress < 1
    done = len(embedder.embedded)
    assert done == 16
    embedder.fail_after = None
    row = await desk.ingester.run(desk.tenant, put.document.id)
    assert row.status == DocumentStatus.READY
    assert len(embedder.embedded) == len(set(embedder.embedded)) == row.chunk_count == 40


async def test_a_model_that_stays_away_is_a_failure_in_words(desk: Desk, embedder: WordEmbedder) -> None:
    embedder.fail_after = 0
    row = await desk.index(RULES.encode())
    assert row.status == DocumentStatus.FAILED
    assert row.error == "The embedding model did not answer: the test's model is away"


async def test_a_document_given_anew_while_it_is_worked_on_is_left_to_the_next_run(desk: Desk) -> None:
    put = await desk.give(RULES.encode(), external_id="rules")

    class Interrupting(WordEmbedder):
        async def embed(self, texts: Sequence[str], *, task: str = "document") -> Embeddings:
            if not self.embedded:
                await desk.give(RULES.replace("thirty", "sixty").encode(), external_id="rules")
            return await super().embed(texts, task=task)

    desk.embedder = Interrupting()
    first = await desk.ingester.run(desk.tenant, put.document.id)
    assert (first.status, first.version) == ("queued", 0)
    assert (await desk.ingester.run(desk.tenant, put.document.id)).status == DocumentStatus.READY
    assert "sixty" in (await desk.ask("shoes come back"))[0]


async def test_many_documents_at_once_neither_deadlock_nor_miscount(desk: Desk) -> None:
    words = [f"term{n}" for n in range(200)]
    puts = [await desk.give(" ".join(words[n:] + words[:n]).encode(), f"{n}.txt") for n in range(0, 48, 4)]
    rows = await asyncio.gather(*(desk.ingester.run(desk.tenant, put.document.id) for put in puts))
    assert {row.status for row in rows} == {"ready"}
    async with desk.store.begin(desk.tenant) as tx:
        assert (await tx.search.corpus()).chunks == sum(row.chunk_count for row in rows)


async def test_near_identical_passages_are_shown_once(desk: Desk) -> None:
    notice = (
        "Our office in Bern is closed on the first of August, and parcels wait until the day after it is open again"
    )
    await desk.index(f"{notice}.".encode(), "a.txt")
    await desk.index(f"{notice}!".encode(), "b.txt")
    await desk.index(b"Our office in Basel is open on Sundays.", "c.txt")
    assert len(await desk.ask("when is the office closed")) == 2


async def test_filters_by_context_document_and_metadata(desk: Desk) -> None:
    async with desk.store.begin(desk.tenant) as tx:
        shop = await tx.contexts.ensure("shop")
    await desk.index(b"The shop sells shoes.", "a.txt", context_id=shop.id)
    other = await desk.index(b"The school lends shoes.", "b.txt", metadata={"kind": "school"})
    assert await desk.ask("shoes", filters=Filters(contexts=[shop.id])) == ["The shop sells shoes."]
    assert await desk.ask("shoes", filters=Filters(documents=[other.id])) == ["The school lends shoes."]
    assert await desk.ask("shoes", filters=Filters(metadata={"kind": "school"})) == ["The school lends shoes."]
    assert await desk.ask("shoes", filters=Filters(metadata={"kind": "bank"})) == []


async def test_deleting_a_document_removes_its_passages(desk: Desk) -> None:
    row = await desk.index(RULES.encode())
    async with desk.store.begin(desk.tenant) as tx:
        await tx.documents.delete(row.id)
    assert await desk.ask("shoes come back") == []


async def test_a_new_model_is_filled_beside_the_old_and_then_used(desk: Desk, embedder: WordEmbedder) -> None:
    await desk.index(RULES.encode())
    newer = WordEmbedder(model="newer", dims=500)
    desk.embedder = newer
    before = await desk.retriever.search(desk.tenant, "shoes come back")
    assert before.passages
    assert not before.vectors, "vectors of different models must not be compared"
    assert await desk.ingester.reembed(desk.tenant, newer) == 2
    after = await desk.retriever.search(desk.tenant, "shoes come back")
    assert after.vectors
    assert after.passages[0].vector is not None
    assert await desk.ingester.reembed(desk.tenant, newer) == 0


async def test_any_language_is_found_by_its_words(store: Store, tenant: TenantRow) -> None:
    desk = Desk(store, tenant.id, None)
    answers = {
        "Wie gebe ich die Schuhe zurück?": "Die Rückgabe der Schuhe ist binnen dreißig Tagen möglich.",
        "退货怎么办理？": "退货需要在三十天内提出申请。",
        "รองเท้าคืนได้ไหม": "สามารถคืนรองเท้าได้ภายในสามสิบวัน",
        "जूते वापस कैसे करें": "जूते तीस दिनों में वापस किए जा सकते हैं।",
        "zapatos devolucion": "La devolución de los zapatos es posible dentro de treinta días.",
    }
    for number, answer in enumerate(answers.values()):
        await desk.index(answer.encode(), f"{number}.txt")
    for question, answer in answers.items():
        assert (await desk.ask(question))[0] == answer


@pytest.mark.parametrize(
    ("query", "k", "field"), [("  ", 5, "query"), ("\x00", 5, "query"), ("a", 0, "k"), ("a", 101, "k")]
)
async def test_bad_queries_name_the_field(desk: Desk, query: str, k: int, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        await desk.retriever.search(desk.tenant, query, k=k)
    assert refusal.value.field == field


@pytest.mark.parametrize("query", ["' | & ! :* \\ \"", "a" * 10_000, "<->", "?!", "\ud800 lone", "😀"])
async def test_odd_queries_are_answered(desk: Desk, query: str) -> None:
    await desk.index(RULES.encode())
    assert isinstance(await desk.ask(query), list)


async def test_another_tenant_finds_nothing(desk: Desk, store: Store, other_tenant: TenantRow) -> None:
    row = await desk.index(RULES.encode(), external_id="rules")
    stranger = Desk(store, other_tenant.id, WordEmbedder())
    assert await stranger.ask("shoes come back thirty days") == []
    assert await stranger.ask("shoes", filters=Filters(documents=[row.id])) == []
    with pytest.raises(NotFound):
        await stranger.ingester.run(other_tenant.id, row.id)
    await stranger.index(RULES.encode(), external_id="rules")
    assert len(stranger.embedder.embedded) == 2, "another tenant's cache was used"  # type: ignore[union-attr]  # set above
