"""Search on real PostgreSQL: BM25 equals its oracle, vectors are exact or near it, tenants never meet."""

import asyncio
import random
from math import sqrt

import asyncpg
import pytest

from hub.core.errors import Invalid
from hub.core.ids import ChunkId, DocumentId, EmbeddingSetId, TenantId, uuid7
from hub.knowledge.lexemes import tsvector
from hub.store.chunks import NewChunk
from hub.store.directory import TenantRow
from hub.store.documents import NewDocument
from hub.store.pool import open_pool
from hub.store.rows import run
from hub.store.session import Store
from support.database import Database
from support.store import MakeTenant

WORDS = [f"word{n}" for n in range(400)]


def sentences(seed: int, count: int) -> list[list[str]]:
    """Lexemes of ``count`` texts of 5 to 80 words over a Zipf vocabulary."""
    chance = random.Random(seed)
    weights = [1 / (rank + 1) for rank in range(len(WORDS))]
    return [chance.choices(WORDS, weights, k=chance.randint(5, 80)) for _ in range(count)]


def clustered(seed: int, count: int, dims: int) -> list[list[float]]:
    """Unit vectors around twenty centres."""
    chance = random.Random(seed)
    centres = [[chance.gauss(0, 1) for _ in range(dims)] for _ in range(20)]
    made = []
    for _ in range(count):
        raw = [c + chance.gauss(0, 0.7) for c in chance.choice(centres)]
        length = sqrt(sum(n * n for n in raw))
        made.append([n / length for n in raw])
    return made


async def add(
    store: Store,
    tenant: TenantId,
    texts: list[list[str]],
    vectors: list[list[float]] | None = None,
    *,
    metadata: dict[str, str] | None = None,
    model: str = "m",
) -> tuple[DocumentId, list[ChunkId]]:
    """One document whose chunks are ``texts``; returns its id and theirs."""
    document = DocumentId(uuid7())
    chunks = [
        NewChunk(
            id=ChunkId(uuid7()), position=n, start=n, end=n + 1, text=" ".join(words), heading=(), page=None,
            hash=uuid7().bytes, tsv=tsvector(words), dl=len(words),
        )
        for n, words in enumerate(texts)
    ]  # fmt: skip
    async with store.begin(tenant) as tx:
        new = NewDocument(document, "t", content_hash=document.bytes, blob_key="", metadata=metadata)
        await tx.documents.put(new)
        if vectors is not None:
            await tx.embeddings.remember(model, {c.hash: v for c, v in zip(chunks, vectors, strict=True)})
        await tx.documents.hold(document, document.bytes)
        await tx.chunks.replace(document, 1, chunks)
        if vectors is not None:
            target = await tx.embeddings.ensure_set(model, len(vectors[0]))
            assert await tx.embeddings.attach(target, document) == len(chunks)
        await tx.documents.finish(document, version=1, chunk_count=len(chunks), title="t", language="en")
    return document, [chunk.id for chunk in chunks]


async def active_set(store: Store, tenant: TenantId) -> EmbeddingSetId:
    async with store.begin(tenant) as tx:
        corpus = await tx.search.corpus()
    assert corpus.set_id is not None
    return corpus.set_id


async def statistics(database: Database, tenant: TenantId) -> tuple[dict[str, int], tuple[int, int] | None]:
    connection = await asyncpg.connect(database.superuser_url)
    try:
        terms = await connection.fetch("select lexeme, df from hub.term_df where tenant_id = $1", tenant)
        total = await connection.fetchrow("select n, total from hub.bm_stat where tenant_id = $1", tenant)
        return {row["lexeme"]: row["df"] for row in terms}, tuple(total) if total else None
    finally:
        await connection.close()


async def test_bm25_scores_equal_the_oracles(store: Store, tenant: TenantRow) -> None:
    import bm25s

    texts = [*sentences(1, 300), ["word3"] * 200 + ["word4"] * 60, ["word5"] * 17]
    _, ids = await add(store, tenant.id, texts)
    oracle = bm25s.BM25(method="lucene", k1=1.5, b=0.75)
    oracle.index(texts, show_progress=False)
    chance = random.Random(2)
    for _ in range(25):
        query = ["word3", "word4", "word5", *chance.sample(WORDS[6:150], 4)]
        expected = {ids[n]: s for n, s in enumerate(oracle.get_scores(query)) if s > 0}
        async with store.begin(tenant.id) as tx:
            found = dict(await tx.search.keyword(query, k=400))
        assert found.keys() == expected.keys()
        for chunk, score in found.items():
            assert score == pytest.approx(float(expected[chunk]), rel=1e-4)


async def test_statistics_stay_right_through_replacement_and_deletion(
    store: Store, database: Database, tenant: TenantRow, other_tenant: TenantRow
) -> None:
    await add(store, other_tenant.id, [["a", "z"]])
    kept, _ = await add(store, tenant.id, [["a", "b", "b"], ["a"]])
    gone, _ = await add(store, tenant.id, [["a", "c"], ["c", "d", "d"]])
    assert await statistics(database, tenant.id) == ({"a": 3, "b": 1, "c": 2, "d": 1}, (4, 9))
    async with store.begin(tenant.id) as tx:
        assert await tx.documents.delete(gone) is not None
    assert await statistics(database, tenant.id) == ({"a": 2, "b": 1}, (2, 4))
    async with store.begin(tenant.id) as tx:
        await tx.documents.hold(kept, kept.bytes)
        await tx.chunks.replace(
            kept, 2, [NewChunk(ChunkId(uuid7()), 0, 0, 1, "e", (), None, b"e", tsvector(["e", "a"]), 2)]
        )
    assert await statistics(database, tenant.id) == ({"a": 1, "e": 1}, (1, 2))
    assert await statistics(database, other_tenant.id) == ({"a": 1, "z": 1}, (1, 2))
    async with store.directory() as directory:
        await directory.remove_tenant(tenant.id)
    assert await statistics(database, tenant.id) == ({}, None)
    assert await statistics(database, other_tenant.id) == ({"a": 1, "z": 1}, (1, 2))


@pytest.mark.parametrize("dims", [384, 200])
async def test_vector_search_of_few_chunks_is_exact(store: Store, tenant: TenantRow, dims: int) -> None:
    vectors = clustered(3, 200, dims)
    _, ids = await add(store, tenant.id, sentences(3, 200), vectors)
    query = clustered(4, 1, dims)[0]
    expected = sorted(range(200), key=lambda n: -sum(a * b for a, b in zip(query, vectors[n], strict=True)))[:10]
    async with store.begin(tenant.id) as tx:
        found = await tx.search.nearest(query, await active_set(store, tenant.id), k=10)
    assert len({ids[n] for n in expected} & {chunk for chunk, _ in found}) >= 9  # halves round the last place
    best = sum(a * b for a, b in zip(query, vectors[expected[0]], strict=True))
    assert found[0][1] == pytest.approx(best, abs=2e-3)


async def fill_many(database: Database, tenant: TenantId, other: TenantId, mine: int, theirs: int, dims: int) -> None:
    """Many clustered vectors in the database itself, seeded; text alone would take minutes to send."""
    connection = await asyncpg.connect(database.superuser_url)
    try:
        await connection.execute("set session_replication_role = replica")
        await connection.execute("select setseed(0.42)")
        await connection.execute(
            f"""create temp table centre as
                select c, array(select random() - 0.5 from generate_series(1, {dims}) where c = c) as v
                  from generate_series(1, 40) c"""
        )
        for owner, count in ((tenant, mine), (other, theirs)):
            chosen, document = uuid7(), uuid7()
            await connection.execute(
                f"""insert into hub.embedding_set(id, tenant_id, model, dims, stored_dims, active)
                    values ('{chosen}', '{owner}', 'm', {dims}, 384, true);
                    insert into hub.bm_stat values ('{owner}', {count}, {count});
                    insert into hub.embedding(tenant_id, set_id, chunk_id, document_id, dims, vector)
                    select '{owner}', '{chosen}', gen_random_uuid(), '{document}', 384,
                           (select array_agg(x + (random() - 0.5) * 0.8)
                                      || array_fill(0, array[{384 - dims}])::float8[]
                              from unnest(v) x)::halfvec
                      from generate_series(1, {count}) n join centre on c = 1 + n % 40"""
            )
        await connection.execute("analyze hub.embedding")
    finally:
        await connection.close()


async def test_index_search_finds_what_exact_search_finds(own_database: Database) -> None:
    store = Store(open_pool(own_database.url, size=2, name="hub-tests"))
    mine, other = TenantId(uuid7()), TenantId(uuid7())
    async with store.directory() as directory:
        await directory.add_tenant(mine, "mine", "Mine")
        await directory.add_tenant(other, "other", "Other")
    await fill_many(own_database, mine, other, mine=6_000, theirs=6_000, dims=64)
    chosen = await active_set(store, mine)
    connection = await asyncpg.connect(own_database.superuser_url)
    own = await connection.fetch("select chunk_id, vector::text as v from hub.embedding where tenant_id = $1", mine)
    hits = 0
    for row in own[:40]:
        exact = await connection.fetch(
            """select chunk_id from hub.embedding where tenant_id = $1
                order by vector <=> $2::text::halfvec limit 10""",
            mine,
            row["v"],
        )
        async with store.begin(mine) as tx:
            found = await tx.search.nearest([float(n) for n in row["v"][1:-1].split(",")], chosen, k=10)
        assert {chunk for chunk, _ in found} <= {r["chunk_id"] for r in own}
        hits += len({r["chunk_id"] for r in exact} & {chunk for chunk, _ in found})
    assert hits / 400 >= 0.99
    await store.close()  # a backend tells its counts when it ends
    for _ in range(600):
        scans = await connection.fetchval(
            "select idx_scan from pg_stat_user_indexes where indexrelname = 'embedding_384'"
        )
        if scans >= 40:  # each backend tells its own
            break
        await asyncio.sleep(0.1)
    await connection.close()
    assert scans == 40, "the index was not what answered"


async def test_tenants_never_find_each_others_chunks(store: Store, tenant: TenantRow, other_tenant: TenantRow) -> None:
    texts, vectors = sentences(5, 60), clustered(5, 60, 384)
    _, mine = await add(store, tenant.id, texts, vectors)
    theirs_document, theirs = await add(store, other_tenant.id, texts, vectors)
    their_set = await active_set(store, other_tenant.id)
    my_set = await active_set(store, tenant.id)
    async with store.begin(tenant.id) as tx:
        for chosen in (my_set, their_set):
            found = await tx.search.candidates(texts[0], vector=vectors[0], embedding_set=chosen)
            assert {c.chunk_id for c in found} <= set(mine)
            assert all(c.vector is None for c in found) == (chosen == their_set)
        aimed = await tx.search.candidates(
            texts[0], vector=vectors[0], embedding_set=my_set, documents=[theirs_document]
        )
        assert aimed == []
        assert await tx.chunks.get_many(theirs) == {}
        assert await tx.documents.get(theirs_document) is None
        assert await tx.embeddings.uncached("m", [b"x"]) == {b"x"}


async def test_search_without_a_tenant_is_refused(database: Database) -> None:
    connection = await asyncpg.connect(database.url)
    try:
        for call in (
            "hub_cross.search(array['a'], null, null, null, null, 5)",
            "hub_cross.search_keyword(array['a'], null, null, 5)",
            "hub_cross.search_vector('[1]', null, 1, null, null, 5)",
            "hub_cross.corpus()",
        ):
            async with connection.transaction():
                await connection.execute("set local role hub_app")
                with pytest.raises(asyncpg.InsufficientPrivilegeError, match="tenant not set"):
                    async with connection.transaction():
                        await connection.fetch(f"select * from {call}")
    finally:
        await connection.close()


async def test_candidates_of_either_leg_have_both_scores(store: Store, tenant: TenantRow) -> None:
    vectors = clustered(6, 3, 384)
    _, ids = await add(store, tenant.id, [["only", "words"], ["nothing"], ["else"]], vectors)
    chosen = await active_set(store, tenant.id)
    async with store.begin(tenant.id) as tx:
        found = {
            c.chunk_id: c for c in await tx.search.candidates(["words"], vector=vectors[1], embedding_set=chosen, k=1)
        }
    assert found.keys() == {ids[0], ids[1]}
    by_word, by_vector = found[ids[0]], found[ids[1]]
    assert by_word.keyword > 0
    assert by_word.vector == pytest.approx(sum(a * b for a, b in zip(*vectors[:2], strict=True)), abs=2e-3)
    assert (by_word.keyword_place, by_word.vector_place) == (1, None)
    assert (by_vector.keyword, by_vector.keyword_place, by_vector.vector_place) == (0.0, None, 1)


async def test_filters_hold_both_legs(store: Store, tenant: TenantRow) -> None:
    vectors = clustered(7, 4, 384)
    red, red_ids = await add(store, tenant.id, [["shoe"], ["hat"]], vectors[:2], metadata={"colour": "red"})
    await add(store, tenant.id, [["shoe"], ["hat"]], vectors[2:], metadata={"colour": "blue"})
    async with store.begin(tenant.id) as tx:
        wanted = await tx.documents.matching(metadata={"colour": "red"})
        assert wanted == [red]
        found = await tx.search.candidates(
            ["shoe"], vector=vectors[2], embedding_set=await active_set(store, tenant.id), documents=wanted
        )
    assert {c.chunk_id for c in found} == set(red_ids)


async def test_sets_stand_side_by_side_and_switch(store: Store, tenant: TenantRow) -> None:
    await add(store, tenant.id, [["a"]], clustered(8, 1, 384), model="old")
    first = await active_set(store, tenant.id)
    async with store.begin(tenant.id) as tx:
        second = await tx.embeddings.ensure_set("new", 700)
        assert (second.active, second.stored_dims) == (False, 768)
    assert await active_set(store, tenant.id) == first
    async with store.begin(tenant.id) as tx:
        assert (await tx.embeddings.activate(second.id)).missing == 1
    assert await active_set(store, tenant.id) == first, "a set with holes is not switched to"
    async with store.begin(tenant.id) as tx:
        (lacking,) = await tx.chunks.without_vectors(second.id)
        await tx.embeddings.remember("new", {lacking.hash: clustered(8, 1, 700)[0]})
        await tx.embeddings.attach(second, lacking.document_id)
        assert (await tx.embeddings.activate(second.id)).missing == 0
    assert await active_set(store, tenant.id) == second.id
    with pytest.raises(Invalid, match="another name"):
        async with store.begin(tenant.id) as tx:
            await tx.embeddings.ensure_set("new", 701)


async def test_the_application_cannot_write_statistics(
    store: Store, tenant: TenantRow, make_tenant: MakeTenant
) -> None:
    for sql in ("update hub.term_df set df = 0", "update hub.chunk set text = ''", "delete from hub.bm_stat"):
        with pytest.raises(Exception, match="permission denied"):
            async with store.begin(tenant.id) as tx:
                await run(tx.connection, sql)
