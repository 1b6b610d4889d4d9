"""Commands that measure: how well retrieval finds what is judged relevant."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from hub.core.errors import Invalid
from hub.knowledge.evaluation import Quality
from hub.run.cli.opening import house_for_command, run
from hub.run.cli.output import Steps, print_json, print_table, say
from hub.run.cli.pages import put_between
from hub.run.house import House

if TYPE_CHECKING:
    from hub.knowledge.retrieval_evaluation import Report
    from hub.llm.ports import Reranker

SCRIPT = "sim-ranker"
"""The simulator's model that puts search results in order; it is no intelligent one."""

Flag = Annotated[bool, Parameter(negative="")]


def retrieval(
    *,
    corpus: Path,
    queries: Path,
    qrels: Path | None = None,
    relevant_by: str | None = None,
    where: list[str] | None = None,
    rerank: str | None = None,
    write: Path | None = None,
    json: Flag = False,
) -> None:
    """Measure retrieval on a judged set: nDCG@10, recall and MRR of the hybrid, of words, of vectors, of rank fusion.

    A third of the queries, told by their ids, is set aside for good: tune on the others, and believe that third's.

    Parameters
    ----------
    corpus
        JSONL, one document a line: _id, text, and title if there is one.
    queries
        JSONL, one query a line: _id and text.
    qrels
        TSV with a header: query-id, corpus-id, score.
    relevant_by
        Instead of qrels: documents are relevant whose field of this name equals the query's.
    where
        Only records whose FIELD=VALUE; repeat for several.
    rerank
        Also have a chat model of the provider that is set put the best results in order, and tell what that gains.
        sim-ranker is the simulator's script, which is no intelligent model and needs no provider.
    write
        Put the table into this page, between its marks for it.
    json
        Print the figures as JSON.
    """
    if (qrels is None) == (relevant_by is None):
        raise Invalid("Give either --qrels or --relevant-by.", field="--qrels")
    wanted = dict(_pair(text) for text in where or ())

    async def work() -> None:
        from hub.knowledge.retrieval_evaluation import evaluate, judged_by_field, read_judgements, read_records

        documents = read_records(corpus, where=wanted)
        asked = read_records(queries, where=wanted)
        if qrels is not None:
            judgements = read_judgements(qrels)
        else:
            judgements = judged_by_field(documents, asked, str(relevant_by))
        steps = Steps()
        async with house_for_command() as house, _reranker(house, rerank) as reranker:
            report = await evaluate(
                store=house.store,
                embedder=house.models.embedder,
                corpus=documents,
                queries=asked,
                judgements=judgements,
                reranker=reranker,
                progress=lambda step, done, total: steps(f"{step} ({done} of {total})"),
            )
        steps.done()
        rows = _rows(report, rerank)
        if write is not None:
            put_between(
                write, "eval:retrieval", _page(rows, len(documents), len(report.seconds), _gain(report, rerank))
            )
        if json:
            print_json(rows)
            return
        say(f"{len(documents)} documents, {len(asked)} queries")
        median, slow = (_milliseconds(report.seconds, percent) for percent in (50, 95))
        say(f"A search took {median} ms (median), {slow} ms (p95).")
        print_table(rows, tuple(rows[0]))
        for line in _gain(report, rerank):
            say(line)

    run(work())


@asynccontextmanager
async def _reranker(house: House, model: str | None) -> AsyncIterator[Reranker | None]:
    """The chat model that puts results in order; None where none is asked for. Raises ``Invalid``."""
    from hub.llm.factory import open_chat_model
    from hub.llm.model_reranker import ModelReranker
    from hub.run.models import open_all

    if model is None:
        yield None
    elif model == SCRIPT:
        from hub.simulator.server import Simulator

        async with Simulator(seed=1) as simulator:
            url = simulator.model_url
            chat = open_chat_model(provider="openai", model=model, session=house.session, base_url=url)
            yield None if chat is None else ModelReranker(chat)
    else:
        if house.settings.llm_provider is None:
            raise Invalid("Set HUB_LLM_PROVIDER, and what it needs, to ask a model.", field="--rerank")
        chosen = open_all(house.settings.model_copy(update={"llm_model": model}), house.session)
        yield ModelReranker(chosen[0].chat)


def _rows(report: Report, rerank: str | None) -> list[dict[str, Any]]:
    return [
        {
            "method": _method(name, rerank),
            **_figures(quality),
            "ndcg_tuned_on": round(report.tuned[name].ndcg_at_10, 4),
            "ndcg_set_aside": round(report.set_aside[name].ndcg_at_10, 4),
        }
        for name, quality in report.all.items()
    ]


def _method(name: str, rerank: str | None) -> str:
    return f"{name} (scripted)" if name == "reranked" and rerank == SCRIPT else name


def _gain(report: Report, rerank: str | None) -> list[str]:
    """What reranking gains, in a sentence; nothing without."""
    if "reranked" not in report.all:
        return []
    parts = {"the queries to tune on": report.tuned, "those set aside": report.set_aside}
    gains = [f"{part['reranked'].ndcg_at_10 - part['hybrid'].ndcg_at_10:+.4f} on {n}" for n, part in parts.items()]
    return [f"Reranking by {_label(rerank)} changes nDCG@10 by {' and '.join(gains)}."]


def _label(model: str | None) -> str:
    return f"{model} (scripted)" if model == SCRIPT else str(model)


def _page(rows: list[dict[str, Any]], documents: int, queries: int, gain: list[str]) -> list[str]:
    head = list(rows[0])
    return [
        "| " + " | ".join(name.replace("_", " ") for name in head) + " |",
        "|" + "---|" * len(head),
        *("| " + " | ".join(str(row[name]) for name in head) + " |" for row in rows),
        "",
        *(line + "\n" for line in gain),
        f"*{documents:,} documents, {queries:,} queries; {datetime.now(UTC):%Y-%m-%d}*",
    ]


def _milliseconds(seconds: list[float], percent: int) -> int:
    ordered = sorted(seconds)
    return round(1000 * ordered[min(len(ordered) - 1, len(ordered) * percent // 100)])


def _figures(quality: Quality) -> dict[str, Any]:
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(quality).items()}


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise Invalid("Give a filter as FIELD=VALUE.", field="--where")
    return name, value
