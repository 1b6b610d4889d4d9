"""A tenant's bot asked by OpenAI's own client: whole and streamed, with the talk so far, by the tenant's key alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import openai
import pytest

from hub.core.ids import TenantId
from hub.knowledge.library import Entry
from hub.llm.breaker import Circuit
from hub.run.models import OpenModel
from support.database import Database
from support.running_hub import OPERATOR, Site, eventually, hub_in_process

RETURNS = (
    b"# Returns\n\nArticles may be sent back within\nthirty days of delivery. The parcel label is free of charge.\n"
)
QUESTION = "Within how many days may articles be sent back?"
ANSWER = "Articles may be sent back within thirty days of delivery. [1]"


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    async with hub_in_process(database, tmp_path, llm_model="sim-grounded") as running:
        yield running


async def client_of(hub: Site, **bot: Any) -> openai.AsyncOpenAI:
    tenant = await hub.tenant(use_knowledge=True, **bot)
    assert hub.house is not None
    await hub.house.library.add(TenantId(UUID(tenant)), RETURNS, "returns.md", Entry(external_id="returns"))
    await eventually(lambda: hub.rows("select 1 from hub.document where status = 'ready'"))
    key = await hub.ok("POST", f"/api/v1/tenants/{tenant}/api-keys", json={"name": "Bot", "scopes": ["chat"]})
    return openai.AsyncOpenAI(base_url=f"{hub.base}/openai/v1", api_key=key["key"], max_retries=0)


async def test_openais_client_gets_a_cited_answer_whole_and_streamed(hub: Site) -> None:
    async with await client_of(hub) as client:
        messages: Any = [{"role": "system", "content": "You are a pirate."}, {"role": "user", "content": QUESTION}]
        whole = await client.chat.completions.create(model="switchboard", messages=messages)
        assert (whole.choices[0].message.content or "").startswith(ANSWER)
        extras: Any = whole.model_extra
        assert extras["switchboard"]["citations"][0]["title"] == "Returns" and extras["switchboard"]["support"] > 0

        stream = await client.chat.completions.create(model="any", messages=messages, stream=True)
        chunks = [chunk async for chunk in stream]
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        assert text.strip() == (whole.choices[0].message.content or "").strip()
        assert len(chunks) > 3 and chunks[-1].choices[0].finish_reason == "stop"
        assert [model.id async for model in client.models.list()] == ["switchboard"]
    asked = hub.simulator.record.calls("model", "chat")[-1].params["messages"]
    assert "pirate" not in str(asked), "what the bot may say is the tenant's to decide"


async def test_the_talk_so_far_is_understood(hub: Site) -> None:
    async with await client_of(hub) as client:
        messages: Any = [
            {"role": "user", "content": "Can I send articles back?"},
            {"role": "assistant", "content": "Yes."},
            {"role": "user", "content": [{"type": "text", "text": "Within how many days?"}]},
        ]
        answer = await client.chat.completions.create(model="switchboard", messages=messages)
        assert "thirty days" in (answer.choices[0].message.content or "")
    asked = [m["content"] for m in hub.simulator.record.calls("model", "chat")[-1].params["messages"]]
    assert asked[-3:] == ["Can I send articles back?", "Yes.", "Within how many days?"]


async def test_the_key_must_be_a_tenants_and_the_question_must_have_words(hub: Site) -> None:
    body = {"messages": [{"role": "user", "content": "Hello"}]}
    path = "/openai/v1/chat/completions"
    assert (await hub.call("POST", path, key=None, json=body))[0] == 401
    assert (await hub.call("POST", path, key=OPERATOR, json=body))[0] == 403
    async with await client_of(hub) as client:
        for wrong in ([], [{"role": "user", "content": " "}], [{"role": "assistant", "content": "Hello"}]):
            status, problem = await hub.call("POST", path, key=client.api_key, json={"messages": wrong})
            assert status == 422 or status == 400, problem
            assert "messages" in str(problem)


@pytest.mark.parametrize("script", ["sim-hallucinating", "sim-empty"])
async def test_what_a_dishonest_model_makes_up_is_not_said(hub: Site, script: str) -> None:
    assert hub.house is not None
    async with await client_of(hub) as client:
        hub.house.models.open[:] = [OpenModel("answers", _of_script(hub, script), Circuit())]
        messages: Any = [{"role": "user", "content": QUESTION}]
        answer = await client.chat.completions.create(model="switchboard", messages=messages)
        text = answer.choices[0].message.content or ""
        assert "Quill" not in text and "euros" not in text and text


def _of_script(hub: Site, script: str) -> Any:
    from hub.llm.factory import open_chat_model

    assert hub.house is not None
    return open_chat_model(provider="openai", model=script, session=hub.house.session, base_url=hub.simulator.model_url)
