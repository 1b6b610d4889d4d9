"""A channel that is held to some contexts answers from those alone; another one from everything."""

from __future__ import annotations

from pathlib import Path

from orchestrator.phrases import PHRASES
from support.database import Database
from support.running_hub import eventually, hub_in_process

PAGES = {
    "shop": "Articles may be sent back within thirty days of delivery.",
    "staff": "The alarm code of the warehouse is changed every Monday.",
}
QUESTION = "When is the alarm code of the warehouse changed?"


async def test_a_channel_keeps_to_its_contexts(database: Database, tmp_path: Path) -> None:
    settings = {"llm_provider": None, "llm_model": None}
    async with hub_in_process(database, tmp_path, **settings) as hub:
        tenant = await hub.tenant(use_knowledge=True)
        base = f"/api/v1/tenants/{tenant}"
        for context, text in PAGES.items():
            await hub.ok("POST", f"{base}/documents", json={"title": context, "text": text, "context": context})

        async def ready() -> bool:
            return len(await hub.rows("select 1 from hub.document where status = 'ready'")) == len(PAGES)

        await eventually(ready, what="the documents")
        channel = await hub.telegram(tenant)

        async def ask(name: str, question: str = QUESTION) -> str:
            person = hub.person(name)
            person.say(question)
            await person.reply()
            return hub.replies(person)[0]

        assert "every Monday" in await ask("Ada")
        await hub.ok("PATCH", f"{base}/channels/{channel}", json={"settings": {"contexts": ["shop"]}})
        assert await ask("Bob") == PHRASES["en"]["no_answer"]
        assert "thirty days" in await ask("Cleo", "Within how many days may articles be sent back?")
        await hub.ok("PATCH", f"{base}/channels/{channel}", json={"settings": {"contexts": ["no such"]}})
        assert await ask("Dora") == PHRASES["en"]["no_answer"], "held to nothing, it finds nothing"
        await hub.ok("PATCH", f"{base}/channels/{channel}", json={"settings": {"contexts": ["shop", "staff"]}})
        assert "every Monday" in await ask("Emil")
