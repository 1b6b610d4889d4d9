"""What a tenant may set about its search, on real PostgreSQL: typos, age, parents, reranking, filters, memory."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from hub.core.errors import ModelError
from hub.core.ids import TenantId
from hub.knowledge.result_cache import ResultCache
from hub.knowledge.retrieval import Filters, Retriever, SearchResult
from hub.knowledge.search_settings import SearchSettings
from hub.llm.ports import Reranker
from hub.store.directory import TenantRow
from hub.store.session import Store
from support.document_desk import DocumentDesk
from support.word_embedder import WordEmbedder

RETURNS = "# Returns\n\nShoes may come back within thirty days.\n\nThe delivery of the new pair costs nothing.\n"
PARCELS = "# Parcels\n\nParcels arrive within a week. Vouchers are sent by mail.\n"


class Backwards:
    """A scripted reranker: the longer a passage, the better."""

    model = "scripted"

    def __init__(self) -> None:
        self.fails = False
        self.asked: list[str] = []

    async def rerank(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        self.asked.append(query)
        if self.fails:
            raise ModelError("away")
        return [float(len(text)) for text in texts]


@pytest.fixture
async def desk(store: Store, tenant: TenantRow) -> DocumentDesk:
    desk = DocumentDesk(store, tenant.id, WordEmbedder())
    await desk.index(RETURNS.encode(), "returns.md", external_id="returns")
    await desk.index(PARCELS.encode(), "parcels.md", external_id="parcels")
    return desk


@pytest.mark.parametrize("typed", ["vuochers", "vouchrs", "vochers"])
async def test_a_mistyped_word_finds_what_was_meant(desk: DocumentDesk, typed: str) -> None:
    by_words = SearchSettings(method="keyword")
    found = await desk.retriever.search(desk.tenant, typed, settings=by_words, explain=True)
    assert [p.external_id for p in found.passages] == ["parcels"]
    assert found.stages is not None
    assert list(found.stages.guessed.values()) == [["voucher"]]
    strict = SearchSettings(method="keyword", typo_tolerance=False)
    assert not (await desk.retriever.search(desk.tenant, typed, settings=strict)).passages


async def test_every_stage_is_told(desk: DocumentDesk) -> None:
    found = await desk.retriever.search(desk.tenant, "when do parcels arrive", explain=True)
    stages = found.stages
    assert stages is not None
    assert stages.vector_weight == 0.7
    assert "parcel" in stages.lexemes[0]
    assert {c.chunk_id for c in stages.candidates} == {chunk for chunk, _ in stages.fused}
    assert stages.fused[0][0] == found.passages[0].chunk_id
    assert set(found.timings) >= {"corpus", "embed", "search", "passages"}


async def test_another_wording_brings_its_own_passages(desk: DocumentDesk) -> None:
    by_words = SearchSettings(method="keyword")
    one = await desk.retriever.search(desk.tenant, "vouchers", settings=by_words)
    both = await desk.retriever.search(desk.tenant, "vouchers", also=["thirty days"], settings=by_words)
    assert [p.external_id for p in one.passages] == ["parcels"]
    assert {p.external_id for p in both.passages} == {"parcels", "returns"}


async def test_a_newer_document_wins_where_age_matters(desk: DocumentDesk, store: Store, tenant: TenantRow) -> None:
    old = "Opening hours are nine to five."
    await desk.index(old.encode(), "old.md", external_id="old")
    await desk.index((old + " Also on holidays!").encode(), "new.md", external_id="new")
    await desk.age("old", timedelta(days=400))
    query, by_words = "opening hours nine to five", SearchSettings(method="keyword")
    plain = await desk.retriever.search(tenant.id, query, settings=by_words)
    fresh = await desk.retriever.search(tenant.id, query, settings=by_words.model_copy(update={"freshness_days": 1.0}))
    assert [p.external_id for p in plain.passages[:2]] == ["old", "new"]
    assert [p.external_id for p in fresh.passages[:2]] == ["new", "old"]


async def test_parents_give_the_section_around_a_passage(desk: DocumentDesk) -> None:
    text = "# Rules\n\n" + "\n\n".join(f"Rule {n} is about subject{n} and about nothing else at all." for n in range(8))
    await desk.index(text.encode(), "rules.md", external_id="rules")
    settings = SearchSettings(method="keyword", parents=True)
    found = (await desk.retriever.search(desk.tenant, "subject3", k=1, settings=settings)).passages[0]
    assert found.around is not None
    assert found.text in found.around
    assert len(found.around) > len(found.text)
    assert found.around.count("Rule 3 is about") == 1
    assert found.around in text


async def test_a_reranker_has_the_last_word_and_its_failure_costs_nothing(desk: DocumentDesk) -> None:
    backwards = Backwards()

    async def reranker_for(_: TenantId) -> Reranker:
        return backwards

    retriever = Retriever(store=desk.store, embedder_for=desk.embedder_for, reranker_for=reranker_for)
    query, on = "parcels arrive", SearchSettings(rerank=True)
    plain = [p.text for p in (await retriever.search(desk.tenant, query)).passages]
    assert backwards.asked == []
    ranked = [p.text for p in (await retriever.search(desk.tenant, query, settings=on)).passages]
    assert ranked == sorted(plain, key=len, reverse=True)
    assert ranked != plain
    backwards.fails = True
    assert [p.text for p in (await retriever.search(desk.tenant, query, settings=on)).passages] == plain


async def test_filters_by_type_and_age(desk: DocumentDesk) -> None:
    await desk.index(b"article,price\nparcels,5\n", "prices.csv", external_id="prices", mime="text/csv")

    async def found(**filters: object) -> set[str | None]:
        options = Filters(**filters)  # type: ignore[arg-type]  # a test's filters
        return {p.external_id for p in (await desk.retriever.search(desk.tenant, "parcels", filters=options)).passages}

    assert await found(mimes=["text/csv"]) == {"prices"}
    assert await found(mimes=["text"]) >= {"prices"}
    assert await found(mimes=["image"]) == set()
    assert await found(since=datetime.now(UTC) + timedelta(hours=1)) == set()


async def test_meaning_alone_must_reach_the_least_similarity(desk: DocumentDesk) -> None:
    settings = SearchSettings(min_similarity=0.99, typo_tolerance=False)
    found = await desk.retriever.search(desk.tenant, "something entirely else", settings=settings, explain=True)
    assert not found.passages
    assert found.stages is not None
    assert found.stages.dropped > 0


async def test_results_are_remembered_until_the_knowledge_or_the_settings_change(
    desk: DocumentDesk, store: Store, tenant: TenantRow, other_tenant: TenantRow
) -> None:
    cache: ResultCache[SearchResult] = ResultCache()
    retriever = Retriever(store=store, embedder_for=desk.embedder_for, cache=cache)

    async def ask(of: TenantId = tenant.id) -> tuple[bool, int]:
        found = await retriever.search(of, "parcels")
        return found.cached, len(found.passages)

    first = await ask()
    assert first[0] is False
    assert await ask() == (True, first[1])
    assert await ask(other_tenant.id) == (False, 0)
    await desk.index(b"Parcels to islands take two weeks.", "more.md", external_id="more")
    assert await ask() == (False, first[1] + 1)
    assert (await ask())[0] is True
    async with store.begin(tenant.id) as tx:
        await tx.settings.put({"search": {"method": "keyword"}})
    assert (await ask())[0] is False
    async with store.begin(tenant.id) as tx:
        row = await tx.documents.by_external_id("more")
        assert row is not None
        await tx.documents.delete(row.id)
    assert "islands" not in " ".join(p.text for p in (await retriever.search(tenant.id, "parcels")).passages)
