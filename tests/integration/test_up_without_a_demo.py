"""``hub up`` without a demo: a newcomer is told where to click, and how to become the first who signs in."""

from __future__ import annotations

import re
from pathlib import Path

import aiohttp

from support.demo_hub import DemoHub


async def test_a_newcomer_is_given_the_link_for_the_first_sign_in_until_it_was_used(tmp_path: Path) -> None:
    hub = DemoHub(tmp_path / "data", demo=False)
    try:
        await hub.start()
        assert re.search(rf"Admin UI +{hub.base}/admin/\n", hub.said()), hub.said()
        token = re.search(rf"your first sign-in, once +{hub.base}/admin/set-up#token=(\S+)", hub.said())
        assert token is not None, hub.said()
        me = {"token": token[1], "name": "Olga", "email": "olga@shop.example", "password": "nine small boats drift"}
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{hub.base}/api/v1/auth/set-up", json=me) as answer,
        ):
            assert answer.status == 200, await answer.text()
        assert await hub.stop() == 0
        await hub.start()
        assert "first sign-in" not in hub.said()
    finally:
        await hub.stop()
