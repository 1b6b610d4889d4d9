"""The main job in a real browser, on the demo as anybody starts it: an answer, a person, and the bot again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Browser, Locator, Page, Route, WebSocket, expect

from support.browser import tell_pages
from support.demo_hub import DemoHub
from support.running_hub import eventually

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("built_bubble"),
]
QUESTION = "Which file types can I upload?"
WISH = "I want to talk to a person"
Opened = Callable[..., Awaitable[Page]]

WATCH = """() => {
  window.complaints = [];
  addEventListener("securitypolicyviolation", (e) => complaints.push(`${e.violatedDirective} ${e.blockedURI}`));
  window.grown = new Set();
  setInterval(() => {
    const root = document.querySelector("switchboard-chat")?.shadowRoot;
    for (const e of root?.querySelectorAll("article[data-growing] .markdown") ?? []) grown.add(e.textContent.length);
  }, 4);
}"""


@pytest.fixture
async def visit(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Opened]:
    """Opens pages as new visitors; a page that complained fails the test."""
    contexts, complaints = [], []

    async def opened(address: str, *, quiet: bool = True, **options: Any) -> Page:
        context = await browser.new_context(locale="en-GB", timezone_id="UTC", **options)
        contexts.append(context)
        await context.add_init_script(f"({WATCH})()")
        page = await context.new_page()
        if quiet:
            page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(address)
        return page

    yield opened
    await tell_pages(request.node, contexts)
    for context in contexts:
        for page in context.pages:
            complaints += await page.evaluate("() => window.complaints ?? []")
        await context.close()
    assert complaints == []


class Frames:
    """Which events a page's sockets heard, in order."""

    def __init__(self, page: Page) -> None:
        self.events: list[tuple[str, Any]] = []
        page.on("websocket", self._watch)

    def _watch(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._heard)

    def _heard(self, frame: str | bytes) -> None:
        text = frame if isinstance(frame, str) else frame.decode(errors="replace")
        if text.startswith("42/visitor,"):
            event, data = json.loads(text.removeprefix("42/visitor,"))
            self.events.append((event, data))

    def deltas_before_the_answer(self) -> int:
        """How many pieces of the first answer came before it was whole."""
        count = 0
        for event, data in self.events:
            if event == "message.delta":
                count += 1
            elif event == "message" and data["author"]["kind"] == "bot":
                break
        return count


async def write(page: Page, words: str) -> None:
    await page.get_by_label("Write a message").fill(words)
    await page.keyboard.press("Enter")


async def cited_answer(page: Page, n: int) -> Locator:
    """The ``n``-th answer of the bot that shows sources, whole."""
    answer = page.locator("article[data-author=bot]:has(.sources)").nth(n)
    await expect(answer).to_be_visible()
    return answer


async def waiting(demo: DemoHub, channel: str) -> str:
    """The path of the newest conversation of a kind of channel that waits for a person."""
    channels = (await demo.call("GET", "/tenants/demo/channels"))["items"]
    (id,) = [c["id"] for c in channels if c["kind"] == channel and "API" not in c["name"]]
    found = await demo.call("GET", f"/tenants/demo/conversations?state=waiting&channel={id}")
    return f"/tenants/demo/conversations/{found['items'][0]['id']}"


async def test_a_visitor_gets_a_cited_answer_then_a_person_then_the_bot_again(demo: DemoHub, visit: Opened) -> None:
    page = await visit("about:blank")
    frames = Frames(page)
    await page.goto(f"{demo.base}/demo/")
    await expect(page.get_by_role("note")).to_contain_text("No real language model answers here")
    await page.get_by_role("button", name="Ask the assistant").click()
    # Word by word slowly enough for a browser that gets little of the machine to draw what is half there.
    async with demo.dripping(0.1):
        await write(page, QUESTION)
        answer = await cited_answer(page, 0)
        await expect(answer.locator(".markdown")).to_contain_text("PDF")
    grown = sorted(await page.evaluate("() => [...window.grown]"))
    whole = len(await answer.locator(".markdown").inner_text())
    assert frames.deltas_before_the_answer() >= 2, frames.events
    assert len([length for length in grown if 0 < length < whole]) >= 2, (grown, whole)
    await answer.get_by_role("button", name="Sources").click()
    link = answer.locator(".sources a").first
    await expect(link).to_be_visible()
    address = await link.get_attribute("href")
    assert address is not None and address.startswith(f"{demo.base}/demo/docs/")
    async with aiohttp.ClientSession() as http, http.get(address) as opened:
        assert opened.status == 200
        assert "<h1" in await opened.text()

    await write(page, WISH)
    await expect(page.get_by_text("A person has been asked for.")).to_be_visible()
    conversation = await waiting(demo, "webchat")
    await demo.call("POST", f"{conversation}/takeover")
    await expect(page.get_by_text("You are talking to a person.")).to_be_visible()
    await demo.call("POST", f"{conversation}/messages", {"text": "Maria here. How can I help?", "name": "Maria"})
    log = page.get_by_role("log")
    await expect(log.get_by_text("Maria here. How can I help?")).to_be_visible()
    await expect(log.locator("article[data-author=agent]").get_by_text("Maria", exact=True)).to_be_visible()
    await expect(page.get_by_text("You are talking to Maria.")).to_be_visible()
    await write(page, "Thank you, Maria.")

    async def taken() -> bool:
        return "Thank you, Maria." in json.dumps((await demo.call("GET", f"{conversation}/messages"))["items"])

    await eventually(taken, what="the visitor's thanks")
    await expect(log.get_by_text("Sending")).to_have_count(0)

    await demo.call("POST", f"{conversation}/return")
    await expect(page.get_by_text("You are talking to a bot.")).to_be_visible()
    await write(page, "How do I put the bubble on my website?")
    await cited_answer(page, 1)
    said = (await demo.call("GET", f"{conversation}/messages"))["items"]
    thanks = next(n for n, m in enumerate(said) if m["parts"][0].get("text") == "Thank you, Maria.")
    later = [m["author"]["kind"] for m in said[thanks + 1 :] if m["kind"] != "activity"]
    assert later == ["contact", "bot"], "the bot spoke while Maria had it"


async def test_what_is_begun_before_a_simulated_chat_is_there_goes_out_then(demo: DemoHub, visit: Opened) -> None:
    async def slowly(route: Route) -> None:
        await begun.wait()
        await route.continue_()

    begun = asyncio.Event()
    page = await visit("about:blank")
    await page.route("**/control/telegram/bots", slowly)
    await page.goto(f"{demo.telegram_page()}&as=Early")
    await page.get_by_role("button", name="Start").click()
    begun.set()
    await expect(page.get_by_role("log").get_by_text("/start")).to_be_visible()


async def test_the_same_on_a_simulated_telegram(demo: DemoHub, visit: Opened) -> None:
    page = await visit(f"{demo.telegram_page()}&as=Cora")
    log = page.get_by_role("log")
    await page.get_by_role("button", name="Start").click()
    await expect(log.get_by_text("automatic assistant")).to_be_visible()

    async def send(words: str) -> None:
        await page.get_by_label("Message", exact=True).fill(words)
        await page.keyboard.press("Enter")

    await send(QUESTION)
    await expect(log).to_contain_text("[1]")
    link = log.locator(f"a[href^='{demo.base}/demo/docs/']").first
    await expect(link).to_be_visible()
    async with aiohttp.ClientSession() as http, http.get(str(await link.get_attribute("href"))) as opened:
        assert opened.status == 200
    answers = await log.locator(f"a[href^='{demo.base}/demo/docs/']").count()

    await send(WISH)
    await expect(log.get_by_text(WISH)).to_be_visible()
    conversation = await waiting_of(demo, "Cora")
    await demo.call("POST", f"{conversation}/takeover")
    await demo.call("POST", f"{conversation}/messages", {"text": "Ben here, good day.", "name": "Ben"})
    await expect(log.get_by_text("Ben here, good day.")).to_be_visible()
    await demo.call("POST", f"{conversation}/return")
    await send("How do I put the bubble on my website?")
    await expect(log.locator(f"a[href^='{demo.base}/demo/docs/']").nth(answers)).to_be_visible()


async def waiting_of(demo: DemoHub, name: str) -> str:
    """The path of a person's own conversation, once it waits: others' on this shared demo may wait already."""
    async with asyncio.timeout(60):
        while True:
            found = await demo.call("GET", "/tenants/demo/conversations?state=waiting&channel_kind=telegram")
            for conversation in found["items"]:
                if conversation["contact"]["name"] == name:
                    return f"/tenants/demo/conversations/{conversation['id']}"
            await asyncio.sleep(0.1)


async def test_a_restart_keeps_the_conversation_and_the_bubble_finds_back(demo: DemoHub, visit: Opened) -> None:
    page = await visit(f"{demo.base}/demo/", quiet=False)
    await page.get_by_role("button", name="Ask the assistant").click()
    await write(page, QUESTION)
    await cited_answer(page, 0)
    assert await demo.stop() == 0
    await expect(page.get_by_text("No connection.")).to_be_visible()
    await write(page, "How do I connect Telegram?")
    await demo.start()
    await expect(page.get_by_text("No connection.")).to_have_count(0)
    await cited_answer(page, 1)
    await page.reload()
    await page.get_by_role("button", name="Open chat").click()
    log = page.get_by_role("log")
    await expect(log.get_by_text(QUESTION, exact=True)).to_be_visible()
    await expect(log.get_by_text("How do I connect Telegram?", exact=True)).to_be_visible()
    await cited_answer(page, 1)


async def test_a_taken_port_is_told_before_anything_starts(demo: DemoHub) -> None:
    elsewhere = demo.data.parent / "elsewhere"
    ended = await demo.run("up", "--data", str(elsewhere), "--port", str(demo.port))
    assert ended.code == 1
    assert f"Port {demo.port} on 127.0.0.1 is taken." in ended.err
    assert "Traceback" not in ended.err
    assert not elsewhere.exists()
