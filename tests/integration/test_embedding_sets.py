"""Two sets of vectors side by side: filled in the background, compared, switched to and back, removed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hub.core.errors import Conflict, Invalid, ModelError, NotFound
from hub.core.ids import EmbeddingSetId, TenantId, uuid7
from hub.core.ports import Waker
from hub.jobs.wakers import LocalWaker
from hub.knowledge.embedding_sets import EmbeddingSetDesk, Standing
from hub.knowledge.filling import FILL_JOB, SetFiller
from hub.knowledge.ingest import Ingester
from hub.knowledge.library import Library, Page
from hub.knowledge.loading import Loader
from hub.knowledge.retrieval import Retriever
from hub.knowledge.set_comparison import Judged, SetComparison
from hub.llm.ports import Embedder
from hub.settings.values import NamedEmbedder
from hub.store.directory import TenantRow
from hub.store.rows import fetch_rows
from hub.store.session import Store
from support.database import Database
from support.document_desk import DocumentDesk
from support.running_hub import Site, eventually, hub_in_process
from support.word_embedder import WordEmbedder

RULES = "# Returns\n\nShoes may come back within thirty days.\n\n# Delivery\n\nParcels arrive within a week.\n"
HOURS = "# Hours\n\nThe shop opens at nine and closes at six.\n"


async def _no_fetch(url: str, max_bytes: int) -> Page:
    raise AssertionError("nothing is fetched here")


class Bench:
    """A tenant with two models, ``old`` and ``new``, and everything that works on their sets."""

    def __init__(self, store: Store, tenant: TenantId) -> None:
        self.store, self.tenant = store, tenant
        self.old, self.new = WordEmbedder(model="old"), WordEmbedder(model="new", dims=500)
        self.offered = {"old": self.old, "new": self.new}
        self.documents = DocumentDesk(store, tenant, None)
        given: dict[str, Any] = {"store": store, "embedder_for": self.embedder_for}
        self.documents.ingester = Ingester(blobs=self.documents.blobs, loader=Loader(), **given)
        self.retriever = self.documents.retriever = Retriever(**given)
        waker: Waker = LocalWaker()
        library = Library(store=store, blobs=self.documents.blobs, waker=waker, fetch=_no_fetch)
        self.sets = EmbeddingSetDesk(library=library, models=lambda: list(self.offered), **given)
        self.comparison = SetComparison(store=store, retriever=self.retriever)
        self.filler = SetFiller(**given)

    async def embedder_for(self, tenant: TenantId, model: str | None = None) -> Embedder | None:
        return self.offered.get(model) if model else next(iter(self.offered.values()), None)

    async def waiting(self) -> list[dict[str, Any]]:
        """The args of the jobs that wait to fill a set, which are taken off."""
        async with self.store.begin(self.tenant) as tx:
            rows = await fetch_rows(
                tx.connection,
                "delete from hub.job where tenant_id = :t and name = :name returning args",
                t=self.tenant,
                name=FILL_JOB,
            )
        return [dict(row["args"]) for row in rows]

    async def used(self) -> tuple[str | None, bool]:
        """The model of the set in use, and whether a search went by vectors."""
        (active,) = [one for one in await self.sets.all(self.tenant) if one.row.active]
        found = await self.retriever.search(self.tenant, "When must shoes come back?")
        assert "thirty days" in found.passages[0].text
        return active.row.model, found.vectors


@pytest.fixture
async def bench(store: Store, tenant: TenantRow) -> Bench:
    made = Bench(store, tenant.id)
    await made.documents.index(RULES.encode(), external_id="rules")
    await made.documents.index(HOURS.encode(), external_id="hours")
    await made.waiting()
    return made


async def second(bench: Bench, **options: Any) -> Standing:
    return await bench.sets.create(bench.tenant, "new", **options)


async def test_a_second_set_is_filled_beside_the_first_and_switched_to_and_back(bench: Bench) -> None:
    made = await second(bench)
    assert (made.state, made.filled.chunks, made.filled.vectors) == ("filling", 3, 0)
    (args,) = await bench.waiting()
    assert args == {"set_id": str(made.row.id)}
    with pytest.raises(Conflict, match="3 of 3 passages"):
        await bench.sets.activate(bench.tenant, made.row.id)
    assert await bench.used() == ("old", True)
    await bench.filler.run(bench.tenant, made.row.id)
    full = await bench.sets.get(bench.tenant, made.row.id)
    assert (full.state, full.filled.missing, full.row.dims) == ("ready", 0, 500)
    assert await bench.used() == ("old", True)
    assert (await bench.sets.activate(bench.tenant, made.row.id)).state == "active"
    assert await bench.used() == ("new", True)
    old = next(one for one in await bench.sets.all(bench.tenant) if one.row.model == "old")
    assert old.state == "ready"
    with pytest.raises(Conflict, match="Searches use this set"):
        await bench.sets.remove(bench.tenant, made.row.id)
    await bench.sets.activate(bench.tenant, old.row.id)
    assert await bench.used() == ("old", True)
    await bench.sets.remove(bench.tenant, made.row.id)
    assert [one.row.model for one in await bench.sets.all(bench.tenant)] == ["old"]
    count = len(bench.new.embedded)
    again = await second(bench, activate=True)
    await bench.filler.run(bench.tenant, again.row.id, activate=True)
    assert await bench.used() == ("new", True)
    assert len(bench.new.embedded) == count, "what was embedded once is not paid for again"


async def test_documents_that_come_later_reach_every_set(bench: Bench) -> None:
    made = await second(bench)
    await bench.filler.run(bench.tenant, made.row.id)
    await bench.waiting()
    await bench.documents.index(b"# Gifts\n\nGifts are wrapped in paper.\n", external_id="gifts")
    behind = await bench.sets.get(bench.tenant, made.row.id)
    assert behind.filled.missing == 1
    (args,) = await bench.waiting()
    assert args == {"set_id": str(made.row.id)}
    await bench.filler.run(bench.tenant, EmbeddingSetId(made.row.id))
    await bench.sets.activate(bench.tenant, made.row.id)
    await bench.waiting()
    await bench.documents.index(b"# Cards\n\nCards are sold at the till.\n", external_id="cards")
    new = await bench.sets.get(bench.tenant, made.row.id)
    assert new.filled.missing == 0, "the set in use gets its vectors at once"
    assert len(await bench.waiting()) == 1, "and the other one in the background, so that one can go back"


async def test_a_switch_in_the_middle_of_an_indexing_leaves_no_hole(bench: Bench) -> None:
    made = await second(bench)
    await bench.filler.run(bench.tenant, made.row.id)
    original = bench.old.embed

    async def embed_and_switch(texts: Any, *, task: str = "document") -> Any:
        answer = await original(texts, task=task)
        await bench.sets.activate(bench.tenant, made.row.id)
        return answer

    bench.old.embed = embed_and_switch  # type: ignore[method-assign]  # a person who switches just then
    row = await bench.documents.index(b"# Gifts\n\nGifts are wrapped in paper.\n")
    assert row.status == "ready"
    active = await bench.sets.get(bench.tenant, made.row.id)
    assert (active.state, active.filled.missing) == ("active", 0)


async def test_a_model_that_is_away_stops_the_filling_in_words_and_it_goes_on_where_it_was(bench: Bench) -> None:
    made = await second(bench)
    bench.new.max_batch, bench.new.fail_after = 1, 2
    with pytest.raises(ModelError):
        await bench.filler.run(bench.tenant, made.row.id, last_try=False)
    stopped = await bench.sets.get(bench.tenant, made.row.id)
    assert (stopped.state, stopped.row.error) == ("stopped", "the test's model is away")
    await bench.filler.run(bench.tenant, made.row.id)
    bench.new.fail_after = None
    going = await bench.sets.fill(bench.tenant, made.row.id)
    assert (going.state, going.row.error) == ("filling", None)
    await bench.filler.run(bench.tenant, made.row.id)
    assert (await bench.sets.get(bench.tenant, made.row.id)).state == "ready"
    assert len(bench.new.embedded) == 3, "no text was embedded twice"


async def test_a_long_filling_makes_room_for_others_and_goes_on_as_a_new_job(bench: Bench) -> None:
    made = await second(bench)
    await bench.waiting()
    hours = iter(range(0, 10_000, 3_600))
    slow = SetFiller(store=bench.store, embedder_for=bench.embedder_for, monotonic=lambda: float(next(hours)))
    await slow.run(bench.tenant, made.row.id, activate=True)
    (args,) = await bench.waiting()
    assert args == {"set_id": str(made.row.id), "activate": True}


async def test_knowledge_from_before_there_was_a_model_gets_vectors_too(store: Store, tenant: TenantRow) -> None:
    bench = Bench(store, tenant.id)
    bench.offered = {}
    await bench.documents.index(RULES.encode())
    assert await bench.waiting() == []
    bench.offered = {"old": bench.old}
    await bench.documents.index(HOURS.encode())
    (args,) = await bench.waiting()
    await bench.filler.run(tenant.id, EmbeddingSetId(args["set_id"]), activate=args["activate"])
    (only,) = await bench.sets.all(tenant.id)
    assert (only.state, only.filled.missing, only.filled.vectors) == ("active", 0, 3)


async def test_when_the_deployments_model_is_exchanged_the_knowledge_moves_over(bench: Bench) -> None:
    bench.offered = {"new": bench.new}
    assert await bench.used() == ("old", False), "words alone, until then"
    await bench.documents.index(b"# Gifts\n\nGifts are wrapped in paper.\n")
    jobs = await bench.waiting()
    (args,) = [args for args in jobs if args.get("activate")]
    await bench.filler.run(bench.tenant, EmbeddingSetId(args["set_id"]), activate=True)
    assert await bench.used() == ("new", True)
    old = next(one for one in await bench.sets.all(bench.tenant) if one.row.model == "old")
    await bench.filler.run(bench.tenant, old.row.id)
    with pytest.raises(Conflict):
        await bench.sets.activate(bench.tenant, old.row.id)


async def test_sets_are_compared_on_questions_whose_answers_are_known(bench: Bench) -> None:
    made = await second(bench)
    await bench.filler.run(bench.tenant, made.row.id)
    # A model to which all texts are alike finds nothing by itself.
    bench.new.vector = lambda text: [1.0, *[0.0] * 499]  # type: ignore[method-assign]  # for this test
    await bench.sets.remove(bench.tenant, made.row.id)
    async with bench.store.begin(bench.tenant) as tx:
        await fetch_rows(tx.connection, "delete from hub.embedding_cache where model = 'new' returning 1")
    made = await second(bench)
    await bench.filler.run(bench.tenant, made.row.id)
    asked = [
        Judged("When may shoes come back?", ["rules"]),
        Judged("When does the shop close?", ["hours"]),
    ]
    figures, questions, made_up = await bench.comparison.compare(bench.tenant, questions=asked)
    assert (questions, made_up) == (2, False)
    old, new = figures
    assert (old.row.model, new.row.model) == ("old", "new")
    assert old.vector.ndcg_at_10 == 1.0 == old.hybrid.ndcg_at_10
    assert new.vector.ndcg_at_10 < 1.0
    assert old.usable and new.usable and old.seconds > 0
    figures, questions, made_up = await bench.comparison.compare(bench.tenant, sets=[old.row.id])
    assert made_up and questions == 3 and figures[0].vector.recall_at_10 == 1.0
    del bench.offered["new"]
    _, blind = (await bench.comparison.compare(bench.tenant, questions=asked))[0]
    assert not blind.usable and blind.hybrid.ndcg_at_10 == 1.0
    with pytest.raises(Invalid, match="'nowhere'"):
        await bench.comparison.compare(bench.tenant, questions=[Judged("What?", ["nowhere"])])
    with pytest.raises(NotFound):
        await bench.comparison.compare(bench.tenant, sets=[EmbeddingSetId(uuid7())])


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    async with hub_in_process(
        database,
        tmp_path,
        embedding_provider="openai",
        embedding_model="sim-embedding",
        embedding_dimensions=384,
        embedding_api_key="key",
        embedding_others=(NamedEmbedder("ollama", "sim-embedding:latest", 384),),
    ) as site:
        yield site


async def test_sets_over_rest_with_a_model_of_another_vendor(hub: Site) -> None:
    base = f"/api/v1/tenants/{await hub.tenant('acme')}"
    document = await hub.ok("POST", f"{base}/documents", json={"title": "Rules", "text": RULES})

    async def indexed() -> bool:
        return bool((await hub.ok("GET", f"{base}/documents/{document['id']}"))["status"] == "ready")

    await eventually(indexed, seconds=30, what="the document")
    listed = await hub.ok("GET", f"{base}/embedding-sets")
    assert [model["model"] for model in listed["models"]] == ["sim-embedding", "sim-embedding:latest"]
    assert [(one["model"], one["state"]) for one in listed["items"]] == [("sim-embedding", "active")]
    status, answer = await hub.call("POST", f"{base}/embedding-sets", json={"model": "nobodys"})
    assert (status, answer["field"]) == (422, "model") and "sim-embedding:latest" in answer["detail"]
    assert (await hub.call("POST", f"{base}/embedding-sets", json={"model": "sim-embedding"}))[0] == 409
    made = await hub.ok("POST", f"{base}/embedding-sets", json={"model": "sim-embedding:latest"})
    one = f"{base}/embedding-sets/{made['id']}"

    async def full() -> bool:
        return bool((await hub.ok("GET", one))["state"] == "ready")

    await eventually(full, seconds=30, what="the set")
    assert hub.simulator.record.calls("model", "ollama-embed")
    compared = await hub.ok("POST", f"{base}/embedding-sets/compare", json={})
    assert [item["set"]["id"] for item in compared["items"]] == [listed["items"][0]["id"], made["id"]]
    assert all(item["usable"] and item["vector"]["recall_at_10"] == 1.0 for item in compared["items"])
    search = {"query": "shoes", "embedding_set": made["id"]}
    found = await hub.ok("POST", f"{base}/search", json=search)
    assert found["items"][0]["scores"]["vector"] is not None
    assert (await hub.call("DELETE", f"{base}/embedding-sets/{listed['items'][0]['id']}"))[0] == 409
    assert (await hub.ok("POST", f"{one}/activate"))["state"] == "active"
    assert (await hub.call("DELETE", f"{base}/embedding-sets/{listed['items'][0]['id']}"))[0] == 204
    assert (await hub.ok("POST", f"{one}/fill", json={}))["state"] == "active"
    assert len((await hub.ok("GET", f"{base}/embedding-sets"))["items"]) == 1
