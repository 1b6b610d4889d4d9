"""The simulated Messenger page in a real browser: it chats, offers quick replies, and shows no foreign markup."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Page, expect

from hub.simulator.messenger.platform import DEMO_PAGE, DEMO_TOKEN
from hub.simulator.server import Simulator

pytestmark = pytest.mark.browser
PIXEL = bytes.fromhex("47494638396101000100800000ff0000ffffff21f90401000000002c00000000010001000002024401003b")


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(seed=3) as running:
        running.messenger.add_page()
        yield running


@pytest.fixture
async def chat(sim: Simulator, page: Page) -> AsyncIterator[Page]:
    """The page as Ada sees it; nothing may be reported to the console or pop up."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
    await page.set_viewport_size({"width": 390, "height": 780})
    await page.goto(f"{sim.pages_url}/messenger/?as=Ada")
    yield page
    await page.goto("about:blank")
    assert complaints == []


async def send(sim: Simulator, **said: Any) -> Any:
    to = sim.messenger.user("Ada").id
    address = f"{sim.messenger_url}/v23.0/{DEMO_PAGE}/messages"
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {DEMO_TOKEN}"}) as session,
        session.post(address, json={"recipient": {"id": to}, **said}) as answer,
    ):
        body = await answer.json()
        assert answer.status == 200, body
        return body


async def test_a_chat_from_hello_to_edit(sim: Simulator, chat: Page) -> None:
    await chat.get_by_role("button", name="Say hello").click()
    await expect(chat.locator(".message.mine", has_text="Hello")).to_be_visible()
    await send(sim, sender_action="mark_seen")
    await send(sim, sender_action="typing_on")
    await expect(chat.get_by_text("Switchboard demo is typing")).to_be_visible()
    await expect(chat.get_by_text("Seen", exact=True)).to_be_visible()
    replies = [{"content_type": "text", "title": title, "payload": title.lower()} for title in ("Yes", "No")]
    hostile = "Sure? <img src=x onerror=alert(1)> https://a.example/b."
    await send(sim, messaging_type="RESPONSE", message={"text": hostile, "quick_replies": replies})
    await expect(chat.get_by_text("<img src=x")).to_be_visible()
    await expect(chat.get_by_text("is typing")).to_be_hidden()
    assert await chat.locator(".log img").count() == 0
    await expect(chat.get_by_role("link", name="https://a.example/b")).to_have_attribute("href", "https://a.example/b")
    await chat.get_by_role("button", name="Yes").click()
    await expect(chat.locator(".message.mine", has_text="Yes")).to_be_visible()
    await expect(chat.get_by_role("button", name="No")).to_be_hidden()
    await chat.locator(".message.mine", has_text="Hello").get_by_role("button", name="Edit").click()
    await chat.get_by_label("Message", exact=True).fill("Hello again")
    await chat.keyboard.press("Enter")
    await expect(chat.get_by_text("Hello again")).to_be_visible()
    await expect(chat.get_by_text("edited")).to_be_visible()


async def test_cards_buttons_and_pictures(sim: Simulator, chat: Page) -> None:
    await chat.locator("#file").set_input_files({"name": "a.gif", "mimeType": "image/gif", "buffer": PIXEL})
    await expect(chat.locator(".log img")).to_be_visible()
    element = {
        "title": "Lamp",
        "subtitle": "Bright",
        "buttons": [
            {"type": "postback", "title": "Buy", "payload": "buy"},
            {"type": "web_url", "title": "Shop", "url": "https://shop.example/"},
        ],
    }
    payload = {"template_type": "generic", "elements": [element]}
    await send(sim, messaging_type="RESPONSE", message={"attachment": {"type": "template", "payload": payload}})
    await expect(chat.get_by_text("Bright")).to_be_visible()
    await expect(chat.get_by_role("link", name="Shop")).to_have_attribute("href", "https://shop.example/")
    await chat.get_by_role("button", name="Buy").click()
    await expect(chat.locator(".message.mine", has_text="Buy")).to_be_visible()
    await chat.locator(".message", has_text="Lamp").hover()
    await chat.get_by_role("button", name="React with a heart").click()
    await expect(chat.locator(".reactions")).to_be_visible()


async def test_foreign_pages_cannot_write(sim: Simulator) -> None:
    url = f"{sim.pages_url}/control/messenger/pages/{DEMO_PAGE}/people/Ada"
    async with aiohttp.ClientSession() as session:
        # What a browser sends across origins without asking first.
        async with session.post(url, data='{"act": "say", "text": "x"}', headers={"Content-Type": "text/plain"}) as no:
            assert no.status == 415
        async with session.put(f"{url}/file", data=b"x") as no:
            assert no.status == 400
        async with session.get(f"{sim.pages_url}/messenger/") as answer:
            assert "unsafe" not in answer.headers["Content-Security-Policy"]
        for name in ("..%2fserver.py", "index.py", "telegram.html"):
            async with session.get(f"{sim.pages_url}/messenger/{name}") as answer:
                assert answer.status == 404
        for path in ("pages/1/people/Ada", f"pages/{DEMO_PAGE}/files/1"):
            async with session.get(f"{sim.pages_url}/control/messenger/{path}") as answer:
                assert answer.status == 404
