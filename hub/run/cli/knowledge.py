"""Commands on knowledge: ingest, search, ask."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from cyclopts import Parameter

from hub.core.errors import HubError, Invalid
from hub.core.ids import TenantId
from hub.run.cli.opening import find_tenant, house_for_command, run
from hub.run.cli.output import fail, print_json, say
from hub.run.house import House
from hub.store.documents import DocumentRow

Flag = Annotated[bool, Parameter(negative="")]
_ENDINGS = frozenset({
    ".md", ".markdown", ".mdx", ".txt", ".html", ".htm", ".xhtml", ".pdf", ".docx", ".pptx", ".xlsx", ".xlsm", ".xls",
    ".ods", ".odt", ".odp", ".rtf", ".epub", ".csv", ".tsv", ".json", ".jsonl", ".ndjson",
    ".vtt", ".srt",
})  # fmt: skip


def ingest(source: str, *, tenant: str, context: str | None = None, json: Flag = False) -> None:
    """Take in a file, a folder of files, or one web page, and wait until it can be found.

    Parameters
    ----------
    source
        A path or an http(s) address.
    tenant
        The tenant, by id or slug.
    context
        The context to put it into; made when there is none of this name.
    json
        Print what became of each document as JSON.
    """

    async def work() -> list[dict[str, Any]]:
        async with house_for_command() as house:
            owner = await find_tenant(house, tenant)
            return await _ingest(house, owner.id, source, context, quiet=json)

    results = run(work())
    failed = [r for r in results if r["status"] != "ready"]
    if json:
        print_json(results)
    else:
        for result in failed:
            fail(f"{result['name']}: {result['error']}")
        say(f"{len(results) - len(failed)} of {len(results)} documents are ready.")
        if len(failed) < len(results):
            say(f'Next: hub ask "..." --tenant {tenant}')
    if failed:
        sys.exit(1)


async def _ingest(
    house: House, tenant: TenantId, source: str, context: str | None, *, quiet: bool
) -> list[dict[str, Any]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from hub.knowledge.library import Entry
    from hub.run.background import build_ingester

    ingester = build_ingester(house)
    entries: list[tuple[str, Path | None]] = (
        [(source, None)] if urlsplit(source).scheme in ("http", "https") else await asyncio.to_thread(_files, source)
    )
    results: list[dict[str, Any]] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as progress:
        task = progress.add_task("Reading", total=len(entries))
        for name, path in entries:
            progress.update(task, description=Path(name).name[:40])
            try:
                if path is None:
                    row = await house.library.add_url(tenant, source, Entry(context=context))
                else:
                    data = await asyncio.to_thread(path.read_bytes)
                    row = await house.library.add(tenant, data, path.name, Entry(external_id=name, context=context))
                row = await ingester.run(tenant, row.id)
                results.append(_shown(name, row))
            except HubError as error:
                results.append({"name": name, "id": None, "status": "failed", "chunks": 0, "error": str(error)})
            progress.advance(task)
    return results


def _shown(name: str, row: DocumentRow) -> dict[str, Any]:
    return {"name": name, "id": str(row.id), "status": str(row.status), "chunks": row.chunk_count, "error": row.error}


def _files(source: str) -> list[tuple[str, Path | None]]:
    path = Path(source)
    if path.is_file():
        return [(path.name, path)]
    if not path.is_dir():
        raise Invalid(f"There is no file or folder {source}.", field="source")
    found = sorted(p for p in path.rglob("*") if p.is_file() and p.suffix.lower() in _ENDINGS)
    if not found:
        raise Invalid(f"In {source} there is no file of a kind that is read ({', '.join(sorted(_ENDINGS))}).")
    return [(p.relative_to(path).as_posix(), p) for p in found]


def search(query: str, *, tenant: str, k: int = 5, json: Flag = False) -> None:
    """Show the passages that a question would be answered from.

    Parameters
    ----------
    query
        What to look for.
    tenant
        The tenant, by id or slug.
    k
        How many passages.
    json
        Print them as JSON, with the scores of each leg.
    """

    async def work() -> None:
        async with house_for_command() as house:
            owner = await find_tenant(house, tenant)
            found = await house.retriever.search(owner.id, query, k=k)
        if json:
            items = [
                {
                    "chunk_id": p.chunk_id,
                    "document_id": p.document_id,
                    "external_id": p.external_id,
                    "title": p.title,
                    "text": p.text,
                    "section": p.section,
                    "page": p.page,
                    "start": p.start,
                    "end": p.end,
                    "score": p.score,
                    "scores": {"keyword": p.keyword, "vector": p.vector},
                }
                for p in found.passages
            ]
            print_json({"items": items, "timings": dict(found.timings)})
            return
        if not found.passages:
            say("Nothing fits.")
        for n, p in enumerate(found.passages, start=1):
            say(f"[{n}] {_where(p.title, p.section, p.page)}  (score {p.score:.2f})")
            say("    " + " ".join(p.text.split())[:300] + "\n")

    run(work())


def ask(question: str, *, tenant: str, json: Flag = False) -> None:
    """Ask the bot a question and get its answer with the sources.

    Parameters
    ----------
    question
        What to ask.
    tenant
        The tenant, by id or slug.
    json
        Print the answer as JSON.
    """

    async def work() -> None:
        from hub.run.rooms import build_engine
        from orchestrator.chat import Answered, Question

        async with house_for_command() as house:
            owner = await find_tenant(house, tenant)
            answered: Answered | None = None
            async for event in build_engine(house)(owner.id, Question(question, "command-line")):
                if isinstance(event, Answered):
                    answered = event
        message = answered.message if answered else None
        text = "" if message is None else "\n".join(str(p.get("text", "")) for p in message.parts)
        citations = [] if message is None else message.citations
        if json:
            data = {"answer": text, "citations": citations, "support": message.support if message else None}
            print_json(data)
            return
        say(text)
        for c in citations:
            where = _where(c["title"], c.get("section"), c.get("page"))
            say(f"  [{c['n']}] {where}" + (f"  {c['url']}" if c.get("url") else ""))

    run(work())


def _where(title: str, section: str | None, page: int | None) -> str:
    """Where a passage stands, in words. Most sections' paths begin with the title; it is said once."""
    place = section if section and section.split(" \u203a ")[0] == title else ", ".join(filter(None, (title, section)))
    return f"{place}, page {page}" if page else place
