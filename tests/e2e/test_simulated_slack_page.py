"""The simulated Slack's page in a real browser: it chats, opens threads, takes choices, and shows no foreign markup."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Page, expect

from hub.simulator.server import Simulator
from hub.simulator.slack.platform import DEMO_TOKEN
from support.running_hub import eventually

pytestmark = pytest.mark.browser
PIXEL = bytes.fromhex("47494638396101000100800000ff0000ffffff21f90401000000002c00000000010001000002024401003b")


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(seed=3) as running:
        running.slack.add_app()
        yield running


@pytest.fixture
async def chat(sim: Simulator, page: Page) -> AsyncIterator[Page]:
    """The page; nothing may be reported to the console or pop up."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
    await page.set_viewport_size({"width": 390, "height": 780})
    await page.goto(f"{sim.pages_url}/slack/?as=Ada")
    yield page
    await page.goto("about:blank")
    assert complaints == []


async def call(sim: Simulator, method: str, **params: Any) -> Any:
    headers = {"Authorization": f"Bearer {DEMO_TOKEN}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{sim.slack_url}/{method}", json=params) as answer,
    ):
        body = await answer.json()
        assert body["ok"], body
        return body


async def test_a_direct_chat_with_choices_edits_and_a_picture(sim: Simulator, chat: Page) -> None:
    ada = sim.slack.user("Ada")
    await chat.get_by_role("button", name="Say hello").click()
    await expect(chat.get_by_text("Hello", exact=True)).to_be_visible()
    await chat.get_by_label("Message", exact=True).fill("Is <b>this</b> bold?")
    await chat.keyboard.press("Enter")
    await expect(chat.get_by_text("Is <b>this</b> bold?")).to_be_visible()
    words = "*Sure*, _really_ `1 &lt; 2` <https://a.example|here> &lt;img src=x&gt;\n> quoted"
    button = {"type": "button", "action_id": "choice_0", "value": "y", "text": {"type": "plain_text", "text": "Yes"}}
    option = {"text": {"type": "plain_text", "text": "Blue"}, "value": "b"}
    blocks = [
        {"type": "section", "text": {"type": "mrkdwn", "text": words}},
        {"type": "actions", "elements": [button]},
        {"type": "actions", "elements": [{"type": "static_select", "action_id": "choice_menu", "options": [option]}]},
    ]
    sent = await call(sim, "chat.postMessage", channel=ada.chat.id, text=words, blocks=blocks)
    await expect(chat.locator("strong", has_text="Sure")).to_be_visible()
    await expect(chat.locator("blockquote", has_text="quoted")).to_be_visible()
    await expect(chat.locator("code", has_text="1 < 2")).to_be_visible()
    await expect(chat.get_by_role("link", name="here")).to_have_attribute("href", "https://a.example")
    assert await chat.locator(".log img").count() == 0
    before = sim.slack.desk().courier.pending
    await chat.get_by_role("button", name="Yes").click()
    await chat.get_by_label("Choose").select_option("Blue")
    await chat.locator("#file").set_input_files({"name": "a.gif", "mimeType": "image/gif", "buffer": PIXEL})
    await expect(chat.locator(".log img")).to_be_visible()
    await eventually(lambda: sim.slack.desk().courier.pending == before + 3, what="both choices and the picture")
    await call(sim, "chat.update", channel=ada.chat.id, ts=sent["ts"], text="Agreed.", blocks=[])
    await expect(chat.get_by_text("Agreed.")).to_be_visible()
    await call(sim, "chat.delete", channel=ada.chat.id, ts=sent["ts"])
    await expect(chat.get_by_text("Agreed.")).to_have_count(0)


async def test_a_channels_thread_edits_and_reactions(sim: Simulator, chat: Page) -> None:
    await chat.get_by_role("link", name="# help").click()
    await expect(chat.get_by_text("@ names the bot")).to_be_visible()
    await chat.get_by_label("Message", exact=True).fill("@bot how do I export?")
    await chat.keyboard.press("Enter")
    await expect(chat.get_by_text("how do I export?")).to_be_visible()
    (ada,) = sim.slack.channel("help", [sim.slack.user("Ada")])
    (root,) = ada.chat.held
    assert ada.chat.held[root].message["text"] == f"<@{sim.slack.app().bot_user}> how do I export?"
    status = {"channel_id": ada.chat.id, "thread_ts": root, "status": "is typing"}
    await call(sim, "assistant.threads.setStatus", **status)
    await expect(chat.get_by_text("Switchboard demo is typing")).to_be_visible()
    await call(sim, "chat.postMessage", channel=ada.chat.id, text="From the menu.", thread_ts=root)
    reply = chat.locator(".in-thread", has_text="From the menu.")
    await expect(reply).to_be_visible()
    await reply.hover()
    await reply.get_by_role("button", name="Thumbs up").click()
    await expect(reply.locator(".reaction")).to_contain_text("1")
    await reply.get_by_role("button", name="Reply in thread").click()
    await chat.get_by_label("Message", exact=True).fill("Thanks")
    await chat.keyboard.press("Enter")
    await expect(chat.locator(".in-thread", has_text="Thanks")).to_be_visible()
    await chat.locator(".in-thread", has_text="Thanks").hover()
    await chat.locator(".in-thread", has_text="Thanks").get_by_role("button", name="Edit").click()
    await chat.get_by_label("Message", exact=True).fill("Many thanks")
    await chat.keyboard.press("Enter")
    await expect(chat.locator(".in-thread", has_text="Many thanks")).to_be_visible()
    await expect(chat.get_by_text("edited")).to_be_visible()
