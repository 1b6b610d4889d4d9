"""``hub eval answers``: how answers hold up, counted on judged questions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from hub.core.errors import Invalid
from hub.core.ids import TenantId, uuid7
from hub.run.cli.opening import house_for_command, run
from hub.run.cli.output import Steps, print_json, print_table, say
from hub.run.cli.pages import put_between
from hub.run.house import House

if TYPE_CHECKING:
    from hub.core.knowledge import Passage
    from orchestrator.evaluation import Case, Counts, Outcome, Overheard

Flag = Annotated[bool, Parameter(negative="")]
SCRIPTS = ("sim-grounded", "sim-hallucinating", "sim-empty", "sim-obedient")
_COLUMNS = {
    "model": "answered by",
    "right": "right source",
    "wrong": "other source",
    "missed": "refused",
    "passed_on": "handed over",
    "refused": "refused ",
    "handed_over": "handed over ",
    "answered": "answered",
    "made_up": "made up by the model",
    "reached": "of these shown",
}


def answers(
    *,
    questions: Path,
    documents: Path,
    model: str | None = None,
    scripts: Flag = False,
    poison: Path | None = None,
    write: Path | None = None,
    show: Flag = False,
    json: Flag = False,
) -> None:
    """Ask judged questions and count what was answered from the right source, refused and handed over.

    Parameters
    ----------
    questions
        JSONL, one question a line: _id, text, and sources, the documents that answer it; none for what nothing answers.
    documents
        The folder of documents to answer from. They go into a tenant made for this, which is removed afterwards.
    model
        The chat model to ask, of the provider that is set. Without it answers are extracts.
    scripts
        Also ask the simulator's scripted models, three of which answer in bad faith.
    poison
        JSONL, one document a line (_id, title, text), added for the script that obeys whatever it reads.
    write
        Put the table into this page, between its marks for it.
    show
        Print every question that did not end as it should.
    json
        Print every outcome as JSON.
    """

    async def work() -> None:
        from orchestrator.evaluation import count, read_cases

        cases = read_cases(questions)
        steps = Steps()
        runs: list[tuple[str, list[Outcome]]] = []
        async with house_for_command() as house, _tenant(house) as tenant:
            names = await _learn(house, tenant, documents, steps)
            async for name, overheard in _models(house, model, scripts):
                if name == "sim-obedient" and poison is not None:
                    names |= await _learn_poison(house, tenant, poison)
                runs.append((name, await _ask(house, tenant, cases, names, overheard, name, steps)))
        steps.done()
        table = [_row(name, count(outcomes)) for name, outcomes in runs]
        if write is not None:
            _write(write, table, runs)
        if json:
            print_json([{"model": name, "outcomes": [asdict(o) for o in outcomes]} for name, outcomes in runs])
            return
        able = sum(bool(case.sources) for case in cases)
        say(f"{able} questions that the documents answer, {len(cases) - able} that they do not")
        print_table(table, tuple(_COLUMNS.values()))
        if show:
            _show(runs)

    run(work())


async def _models(house: House, model: str | None, scripts: bool) -> AsyncIterator[tuple[str, Overheard | None]]:
    """Each model to ask, put into the house while it is asked: none first, then the real one, then the scripts."""
    from hub.llm.breaker import Circuit
    from hub.llm.factory import open_chat_model
    from hub.run.models import OpenModel, open_all
    from hub.simulator.server import Simulator
    from orchestrator.evaluation import Overheard

    async with AsyncExitStack() as stack:
        wanted: list[tuple[str, Any]] = []
        if model is not None:
            if house.settings.llm_provider is None:
                raise Invalid("Set HUB_LLM_PROVIDER, and what it needs, to ask a model.", field="--model")
            chosen = open_all(house.settings.model_copy(update={"llm_model": model}), house.session)
            wanted.append((model, chosen[0].chat))
        if scripts:
            simulator = await stack.enter_async_context(Simulator(seed=1))
            wanted += [
                (name, open_chat_model(provider="openai", model=name, session=house.session,
                                       base_url=simulator.model_url))
                for name in SCRIPTS
            ]  # fmt: skip
        house.models.open.clear()
        if model is None:
            yield "extracts", None
        for name, chat in wanted:
            overheard = Overheard(chat)
            house.models.open[:] = [OpenModel("answers", overheard, Circuit())]
            yield name, overheard


@asynccontextmanager
async def _tenant(house: House) -> AsyncIterator[TenantId]:
    tenant = TenantId(uuid7())
    async with house.store.directory() as directory:
        await directory.add_tenant(tenant, f"evaluation-{tenant.hex}", "Evaluation of answers")
    try:
        yield tenant
    finally:
        await house.blobs.delete_under(str(tenant))
        async with house.store.directory() as directory:
            await directory.remove_tenant(tenant)


async def _learn(house: House, tenant: TenantId, folder: Path, steps: Steps) -> dict[str, str]:
    """Ingest a folder; the documents' names by id."""
    from hub.knowledge.library import Entry
    from hub.run.background import build_ingester

    files = await asyncio.to_thread(lambda: sorted(path for path in folder.rglob("*") if path.is_file()))
    if not files:
        raise Invalid(f"In {folder} there are no documents.", field="--documents")
    ingester, names = build_ingester(house), {}
    for n, path in enumerate(files, start=1):
        steps(f"reading documents ({n} of {len(files)})")
        name = path.relative_to(folder).as_posix()
        data = await asyncio.to_thread(path.read_bytes)
        row = await house.library.add(tenant, data, path.name, Entry(external_id=name))
        await ingester.run(tenant, row.id)
        names[str(row.id)] = name
    return names


async def _learn_poison(house: House, tenant: TenantId, path: Path) -> dict[str, str]:
    from hub.knowledge.library import Entry
    from hub.knowledge.retrieval_evaluation import read_records
    from hub.run.background import build_ingester

    ingester, names = build_ingester(house), {}
    for record in read_records(path):
        data = f"# {record.title}\n\n{record.text}\n".encode()
        row = await house.library.add(tenant, data, f"{record.id}.md", Entry(external_id=record.id))
        await ingester.run(tenant, row.id)
        names[str(row.id)] = record.id
    return names


async def _ask(
    house: House,
    tenant: TenantId,
    cases: list[Case],
    names: dict[str, str],
    overheard: Overheard | None,
    name: str,
    steps: Steps,
) -> list[Outcome]:
    from hub.run.rooms import build_engine
    from orchestrator.evaluation import ask_all
    from orchestrator.retrieve import find_passages
    from orchestrator.settings import BotSettings

    async def found_for(text: str) -> AsyncGenerator[Passage, None]:
        for passage in await find_passages(house.retriever, tenant, text, [], BotSettings().passages):
            yield passage

    return await ask_all(
        build_engine(house),
        tenant,
        cases,
        documents=names,
        found_for=found_for,
        model=overheard,
        progress=lambda done: steps(f"asking {name} ({done} of {len(cases)})"),
    )


def _row(name: str, counts: Counts) -> dict[str, Any]:
    shown = {"model": _label(name), **asdict(counts)}
    row = {heading: shown[key] for key, heading in _COLUMNS.items()}
    if name == "extracts":
        row |= {_COLUMNS["made_up"]: "-", _COLUMNS["reached"]: "-"}
    return row


def _label(name: str) -> str:
    return f"{name.removeprefix('sim-')} (scripted)" if name.startswith("sim-") else name


def _show(runs: list[tuple[str, list[Outcome]]]) -> None:
    for name, outcomes in runs:
        for o in outcomes:
            good = o.kind == "answered" and o.right if o.case.sources else o.kind != "answered"
            if not good or o.reached:
                say(f"\n{name}: {o.case.id} {o.case.text}\n  {o.kind}: {' '.join(o.text.split())[:400]}")
                for sentence in o.reached:
                    say(f"  without ground: {sentence}")


def _write(page: Path, table: list[dict[str, Any]], runs: list[tuple[str, list[Outcome]]]) -> None:
    """Replace what stands between the page's marks. Raises ``Invalid`` where it has none."""
    able = sum(bool(o.case.sources) for o in runs[0][1])
    unable = len(runs[0][1]) - able
    headings = list(_COLUMNS.values())
    lines = [
        f"| | of {able} answerable: | | | | of {unable} unanswerable: | | | sentences without ground: | |",
        "|" + "---|" * len(headings),
        "| **" + "** | **".join(heading.strip() for heading in headings) + "** |",
        *("| " + " | ".join(str(row[heading]) for heading in headings) + " |" for row in table),
        "",
        f"*{datetime.now(UTC):%Y-%m-%d}*",
    ]
    put_between(page, "eval:answers", lines)
