"""A long conversation keeps its beginning as a rolling summary, and gets a name, by a model or without one."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

from hub.core.errors import ModelError
from hub.core.usage import Usage
from hub.llm.breaker import Circuit
from hub.llm.ports import ChatRequest, Completed, TextDelta
from hub.run.models import OpenModel
from support.database import Database
from support.running_hub import Site, eventually, hub_in_process

FIRST = "My bicycle with the number 4711 makes a strange noise when I brake."


class Scribe:
    """A scripted model: it sums up, names and answers, and keeps what it was asked. ``down``: it does not sum up."""

    provider, model = "openai", "sim-scribe"

    def __init__(self, *, down: bool = False) -> None:
        self.asked: list[ChatRequest] = []
        self._down = down

    async def stream(self, request: ChatRequest) -> AsyncGenerator[TextDelta | Completed, None]:
        self.asked.append(request)
        if request.task != "answer" and self._down:
            raise ModelError("down")
        text = {
            "summary": "The customer has a bicycle with the number 4711 that makes a noise. It was sold for 99 euros.",
            "title": '"Strange noise of a bicycle"',
        }.get(request.task, "Please tell me more.")
        yield TextDelta(text)
        yield Completed(text, Usage(request.task, self.provider, self.model, 10, 5))

    def last(self, task: str) -> ChatRequest | None:
        return next((one for one in reversed(self.asked) if one.task == task), None)


async def talk(hub: Site, scribe: Scribe, turns: int) -> str:
    """A customer tells a long story; the last prompt of the model that answers."""
    assert hub.house is not None
    hub.house.models.open[:] = [OpenModel("answers", scribe, Circuit())]
    person = hub.person("Ada")
    for n in range(turns):
        person.say(FIRST if n == 0 else f"And a further thing, number {n}, that I noticed on my long way through town.")
        await eventually(lambda n=n: len(hub.replies(person)) > n, what="a reply")
    last = scribe.last("answer")
    assert last is not None
    return "\n".join(m.content for m in last.messages)


async def test_a_model_sums_up_and_names_and_is_paid_for(database: Database, tmp_path: Path) -> None:
    async with hub_in_process(database, tmp_path) as hub:
        tenant = await hub.tenant(titles="model", history_tokens=60, unsupported="keep")
        await hub.telegram(tenant)
        scribe = Scribe()
        await talk(hub, scribe, 9)
        sums = "select text, model, upto_seq from hub.conversation_summary"
        (row,) = await eventually(lambda: hub.rows(sums), what="the summary")
        assert row["text"] == "The customer has a bicycle with the number 4711 that makes a noise."
        assert row["model"] == "openai/sim-scribe", "and the price that nobody named is cut"
        asked = next(one for one in scribe.asked if one.task == "summary")  # a later one has the summary in its place
        assert FIRST in asked.messages[-1].content

        async def named() -> bool:
            (shown,) = await hub.conversations(tenant)
            return bool(shown["title"] == "Strange noise of a bicycle")

        await eventually(named, what="the title")
        person = hub.person("Ada")
        person.say("So what do you think?")
        await eventually(lambda: len(hub.replies(person)) > 9, what="a reply")
        last = scribe.last("answer")
        assert last is not None
        prompt = "\n".join(m.content for m in last.messages)
        assert "<earlier>\nThe customer has a bicycle with the number 4711" in prompt and FIRST not in prompt

        async def paid_for() -> bool:
            used = await hub.ok("GET", f"/api/v1/tenants/{tenant}/usage", params={"by": "task"})
            return {"answer", "summary", "title"} <= {line["key"] for line in used["items"]}

        await eventually(paid_for, what="a price of each call")


async def test_without_a_model_that_works_the_record_itself_is_kept(database: Database, tmp_path: Path) -> None:
    async with hub_in_process(database, tmp_path) as hub:
        tenant = await hub.tenant(titles="model", history_tokens=60, unsupported="keep")
        await hub.telegram(tenant)
        scribe = Scribe(down=True)
        prompt = await talk(hub, scribe, 9)
        assert f"Customer: {FIRST}" in prompt, "before any summary was written, the words themselves are shown"
        sums = "select text, model from hub.conversation_summary"
        (row,) = await eventually(lambda: hub.rows(sums), what="the summary")
        assert row["model"] is None and row["text"].startswith(f"Customer: {FIRST}")
        (shown,) = await hub.conversations(tenant)
        assert shown["title"].startswith("My bicycle with the number 4711")


async def test_a_suggested_reply_knows_the_beginning_of_a_long_conversation(database: Database, tmp_path: Path) -> None:
    async with hub_in_process(database, tmp_path) as hub:
        tenant = await hub.tenant(history_tokens=60, unsupported="keep")
        await hub.telegram(tenant)
        scribe = Scribe()
        await talk(hub, scribe, 4)
        scribe.asked.clear()
        (shown,) = await hub.conversations(tenant)
        await hub.ok("POST", f"/api/v1/tenants/{tenant}/conversations/{shown['id']}/suggestion")
        asked = scribe.last("answer")
        assert asked is not None
        assert any("<earlier>" in m.content and "4711" in m.content for m in asked.messages)
