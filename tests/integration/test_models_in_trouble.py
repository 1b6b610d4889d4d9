"""A hub whose model's server fails, over the providers' real SDKs: another model steps in, and customers get whole,
honest answers."""

from __future__ import annotations

from pathlib import Path

import anthropic  # noqa: F401  # loaded before the time to its first word is measured
import pytest

from hub.simulator.faults import Fault, Kind
from orchestrator.phrases import PHRASES
from support.database import Database
from support.running_hub import Site, hub_in_process

HELLO = "This is one whole sentence of some length. " * 8


async def reply(hub: Site, name: str, text: str) -> str:
    person = hub.person(name)
    person.say(text)
    await person.reply()
    return hub.replies(person)[0]


def asked(hub: Site, method: str) -> int:
    """How often an API of the model's server was called."""
    return len(hub.simulator.record.calls("model", method))


@pytest.mark.parametrize("kind", [Kind.TOO_MANY, Kind.SERVER_ERROR, Kind.RESET, Kind.SLOW_START])
async def test_another_providers_model_steps_in(kind: Kind, database: Database, tmp_path: Path) -> None:
    settings = {"llm_fallbacks": "anthropic/sim-echo", "llm_fallback_api_key": "key", "llm_first_token_seconds": 5}
    async with hub_in_process(database, tmp_path, **settings) as hub:
        assert hub.house is not None
        tenant = await hub.tenant()
        await hub.telegram(tenant)
        hub.simulator.faults.add(Fault(kind, seconds=60, upstream="model", methods=frozenset({"chat"})))
        assert await reply(hub, "Ada", HELLO.strip()) == HELLO.strip()
        lines = (await hub.ok("GET", f"/api/v1/tenants/{tenant}/usage", params={"by": "provider"}))["items"]
        assert {line["key"]: line["calls"] - line["failed"] for line in lines} == {"compatible": 0, "anthropic": 1}
        if kind is Kind.SERVER_ERROR:
            assert await reply(hub, "Bob", HELLO.strip()) == HELLO.strip()
            before = asked(hub, "chat")
            assert await reply(hub, "Cleo", HELLO.strip()) == HELLO.strip()
            assert asked(hub, "chat") == before, "a server that is down is left alone"
            models = (await hub.ok("GET", "/api/v1/system"))["models"]
            assert [(m["use"], m["circuit"]) for m in models] == [("answers", "open"), ("fallback", "closed")]


async def test_an_answer_cut_in_its_middle_ends_whole_and_is_not_begun_again(
    database: Database, tmp_path: Path
) -> None:
    settings = {"llm_fallbacks": "anthropic/sim-echo", "llm_fallback_api_key": "key"}
    async with hub_in_process(database, tmp_path, **settings) as hub:
        await hub.telegram(await hub.tenant())
        hub.simulator.faults.add(Fault(Kind.CUT, upstream="model", methods=frozenset({"chat"})))
        text = await reply(hub, "Ada", HELLO)
        assert text.endswith(PHRASES["en"]["cut_short"])
        shown = text.removesuffix(PHRASES["en"]["cut_short"]).strip()
        assert shown and shown.endswith(".") and HELLO.startswith(shown)
        assert asked(hub, "messages") == 0
