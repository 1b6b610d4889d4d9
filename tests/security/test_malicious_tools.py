"""Two hundred tool calls that no model of ours should make: each refused, each written down, none with any effect."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

from hub.core.usage import Usage
from hub.llm.breaker import Circuit
from hub.llm.ports import ChatRequest, Completed, TextDelta, ToolCall
from hub.run.models import OpenModel
from orchestrator.tools import MAX_CALLS, MAX_ROUNDS
from support.database import Database
from support.running_hub import hub_in_process

CALLS = [line.split("\t") for line in Path(__file__).with_name("malicious_tool_calls.txt").read_text().splitlines()]
A_TURN = MAX_CALLS * MAX_ROUNDS


class Malicious:
    """A model that wants the next few calls of the corpus made, as long as it is offered tools. Keeps the answers."""

    provider, model = "scripted", "malicious"

    def __init__(self) -> None:
        self.left = list(CALLS)
        self.told: dict[str, str] = {}

    async def stream(self, request: ChatRequest) -> AsyncGenerator[TextDelta | Completed, None]:
        self.told |= {m.tool_call_id: m.content for m in request.messages if m.role == "tool" and m.tool_call_id}
        calls: list[ToolCall] = []
        if request.tools:
            for name, arguments in self.left[:MAX_CALLS]:
                calls.append(ToolCall(f"call-{len(CALLS) - len(self.left) + len(calls)}", name, arguments))
            del self.left[:MAX_CALLS]
        else:
            yield TextDelta("I do not know that.")
        usage = Usage("answer", self.provider, self.model)
        yield Completed("" if calls else "I do not know that.", usage, tuple(calls), "tool_calls" if calls else "stop")


async def test_every_call_is_refused_and_audited_and_changes_nothing(database: Database, tmp_path: Path) -> None:
    assert len(CALLS) == len({tuple(call) for call in CALLS}) == 200
    async with hub_in_process(database, tmp_path, worker=False) as hub:
        assert hub.house is not None
        tenant = await hub.tenant(use_knowledge=True)
        searched: list[str] = []
        retriever = hub.house.retriever
        search = retriever.search

        async def spied(owner: Any, query: str, **more: Any) -> Any:
            searched.append(query)
            assert str(owner) == tenant
            return await search(owner, query, **more)

        retriever.search = spied  # type: ignore[method-assign]  # a spy on what is searched
        model = Malicious()
        hub.house.models.open[:] = [OpenModel("answers", model, Circuit())]
        for n in range(0, len(CALLS), A_TURN):
            question = f"What does article number {n} cost?"
            answer = await hub.ok("POST", f"/api/v1/tenants/{tenant}/chat", json={"message": question})
            assert answer["handoff"] is None, "no call for a person went through"
        assert not model.left
        assert len(model.told) == 200 and all(text.startswith("Refused: ") for text in model.told.values())
        assert searched == [f"What does article number {n} cost?" for n in range(0, len(CALLS), A_TURN)]
        rows = await hub.rows("select details, actor_kind, tenant_id from hub.audit where act = 'tool.refused'")
        assert len(rows) == 200 and {str(row["tenant_id"]) for row in rows} == {tenant}
        assert (await hub.rows("select count(*) from hub.tenant"))[0][0] == 1
        listed = await hub.ok("GET", f"/api/v1/tenants/{tenant}/audit", params={"act": "tool.refused", "limit": 200})
        assert len(listed["items"]) == 200 and all(item["details"]["reason"] for item in listed["items"])
