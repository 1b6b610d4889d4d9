"""Commands that measure: how well retrieval finds what is judged relevant."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from hub.core.errors import Invalid
from hub.knowledge.evaluation import Quality
from hub.run.cli.opening import house_for_command, run
from hub.run.cli.output import Steps, print_json, print_table, say

Flag = Annotated[bool, Parameter(negative="")]


def retrieval(
    *,
    corpus: Path,
    queries: Path,
    qrels: Path | None = None,
    relevant_by: str | None = None,
    where: list[str] | None = None,
    json: Flag = False,
) -> None:
    """Measure retrieval on a judged set: nDCG@10, recall and MRR of the hybrid, of words, of vectors, of rank fusion.

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
        async with house_for_command() as house:
            report = await evaluate(
                store=house.store,
                embedder=house.models.embedder,
                corpus=documents,
                queries=asked,
                judgements=judgements,
                progress=lambda step, done, total: steps(f"{step} ({done} of {total})"),
            )
        steps.done()
        rows = [
            {"method": name, **_figures(quality), "ndcg_set_aside": round(report.set_aside[name].ndcg_at_10, 4)}
            for name, quality in report.all.items()
        ]
        if json:
            print_json(rows)
            return
        say(f"{len(documents)} documents, {len(asked)} queries")
        median, slow = (_milliseconds(report.seconds, percent) for percent in (50, 95))
        say(f"A search took {median} ms (median), {slow} ms (p95).")
        print_table(rows, tuple(rows[0]) if rows else ("method",))

    run(work())


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
