"""The official Socket.IO JavaScript client, run by Node, against the real server: connect, send, resume, reconnect."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from support.database import Database
from support.npm import ROOT, node, npm
from support.running_hub import ORIGIN, Site, eventually, hub_in_process

SCRIPT = Path(__file__).parents[1] / "support" / "visitor_client.mjs"
WIDGET = ROOT / "widget"


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    async with hub_in_process(database, tmp_path) as site:
        yield site


async def test_the_official_client_converses_and_comes_back(hub: Site) -> None:
    if not (WIDGET / "node_modules" / "socket.io-client").exists():
        assert npm(WIDGET, "--version").returncode == 0
    tenant = await hub.tenant()
    website = await hub.website(tenant)
    body = {"site_key": website}
    session = await hub.ok("POST", "/api/v1/visitor/session", key=None, json=body, headers={"Origin": ORIGIN})
    told = json.dumps({"url": hub.base, "site": website, "token": session["token"], "origin": ORIGIN})
    child = await asyncio.create_subprocess_exec(
        node(), str(SCRIPT), told, cwd=WIDGET, env={**os.environ, "WIDGET": str(WIDGET)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, errors = await asyncio.wait_for(child.communicate(), 240)
    assert child.returncode == 0, errors.decode()[-2000:]
    steps: dict[str, Any] = json.loads(output)
    assert steps["transport"] == "websocket"
    first, again = steps["first"], steps["again"]
    assert (first["seq"], first["id"]) == (1, again["id"]), "the same client id is the same message"
    assert steps["bad"]["error"]["code"], "a frame that does not fit is answered with an error"
    assert [m["seq"] for m in steps["resumed"]["messages"]] == list(range(1, steps["resumed"]["seq"] + 1))
    assert steps["reply"]["direction"] == "out" and "hello from javascript" in json.dumps(steps["reply"])
    assert steps["reconnected"] and steps["missed"]["messages"][0]["seq"] == first["seq"] + 1
    assert steps["refused"], "a token that nobody issued connects nowhere"

    async def stored() -> bool:
        (conversation,) = await hub.conversations(tenant)
        said = [m for m in await hub.messages(tenant, conversation["id"]) if m["direction"] == "in"]
        return [m["parts"][0].get("text") for m in said] == ["hello from javascript"]

    await eventually(stored, what="the message, once")
