"""The simulated Telegram page in a real browser: it chats, follows edits, and shows no foreign markup."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Page, expect

from hub.simulator.server import Simulator
from hub.simulator.telegram.platform import DEMO_TOKEN
from support.running_hub import eventually

pytestmark = pytest.mark.browser
PIXEL = bytes.fromhex("47494638396101000100800000ff0000ffffff21f90401000000002c00000000010001000002024401003b")


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(seed=3) as running:
        running.telegram.add_bot()
        yield running


@pytest.fixture
async def chat(sim: Simulator, page: Page) -> AsyncIterator[Page]:
    """The page as Ada sees it; nothing may be reported to the console or pop up."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
    await page.set_viewport_size({"width": 390, "height": 780})
    await page.goto(f"{sim.pages_url}/telegram/?as=Ada")
    yield page
    await page.goto("about:blank")
    assert complaints == []


async def call(sim: Simulator, method: str, **params: Any) -> Any:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{sim.telegram_url}/bot{DEMO_TOKEN}/{method}", json=params) as answer,
    ):
        body = await answer.json()
        assert body["ok"], body
        return body["result"]


async def test_a_chat_from_start_to_edit(sim: Simulator, chat: Page) -> None:
    ada = sim.telegram.user("Ada")
    await chat.get_by_role("button", name="Start").click()
    await expect(chat.get_by_text("/start")).to_be_visible()
    await chat.get_by_label("Message", exact=True).fill("Hello <b>you</b>")
    await chat.keyboard.press("Enter")
    await expect(chat.get_by_text("Hello <b>you</b>")).to_be_visible()
    await call(sim, "sendChatAction", chat_id=ada.id, action="typing")
    await expect(chat.get_by_text("Switchboard demo is typing")).to_be_visible()
    keys = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
    sent = await call(
        sim, "sendMessage", chat_id=ada.id, text="<b>Sure</b>? &lt;img src=x&gt;", parse_mode="HTML", reply_markup=keys
    )
    await expect(chat.locator("strong", has_text="Sure")).to_be_visible()
    await expect(chat.get_by_text("is typing")).to_be_hidden()
    assert await chat.locator(".log img").count() == 0
    await chat.get_by_role("button", name="Yes").click()
    await expect(chat.get_by_role("button", name="Yes")).to_have_attribute("aria-busy", "true")
    (tap,) = await eventually(lambda: list(sim.telegram.bot().taps), what="the tap")
    await call(sim, "answerCallbackQuery", callback_query_id=tap, text="Noted")
    await expect(chat.get_by_role("alert")).to_have_text("Noted")
    await call(sim, "editMessageText", chat_id=ada.id, message_id=sent["message_id"], text="Agreed.")
    await expect(chat.get_by_text("Agreed.")).to_be_visible()
    await expect(chat.get_by_text("edited")).to_be_visible()
    await call(sim, "deleteMessage", chat_id=ada.id, message_id=sent["message_id"])
    await expect(chat.get_by_text("Agreed.")).to_have_count(0)


async def test_a_picture_and_an_own_edit_reach_the_bot(sim: Simulator, chat: Page) -> None:
    await chat.locator("#file").set_input_files({"name": "a.gif", "mimeType": "image/gif", "buffer": PIXEL})
    await expect(chat.locator(".log img")).to_be_visible()
    await chat.get_by_label("Message", exact=True).fill("frist")
    await chat.get_by_role("button", name="Send", exact=True).click()
    await chat.get_by_role("button", name="Edit").click()
    await chat.get_by_label("Message", exact=True).fill("first")
    await chat.keyboard.press("Enter")
    await expect(chat.get_by_text("first")).to_be_visible()
    updates = await call(sim, "getUpdates")
    assert [next(k for k in u if k != "update_id") for u in updates] == ["message", "message", "edited_message"]
    assert updates[0]["message"]["photo"]
    assert updates[2]["edited_message"]["text"] == "first"


async def test_hostile_links_stay_text(sim: Simulator, chat: Page) -> None:
    ada = sim.telegram.user("Ada")
    entities = [{"type": "text_link", "offset": 0, "length": 5, "url": "javascript:alert(1)"}]
    await call(sim, "sendMessage", chat_id=ada.id, text="click me", entities=entities)
    await call(sim, "sendMessage", chat_id=ada.id, text="see https://example.com/a")
    await expect(chat.get_by_role("link", name="https://example.com/a")).to_be_visible()
    assert await chat.get_by_role("link").count() == 1


async def test_foreign_pages_cannot_write(sim: Simulator) -> None:
    url = f"{sim.pages_url}/control/telegram/bots/{sim.telegram.bot().id}/people/Ada"
    async with aiohttp.ClientSession() as session:
        # What a browser sends across origins without asking first.
        async with session.post(url, data='{"act": "say", "text": "x"}', headers={"Content-Type": "text/plain"}) as no:
            assert no.status == 415
        async with session.get(f"{sim.pages_url}/telegram/") as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
        async with session.get(f"{sim.pages_url}/telegram/..%2fserver.py") as answer:
            assert answer.status == 404


async def test_a_place_is_sent_by_the_key_that_asks_for_it(sim: Simulator, chat: Page) -> None:
    ada = sim.telegram.user("Ada")
    await chat.get_by_role("button", name="Start").click()
    keys = {"keyboard": [[{"text": "\N{ROUND PUSHPIN}", "request_location": True}]], "one_time_keyboard": True}
    await call(sim, "sendMessage", chat_id=ada.id, text="Where are you?", reply_markup=keys)
    await chat.get_by_role("button", name="Send location").click()
    await expect(chat.get_by_text("Place: ")).to_be_visible()
