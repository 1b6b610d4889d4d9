"""Ingest and retrieval on real PostgreSQL: states, no-op, atomic swap, resuming, words for failures, languages."""

import asyncio
from collections.abc import Sequence

import pytest

from hub.core.errors import Invalid, ModelError, NotFound
from hub.core.knowledge import DocumentStatus
from hub.knowledge.retrieval import Filters
from hub.llm.ports import Embeddings
from hub.store.directory import TenantRow
from hub.store.session import Store
from support.document_desk import DocumentDesk
from support.word_embedder import WordEmbedder

RULES = "# Returns\n\nShoes may come back within thirty days.\n\n# Delivery\n\nParcels arrive within a week.\n"


@pytest.fixture
def embedder() -> WordEmbedder:
    return WordEmbedder()


@pytest.fixture
def desk(store: Store, tenant: TenantRow, embedder: WordEmbedder) -> DocumentDesk:
    return DocumentDesk(store, tenant.id, embedder)


async def test_a_document_becomes_searchable_passages_that_say_where_they_stand(desk: DocumentDesk) -> None:
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
    desk = DocumentDesk(store, tenant.id, None)
    await desk.index(RULES.encode())
    found = await desk.retriever.search(desk.tenant, "returning shoes")
    assert "thirty days" in found.passages[0].text
    assert not found.vectors
    assert found.passages[0].vector is None


async def test_the_same_bytes_again_change_nothing(desk: DocumentDesk, embedder: WordEmbedder) -> None:
    first = await desk.index(RULES.encode(), external_id="rules")
    count = len(embedder.embedded)
    again = await desk.give(RULES.encode(), external_id="rules")
    assert not again.changed
    assert again.unused_blob is not None
    assert (await desk.ingester.run(desk.tenant, first.id)).version == 1
    assert len(embedder.embedded) == count
    unnamed = await desk.give(b"other text", "a.txt")
    assert (await desk.give(b"other text", "b.txt")).document.id == unnamed.document.id


async def test_the_same_bytes_at_another_address_are_found_there_at_once(desk: DocumentDesk) -> None:
    first = await desk.index(RULES.encode(), external_id="rules", url="https://old.example/rules")
    again = await desk.give(RULES.encode(), external_id="rules", url="https://new.example/rules")
    assert (again.changed, again.document.id, again.document.status) == (False, first.id, "ready")
    found = await desk.retriever.search(desk.tenant, "returning shoes")
    assert found.passages[0].url == "https://new.example/rules"
    unknown = await desk.give(RULES.encode(), external_id="rules")
    assert unknown.document.url == "https://new.example/rules"


async def test_changed_content_takes_the_place_of_the_old_in_one_step(desk: DocumentDesk) -> None:
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


async def test_only_changed_chunks_are_embedded_again(desk: DocumentDesk, embedder: WordEmbedder) -> None:
    await desk.index(RULES.encode(), external_id="rules")
    embedder.embedded.clear()
    await desk.index(RULES.replace("thirty", "forty").encode(), external_id="rules")
    assert len(embedder.embedded) == 1
    assert "forty" in embedder.embedded[0]


async def test_a_document_that_cannot_be_read_fails_in_words_and_the_others_go_on(desk: DocumentDesk) -> None:
    bad = await desk.index(b"%PDF-1.7 rubbish", "broken.pdf")
    good = await desk.index(RULES.encode())
    assert bad.status == DocumentStatus.FAILED
    assert bad.error is not None and "damaged" in bad.error
    assert good.status == DocumentStatus.READY
    assert (await desk.give(b"%PDF-1.7 rubbish", "broken.pdf")).changed, "what failed may be tried again"


async def test_a_failed_replacement_leaves_the_old_searchable(desk: DocumentDesk) -> None:
    await desk.index(RULES.encode(), external_id="rules")
    row = await desk.index(b"%PDF-1.7 rubbish", "rules.pdf", external_id="rules")
    assert row.status == DocumentStatus.FAILED
    assert "thirty days" in (await desk.ask("shoes come back"))[0]


async def test_an_interrupted_ingest_goes_on_where_it_stopped(desk: DocumentDesk, embedder: WordEmbedder) -> None:
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


async def test_a_model_that_stays_away_is_a_failure_in_words(desk: DocumentDesk, embedder: WordEmbedder) -> None:
    embedder.fail_after = 0
    row = await desk.index(RULES.encode())
    assert row.status == DocumentStatus.FAILED
    assert row.error == "The embedding model did not answer: the test's model is away"


async def test_a_document_given_anew_while_it_is_worked_on_is_left_to_the_next_run(desk: DocumentDesk) -> None:
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


async def test_many_documents_at_once_neither_deadlock_nor_miscount(desk: DocumentDesk) -> None:
    words = [f"term{n}" for n in range(200)]
    puts = [await desk.give(" ".join(words[n:] + words[:n]).encode(), f"{n}.txt") for n in range(0, 48, 4)]
    rows = await asyncio.gather(*(desk.ingester.run(desk.tenant, put.document.id) for put in puts))
    assert {row.status for row in rows} == {"ready"}
    async with desk.store.begin(desk.tenant) as tx:
        assert (await tx.search.corpus()).chunks == sum(row.chunk_count for row in rows)


async def test_near_identical_passages_are_shown_once(desk: DocumentDesk) -> None:
    notice = (
        "Our office in Bern is closed on the first of August, and parcels wait until the day after it is open again"
    )
    await desk.index(f"{notice}.".encode(), "a.txt")
    await desk.index(f"{notice}!".encode(), "b.txt")
    await desk.index(b"Our office in Basel is open on Sundays.", "c.txt")
    assert len(await desk.ask("when is the office closed")) == 2


async def test_filters_by_context_document_and_metadata(desk: DocumentDesk) -> None:
    async with desk.store.begin(desk.tenant) as tx:
        shop = await tx.contexts.ensure("shop")
    await desk.index(b"The shop sells shoes.", "a.txt", context_id=shop.id)
    other = await desk.index(b"The school lends shoes.", "b.txt", metadata={"kind": "school"})
    assert await desk.ask("shoes", filters=Filters(contexts=[shop.id])) == ["The shop sells shoes."]
    assert await desk.ask("shoes", filters=Filters(documents=[other.id])) == ["The school lends shoes."]
    assert await desk.ask("shoes", filters=Filters(metadata={"kind": "school"})) == ["The school lends shoes."]
    assert await desk.ask("shoes", filters=Filters(metadata={"kind": "bank"})) == []


async def test_deleting_a_document_removes_its_passages(desk: DocumentDesk) -> None:
    row = await desk.index(RULES.encode())
    async with desk.store.begin(desk.tenant) as tx:
        await tx.documents.delete(row.id)
    assert await desk.ask("shoes come back") == []


async def test_a_call_to_the_model_holds_as_many_texts_as_it_takes(desk: DocumentDesk, embedder: WordEmbedder) -> None:
    embedder.max_batch, calls, embed = 2_048, [], embedder.embed

    async def counted(texts: Sequence[str], *, task: str = "document") -> Embeddings:
        calls.append(len(texts))
        return await embed(texts, task=task)

    embedder.embed = counted  # type: ignore[method-assign]  # counts, and does the same
    row = await desk.index("".join(f"# Rule {n}\n\nThe rule of number {n} holds.\n\n" for n in range(150)).encode())
    assert calls == [row.chunk_count] and row.chunk_count >= 100


async def test_any_language_is_found_by_its_words(store: Store, tenant: TenantRow) -> None:
    desk = DocumentDesk(store, tenant.id, None)
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
async def test_bad_queries_name_the_field(desk: DocumentDesk, query: str, k: int, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        await desk.retriever.search(desk.tenant, query, k=k)
    assert refusal.value.field == field


@pytest.mark.parametrize("query", ["' | & ! :* \\ \"", "a" * 10_000, "<->", "?!", "\ud800 lone", "😀"])
async def test_odd_queries_are_answered(desk: DocumentDesk, query: str) -> None:
    await desk.index(RULES.encode())
    assert isinstance(await desk.ask(query), list)


async def test_another_tenant_finds_nothing(desk: DocumentDesk, store: Store, other_tenant: TenantRow) -> None:
    row = await desk.index(RULES.encode(), external_id="rules")
    stranger = DocumentDesk(store, other_tenant.id, WordEmbedder())
    assert await stranger.ask("shoes come back thirty days") == []
    assert await stranger.ask("shoes", filters=Filters(documents=[row.id])) == []
    with pytest.raises(NotFound):
        await stranger.ingester.run(other_tenant.id, row.id)
    await stranger.index(RULES.encode(), external_id="rules")
    assert len(stranger.embedder.embedded) == 2, "another tenant's cache was used"  # type: ignore[union-attr]  # set above
