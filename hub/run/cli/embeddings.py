"""Commands on a tenant's sets of vectors: two models side by side, compared, and the switch between them."""

from __future__ import annotations

import asyncio
import json as json_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from hub.core.errors import Invalid, NotFound
from hub.run.cli.opening import find_tenant, house_for_command, run
from hub.run.cli.output import Steps, print_json, print_table, say

if TYPE_CHECKING:
    from hub.core.ids import TenantId
    from hub.knowledge.embedding_sets import EmbeddingSetDesk, Standing
    from hub.knowledge.set_comparison import Judged

Flag = Annotated[bool, Parameter(negative="")]


def embeddings_list(*, tenant: str, json: Flag = False) -> None:
    """List a tenant's sets of vectors, and the models that another could be made with.

    Parameters
    ----------
    tenant
        The tenant, by id or slug.
    json
        Print them as JSON.
    """

    async def work() -> None:
        from hub.run.rooms import build_embedding_sets

        async with house_for_command() as house:
            owner = await find_tenant(house, tenant)
            desk = build_embedding_sets(house)
            sets, models = await desk.all(owner.id), await desk.offered(owner.id)
        if json:
            print_json({"items": [_shown(one) for one in sets], "models": [model.model for model in models]})
            return
        print_table([_shown(one) for one in sets], ("model", "state", "filled", "passages", "dimensions", "error"))
        say(f"Models: {', '.join(model.model for model in models) or 'none (HUB_EMBEDDING_PROVIDER)'}")

    run(work())


def embeddings_create(model: str, *, tenant: str, activate: Flag = False, json: Flag = False) -> None:
    """Make a set of vectors beside the one in use and fill it now. Stopped, it goes on when called again.

    Parameters
    ----------
    model
        One of the models that "hub embeddings list" tells.
    tenant
        The tenant, by id or slug.
    activate
        Switch to it when it is full.
    json
        Print the set as JSON.
    """

    async def work() -> None:
        from hub.knowledge.filling import SetFiller
        from hub.run.rooms import build_embedding_sets

        async with house_for_command() as house:
            owner = await find_tenant(house, tenant)
            desk = build_embedding_sets(house)
            known = [one for one in await desk.all(owner.id) if one.row.model == model]
            made = known[0] if known else await desk.create(owner.id, model, activate=activate)
            filler = SetFiller(store=house.store, embedder_for=house.models.embedder_for)
            filling = asyncio.create_task(_fill(filler, desk, owner.id, made, activate=activate))
            steps = Steps()
            while not filling.done():
                now = await desk.get(owner.id, made.row.id)
                steps(f"{model} ({now.filled.vectors} of {now.filled.chunks} passages)")
                await asyncio.wait((filling,), timeout=1)
            steps.done()
            full = filling.result()
        if json:
            print_json(_shown(full))
        elif full.row.error:
            raise Invalid(f"{full.filled.missing} passages have no vector yet: {full.row.error}", field="model")
        else:
            say(f"{model} holds {full.filled.vectors} passages and is {full.state}.")

    run(work())


async def _fill(filler: Any, desk: EmbeddingSetDesk, tenant: TenantId, made: Standing, *, activate: bool) -> Standing:
    while True:
        before = (await desk.get(tenant, made.row.id)).filled.vectors
        await filler.run(tenant, made.row.id, activate=activate)
        after = await desk.get(tenant, made.row.id)
        if after.filled.missing == 0 or after.row.error or after.filled.vectors == before:
            return after


def embeddings_switch(model: str, *, tenant: str, json: Flag = False) -> None:
    """Have searches use another set of vectors, from this moment on.

    Parameters
    ----------
    model
        The set's model.
    tenant
        The tenant, by id or slug.
    json
        Print the set as JSON.
    """

    async def work() -> None:
        from hub.run.rooms import build_embedding_sets

        async with house_for_command() as house:
            owner = await find_tenant(house, tenant)
            desk = build_embedding_sets(house)
            now = await desk.activate(owner.id, (await _named(desk, owner.id, model)).row.id)
        if json:
            print_json(_shown(now))
        else:
            say(f"Searches use {model} now.")

    run(work())


def embeddings_delete(model: str, *, tenant: str) -> None:
    """Remove a set of vectors that searches do not use.

    Parameters
    ----------
    model
        The set's model.
    tenant
        The tenant, by id or slug.
    """

    async def work() -> None:
        from hub.run.rooms import build_embedding_sets

        async with house_for_command() as house:
            owner = await find_tenant(house, tenant)
            desk = build_embedding_sets(house)
            await desk.remove(owner.id, (await _named(desk, owner.id, model)).row.id)
        say(f"The vectors of {model} are gone.")

    run(work())


def embeddings_compare(questions: Path | None = None, *, tenant: str, json: Flag = False) -> None:
    """Ask every set of vectors the same questions, and print how well each finds.

    Parameters
    ----------
    questions
        JSONL, one question a line: {"query": ..., "relevant": [documents' ids or external ids]}. Without it sentences
        of passages stand for questions, each answered by the passage it is from.
    tenant
        The tenant, by id or slug.
    json
        Print the figures as JSON.
    """

    async def work() -> None:
        from hub.knowledge.set_comparison import SetComparison

        asked = [] if questions is None else _read(questions)
        async with house_for_command() as house:
            owner = await find_tenant(house, tenant)
            comparison = SetComparison(store=house.store, retriever=house.retriever)
            figures, count, made_up = await comparison.compare(owner.id, questions=asked)
        rows = [
            {
                "model": one.row.model,
                "in use": "yes" if one.row.active else "",
                "filled": f"{one.filled.vectors} of {one.filled.chunks}",
                "nDCG@10": round(one.hybrid.ndcg_at_10, 4),
                "vectors' nDCG": round(one.vector.ndcg_at_10, 4),
                "vectors' recall": round(one.vector.recall_at_10, 4),
                "ms": round(one.seconds * 1000, 1),
            }
            for one in figures
        ]
        if json:
            print_json({"items": rows, "questions": count, "made_up": made_up})
            return
        print_table(rows, tuple(rows[0]))
        say(f"{count} questions" + (", sentences of your own passages." if made_up else "."))

    run(work())


def _read(path: Path) -> list[Judged]:
    from hub.knowledge.set_comparison import MOST_QUESTIONS, Judged

    asked = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            given = json_module.loads(line)
            asked.append(Judged(str(given["query"]), [str(name) for name in given["relevant"]]))
        except (ValueError, KeyError, TypeError) as error:
            raise Invalid(f'{path.name}, line {number}: each line must be JSON with "query" and "relevant".') from error
    if not 1 <= len(asked) <= MOST_QUESTIONS:
        raise Invalid(f"{path.name} has {len(asked)} questions; give 1 to {MOST_QUESTIONS}.", field="questions")
    return asked


async def _named(desk: EmbeddingSetDesk, tenant: TenantId, model: str) -> Standing:
    for one in await desk.all(tenant):
        if one.row.model == model:
            return one
    raise NotFound(f"There is no set of vectors of '{model}'. See 'hub embeddings list'.", field="model")


def _shown(one: Standing) -> dict[str, Any]:
    return {
        "id": str(one.row.id),
        "model": one.row.model,
        "state": one.state,
        "filled": one.filled.vectors,
        "passages": one.filled.chunks,
        "dimensions": one.row.dims,
        "error": one.row.error,
    }
