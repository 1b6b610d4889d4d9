"""A machine that reads the demo's documents slowly opens the demo all the same, and says what is missing."""

from __future__ import annotations

from pathlib import Path

import aiohttp

from hub.run.demo import SLUG
from hub.run.up import indexed
from support.database import Database
from support.running_hub import hub_in_process


async def test_the_demo_opens_while_documents_are_still_read(database: Database, tmp_path: Path) -> None:
    async with hub_in_process(database, tmp_path, worker=False) as hub:
        tenant = await hub.tenant(SLUG)
        form = aiohttp.FormData()
        form.add_field("file", b"# Lamps\n\nThey glow.", filename="lamps.md", content_type="text/markdown")
        await hub.ok("POST", f"/api/v1/tenants/{tenant}/documents", data=form)
        steps: list[str] = []
        await indexed(hub.house, steps.append, patience=0.5)
        assert steps[0] == "Indexing the documentation (0 of 1)"
        assert steps[-1] == "Still reading (1 of 1 left): what they say is found a little later"
