"""The evaluation runs real ingest and search, and leaves nothing behind."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from hub.core.errors import Invalid
from hub.knowledge.retrieval_evaluation import evaluate, judged_by_field, read_judgements, read_records
from hub.store.session import Store
from support.command_line import run_command
from support.database import Database
from support.word_embedder import WordEmbedder

TOPICS = {
    "shoes": "Shoes may come back within thirty days.",
    "parcels": "Parcels arrive within a week by post.",
    "vouchers": "Vouchers are worth money for two years.",
}
QUESTIONS = {
    "shoes": "when may shoes come back",
    "parcels": "do parcels arrive",
    "vouchers": "how long are vouchers worth",
}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    corpus = [{"_id": f"d-{t}", "text": text, "title": "Help", "topic": t, "lang": "en"} for t, text in TOPICS.items()]
    queries = [{"_id": f"q-{t}", "text": text, "topic": t, "lang": "en"} for t, text in QUESTIONS.items()]
    corpus.append({"_id": "d-fr", "text": "Les chaussures", "topic": "shoes", "lang": "fr"})
    for name, rows in (("corpus", corpus), ("queries", queries)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(f"q-{t}\td-{t}\t1\n" for t in TOPICS))
    return tmp_path


async def test_evaluation_reports_every_method_and_removes_its_tenant(store: Store, files: Path) -> None:
    corpus = read_records(files / "corpus.jsonl", where={"lang": "en"})
    queries = read_records(files / "queries.jsonl")
    steps: list[tuple[str, int, int]] = []
    found = await evaluate(
        store=store,
        embedder=WordEmbedder(),
        corpus=corpus,
        queries=queries,
        judgements=read_judgements(files / "qrels.tsv"),
        progress=lambda *step: steps.append(step),
    )
    assert list(found.all) == ["hybrid", "keyword", "vector", "rrf"]
    assert {quality.ndcg_at_10 for quality in found.all.values()} == {1.0}
    assert {quality.queries for quality in found.all.values()} == {3}
    parts = (found.tuned["hybrid"].queries, found.set_aside["hybrid"].queries)
    assert sum(parts) == 3
    assert len(found.seconds) == 3
    assert ("ingest", 3, 3) in steps
    assert ("search", 3, 3) in steps
    async with store.directory() as directory:
        assert await directory.tenants(10) == []


async def test_wrong_judgements_lower_the_report(store: Store, files: Path) -> None:
    corpus = read_records(files / "corpus.jsonl", where={"lang": "en"})
    wrong = {"q-shoes": {"d-vouchers": 1.0}, "q-parcels": {"d-parcels": 1.0}}
    found = await evaluate(
        store=store, embedder=None, corpus=corpus, queries=read_records(files / "queries.jsonl"), judgements=wrong
    )
    assert list(found.all) == ["keyword"]
    assert found.all["keyword"].mrr == pytest.approx(0.5)


class Contrary:
    """A reranker that puts what the query's words stand in last."""

    model = "contrary"

    async def rerank(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        return [-len(set(query.lower().split()) & set(text.lower().rstrip(".").split())) for text in texts]


async def test_a_reranker_is_measured_beside_the_others(store: Store, files: Path) -> None:
    found = await evaluate(
        store=store,
        embedder=WordEmbedder(),
        corpus=read_records(files / "corpus.jsonl", where={"lang": "en"}),
        queries=read_records(files / "queries.jsonl"),
        judgements=read_judgements(files / "qrels.tsv"),
        reranker=Contrary(),
    )
    assert found.all["hybrid"].ndcg_at_10 == 1.0
    assert found.all["reranked"].ndcg_at_10 < 0.8, "it had the last word"


async def test_the_command_tells_what_a_reranker_gains_and_writes_the_page(
    database: Database, files: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Page\n\n<!-- eval:retrieval -->\nold\n<!-- /eval:retrieval -->\nend\n")
    code, out, err = await run_command(
        *("eval", "retrieval", "--json", "--corpus", str(files / "corpus.jsonl")),
        *("--queries", str(files / "queries.jsonl"), "--qrels", str(files / "qrels.tsv")),
        *("--rerank", "sim-ranker", "--write", str(page)),
        database=database,
        folder=tmp_path,
    )
    assert code == 0, err
    rows = {row["method"]: row for row in json.loads(out)}
    reranked = rows["reranked (scripted)"]
    assert reranked["ndcg_at_10"] == 1.0 and {"ndcg_tuned_on", "ndcg_set_aside"} <= set(reranked)
    text = page.read_text()
    assert text.startswith("# Page\n\n<!-- eval:retrieval -->\n|") and text.endswith("/eval:retrieval -->\nend\n")
    assert "Reranking by sim-ranker (scripted) changes nDCG@10 by +0.0000 on the queries to tune on" in text


def test_relevance_by_field_and_bad_files(files: Path) -> None:
    corpus, queries = read_records(files / "corpus.jsonl"), read_records(files / "queries.jsonl")
    assert judged_by_field(corpus, queries, "topic")["q-shoes"] == {"d-shoes": 1.0, "d-fr": 1.0}
    (files / "bad.jsonl").write_text('{"_id": "1"}\n')
    with pytest.raises(Invalid, match=r"bad\.jsonl, line 1"):
        read_records(files / "bad.jsonl")
    (files / "bad.tsv").write_text("query\tdocument\n1\n")
    with pytest.raises(Invalid, match=r"bad\.tsv, line 2"):
        read_judgements(files / "bad.tsv")
    with pytest.raises(Invalid, match="no lines that fit"):
        read_records(files / "corpus.jsonl", where={"lang": "xx"})
