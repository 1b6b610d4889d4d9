"""The simulated WhatsApp page in a real browser: it chats, taps and picks, and shows no foreign markup."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Page, expect

from hub.simulator.server import Simulator
from hub.simulator.whatsapp.platform import DEMO_NUMBER, DEMO_TOKEN
from support.running_hub import eventually

pytestmark = pytest.mark.browser


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(seed=3) as running:
        running.whatsapp.add_number()
        yield running


@pytest.fixture
async def chat(sim: Simulator, page: Page) -> AsyncIterator[Page]:
    """The page as Ada sees it; nothing may be reported to the console or pop up."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
    await page.set_viewport_size({"width": 390, "height": 780})
    await page.goto(f"{sim.pages_url}/whatsapp/?as=Ada")
    yield page
    await page.goto("about:blank")
    assert complaints == []


async def send(sim: Simulator, **said: Any) -> None:
    body = {"messaging_product": "whatsapp", **said}
    if "status" not in said:
        body["recipient"] = sim.whatsapp.user("Ada").chat.user_id
    url = f"{sim.whatsapp_url}/v23.0/{DEMO_NUMBER}/messages"
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {DEMO_TOKEN}"}) as session,
        session.post(url, json=body) as answer,
    ):
        assert answer.status == 200, await answer.text()


async def test_a_chat_from_hello_to_edit(sim: Simulator, chat: Page) -> None:
    await chat.get_by_role("button", name="Say hello").click()
    await expect(chat.locator(".message.mine", has_text="Hello")).to_be_visible()
    newest = next(reversed(sim.whatsapp.user("Ada").chat.held))
    await send(sim, status="read", message_id=newest, typing_indicator={"type": "text"})
    await expect(chat.locator("#typing")).to_be_visible()
    await expect(chat.get_by_role("img", name="read")).to_be_visible()
    hostile = "*Sure?* <img src=x onerror=alert(1)> https://a.example/b. _really_"
    buttons = [{"type": "reply", "reply": {"id": title.lower(), "title": title}} for title in ("Yes", "No")]
    shape = {"type": "button", "body": {"text": hostile}, "action": {"buttons": buttons}}
    await send(sim, type="interactive", interactive=shape)
    await expect(chat.get_by_text("<img src=x")).to_be_visible()
    await expect(chat.locator("#typing")).to_be_hidden()
    assert await chat.locator(".log img").count() == 0
    await expect(chat.locator(".body strong")).to_have_text("Sure?")
    await expect(chat.get_by_role("link", name="https://a.example/b")).to_have_attribute("href", "https://a.example/b")
    await chat.get_by_role("button", name="Yes").click()
    await expect(chat.locator(".message.mine", has_text="Yes")).to_be_visible()
    await chat.locator(".message.mine", has_text="Hello").get_by_role("button", name="Edit").click()
    await chat.get_by_label("Message", exact=True).fill("Hello again")
    await chat.keyboard.press("Enter")
    await expect(chat.get_by_text("Hello again")).to_be_visible()
    await expect(chat.get_by_text("edited")).to_be_visible()


async def test_lists_and_pictures(sim: Simulator, chat: Page) -> None:
    png = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108020000009077")
    await chat.locator("#file").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": png})
    await expect(chat.locator(".log img")).to_have_count(1)
    rows = [{"id": f"d{n}", "title": f"Day {n}", "description": "Morning"} for n in range(5)]
    action = {"button": "Options", "sections": [{"rows": rows}]}
    shape = {"type": "list", "body": {"text": "Which day?"}, "action": action}
    await send(sim, type="interactive", interactive=shape)
    await chat.get_by_role("button", name="Options").click()
    await chat.get_by_role("button", name="Day 3").click()
    await expect(chat.locator(".message.mine", has_text="Day 3")).to_be_visible()
    await expect(chat.locator("dialog")).to_be_hidden()
    await eventually(lambda: sim.whatsapp.user("Ada").inbox[-1].status == "read", what="the note that it was read")


async def test_foreign_pages_cannot_write(sim: Simulator) -> None:
    url = f"{sim.pages_url}/control/whatsapp/numbers/{DEMO_NUMBER}/people/Ada"
    async with aiohttp.ClientSession() as session:
        # What a browser sends across origins without asking first.
        async with session.post(url, data='{"act": "say", "text": "x"}', headers={"Content-Type": "text/plain"}) as no:
            assert no.status == 415
        async with session.put(f"{url}/file", data=b"x") as no:
            assert no.status == 400
        for path in ("numbers/1/people/Ada", f"numbers/{DEMO_NUMBER}/files/1"):
            async with session.get(f"{sim.pages_url}/control/whatsapp/{path}") as answer:
                assert answer.status == 404
