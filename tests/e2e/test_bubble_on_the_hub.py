"""The chat as a page of its own over the real hub: in a frame, in other languages, and whose answers one may judge."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from support.database import Database
from support.host_page import host_page
from support.running_hub import Site, eventually, hub_in_process

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("built_bubble"),
]


async def chat_of(hub: Site, *origins: str) -> tuple[str, str]:
    """A tenant, and the address of its chat as a page."""
    tenant = await hub.tenant()
    body = {"kind": "webchat", "name": "Shop", "credentials": {"allowed_origins": [hub.base, *origins]}}
    channel = await hub.ok("POST", f"/api/v1/tenants/{tenant}/channels", json=body)
    return tenant, f"{hub.base}/chat/{channel['id']}"


async def test_arabic_reads_from_right_to_left_and_is_fetched_when_needed(
    database: Database, tmp_path: Path, browser: Browser
) -> None:
    async with hub_in_process(database, tmp_path) as hub:
        _, address = await chat_of(hub)
        context = await browser.new_context(locale="ar")
        page = await context.new_page()
        fetched: list[str] = []
        page.on("request", lambda request: fetched.append(request.url.rsplit("/", 1)[-1]))
        await page.goto(address)
        await expect(page.get_by_label("اكتب رسالة")).to_be_visible()
        assert [name for name in fetched if name.startswith("locale-")] and all(
            "locale-de" not in name for name in fetched
        )
        panel = page.get_by_role("dialog")
        assert await panel.evaluate("element => getComputedStyle(element).direction") == "rtl"
        await context.close()


async def test_an_opinion_of_somebody_elses_answer_is_refused(database: Database, tmp_path: Path) -> None:
    async with hub_in_process(database, tmp_path) as hub:
        site = await hub.website(await hub.tenant())
        async with hub.visit(site) as anna, hub.visit(site) as ben:
            await anna.say("Hello from Anna", "client-0001")
            answer = await anna.reply()
            await ben.say("Hello from Ben", "client-0002")
            for message in (answer["id"], "no-such-id-0"):
                given = {"message_id": message, "value": "up"}
                refused = await ben.client.call("feedback", given, namespace="/visitor", timeout=60)
                assert refused["error"]["code"] == "not_found"
            taken = await anna.client.call(
                "feedback", {"message_id": answer["id"], "value": "up"}, namespace="/visitor", timeout=60
            )
            assert taken == {"ok": True}


async def test_the_page_stands_in_a_frame_of_the_owners_sites_alone(
    database: Database, tmp_path: Path, browser: Browser
) -> None:
    async with hub_in_process(database, tmp_path) as hub, host_page() as shop, host_page() as stranger:
        _, address = await chat_of(hub, shop.origin)
        context = await browser.new_context(locale="en-GB", reduced_motion="reduce")
        for site in (shop, stranger):
            site.hub, site.frames, site.body = hub.base, hub.base, f'<iframe src="{address}" title="Chat"></iframe>'
        page = await context.new_page()
        await page.goto(shop.origin)
        chat = page.frame_locator("iframe")
        await chat.get_by_label("Write a message").fill("Hello from a frame")
        await chat.get_by_label("Write a message").press("Enter")
        await expect(chat.get_by_role("button", name="This helped")).to_be_visible()
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text))
        await page.goto(stranger.origin)
        await eventually(lambda: [text for text in refused if "frame-ancestors" in text], what="the browser's refusal")
        await expect(chat.get_by_label("Write a message")).to_have_count(0)
        await context.close()
