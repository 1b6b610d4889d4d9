"""The chat bubble in a real browser, embedded from another origin under a strict content security policy."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from hub.core.conversations import State
from hub.core.ids import uuid7
from support.bubble_walk import NO_WEB_SOCKETS, WIDTHS
from support.chat_site import ChatSite, chat_site
from support.running_hub import eventually as until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("built_bubble"),
]
CITATIONS = [
    {"n": 1, "title": "Opening hours", "url": "https://docs.test/hours", "section": "Shop", "quote": "Open till six."},
    {"n": 2, "title": "Handbook.pdf", "url": "javascript:alert(1)", "page": 12, "quote": "<b>Closed</b> on Sunday."},
]
BOX = "(({ x, y, width, height }) => `${x},${y},${width},${height}`)(e.getBoundingClientRect())"
Opened = Callable[..., Awaitable[Page]]


@pytest.fixture
async def site() -> AsyncIterator[ChatSite]:
    async with chat_site(notice="A stand-in model answers.", suggestions=["What are your hours?"]) as running:
        yield running


@pytest.fixture
async def visit(browser: Browser) -> AsyncIterator[Opened]:
    """Opens pages in contexts of their own; a page that complained fails the test."""
    contexts, complaints = [], []

    async def opened(address: str, *, quiet: bool = True, sockets: bool = True, **options: Any) -> Page:
        context = await browser.new_context(locale="en-GB", timezone_id="UTC", **options)
        contexts.append(context)
        if not sockets:
            await context.add_init_script(NO_WEB_SOCKETS)
        page = await context.new_page()
        if quiet:
            page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
        await page.goto(address)
        return page

    yield opened
    for context in contexts:
        await context.close()
    assert complaints == []


async def open_bubble(page: Page) -> Locator:
    await page.get_by_role("button", name="Open chat").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    return dialog


async def write(page: Page, words: str) -> None:
    await page.get_by_label("Write a message").fill(words)
    await page.keyboard.press("Enter")


async def test_a_question_gets_a_streamed_answer_with_its_sources(site: ChatSite, visit: Opened) -> None:
    page = await visit(site.shop)
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url.rsplit("/", 1)[-1]))
    dialog = await open_bubble(page)
    await expect(dialog.get_by_text("You are talking to a bot")).to_be_visible()
    await expect(dialog.get_by_text("A stand-in model answers.")).to_be_visible()
    await write(page, "When do you close?")
    await until(lambda: bool(site.ledger.said))
    await site.rooms.typing(site.ledger.tenant, site.conversation(), True)
    await expect(dialog.get_by_label("Northwind is writing")).to_be_visible()
    message, words = str(uuid7()), "We close at **six** [1], and not on Sunday [2]. See [hours](https://docs.test/h)."
    await site.grow(message, [words[:20]])
    await expect(dialog.locator("article[data-growing]")).to_contain_text("We close at")
    await expect(dialog.get_by_label("is writing")).to_have_count(0)
    await site.grow(message, [words[20:]], start=1)
    await site.say(words, id=message, citations=CITATIONS)
    await expect(dialog.locator("strong", has_text="six")).to_have_count(1)
    await expect(dialog.get_by_role("link", name="hours (docs.test)")).to_be_visible()
    await expect(dialog.get_by_text("Open till six.")).to_be_hidden()
    await dialog.get_by_role("button", name="Source 2").click()
    await expect(dialog.get_by_text("<b>Closed</b> on Sunday.")).to_be_in_viewport()
    await expect(dialog.get_by_role("link", name="Opening hours")).to_have_attribute(
        "rel", "noopener nofollow noreferrer"
    )
    assert await dialog.locator("a[href^='javascript']").count() == 0
    await expect(dialog.get_by_text("Handbook.pdf")).to_be_visible()
    assert [name[:4] for name in fetched if name.endswith(".js")] == ["app-"], "nothing more for a question"


async def test_a_takeover_withdraws_the_half_shown_answer_and_a_person_answers(site: ChatSite, visit: Opened) -> None:
    page = await visit(site.shop)
    dialog = await open_bubble(page)
    await write(page, "I want to talk to a person")
    await until(lambda: bool(site.ledger.said))
    await site.stand(State.WAITING, place=2, wait=180)
    await expect(dialog.get_by_text("You are number 2 in line. About 3 min.")).to_be_visible()
    message = str(uuid7())
    await site.grow(message, ["The bot is still saying this. "])
    await expect(dialog.get_by_text("The bot is still saying this")).to_be_visible()
    await site.stand(State.AGENT, agent="Maria", floor=1)
    await expect(dialog.get_by_text("You are talking to Maria.")).to_be_visible()
    await expect(dialog.get_by_text("The bot is still saying this")).to_have_count(0)
    await expect(dialog.get_by_text("This answer was interrupted.")).to_be_visible()
    await site.grow(message, [" something late"], start=1)
    await site.say("Hello, Maria here.", author="agent")
    await expect(page.get_by_role("log").get_by_text("Hello, Maria here.")).to_be_visible()
    await expect(dialog.get_by_text("something late")).to_have_count(0)
    await expect(dialog.get_by_text("This answer was interrupted.")).to_have_count(0)
    await site.stand(State.BOT, floor=2)
    await site.grow(str(uuid7()), ["The bot is back. "], floor=2)
    await expect(dialog.get_by_text("The bot is back.")).to_be_visible()


@pytest.mark.parametrize(("width", "sockets"), [("desktop", True), ("phone", False)])
async def test_what_is_written_without_a_connection_arrives_once_it_is_back(
    site: ChatSite, visit: Opened, width: str, sockets: bool
) -> None:
    page = await visit(site.shop, quiet=False, sockets=sockets, **WIDTHS[width])
    dialog = await open_bubble(page)
    await write(page, "one")
    await until(lambda: len(site.ledger.said) == 1)
    await expect(dialog.get_by_text("Sending")).to_have_count(0)
    await site.stop()
    await expect(dialog.get_by_text("No connection.")).to_be_visible()
    await write(page, "two")
    await write(page, "three")
    await expect(dialog.get_by_text("Sending")).to_have_count(2)
    missed = site.ledger.add(site.conversation(), [{"type": "text", "text": "An answer meanwhile."}])
    await site.start()
    await expect(page.get_by_role("log").get_by_text("An answer meanwhile.")).to_be_visible()
    await expect(dialog.get_by_text("Sending")).to_have_count(0)
    await expect(dialog.get_by_text("No connection.")).to_have_count(0)
    assert [s["parts"][0]["text"] for s in site.ledger.said] == ["one", "two", "three"]
    assert missed["seq"] == 2


async def test_a_message_whose_acknowledgement_was_lost_is_not_doubled(site: ChatSite, visit: Opened) -> None:
    page = await visit(site.shop, quiet=False)
    dialog = await open_bubble(page)
    stored, lost = asyncio.Event(), asyncio.Event()
    accept = site.ledger.accept

    async def slow(guest: Any, raw: bytes) -> Any:
        taken = await accept(guest, raw)
        stored.set()
        await lost.wait()
        return taken

    site.ledger.accept = slow  # type: ignore[method-assign]  # the inbox commits, and the answer gets lost
    await site.stop()
    await site.start()
    await write(page, "only once")
    await asyncio.wait_for(stored.wait(), 60)
    await site.stop()
    lost.set()
    site.ledger.accept = accept  # type: ignore[method-assign]  # back to how it was
    await site.start()
    await expect(dialog.get_by_text("Sending")).to_have_count(0)
    await expect(dialog.get_by_text("only once")).to_have_count(1)
    assert len(site.ledger.said) == 1


async def test_a_reload_keeps_the_conversation_and_what_was_not_sent(site: ChatSite, visit: Opened) -> None:
    page = await visit(site.shop)
    await open_bubble(page)
    await write(page, "one")
    await until(lambda: bool(site.ledger.said))
    await site.say("An answer.")
    await expect(page.get_by_text("An answer.").first).to_be_visible()
    waiting = {
        "client_id": "kept-from-before",
        "parts": [{"type": "text", "text": "two"}],
        "at": "2026-11-01T10:00:00Z",
    }
    await page.evaluate("text => localStorage.setItem('switchboard:site-one:outbox', text)", json.dumps([waiting]))
    await page.reload()
    dialog = await open_bubble(page)
    await expect(page.get_by_role("log").get_by_text("An answer.")).to_be_visible()
    await until(lambda: len(site.ledger.said) == 2)
    await expect(dialog.get_by_text("two", exact=True)).to_be_visible()
    assert site.ledger.said[1]["client_id"] == "kept-from-before"
    assert site.sessions == 1


async def test_an_answer_that_no_hint_told_of_is_found_by_asking(site: ChatSite, visit: Opened) -> None:
    page = await visit(site.shop)
    await open_bubble(page)
    await write(page, "hello")
    await until(lambda: bool(site.ledger.said))
    site.ledger.add(site.conversation(), [{"type": "text", "text": "Nobody announced me."}])
    await expect(page.get_by_role("log").get_by_text("Nobody announced me.")).to_be_visible()


async def test_options_are_buttons_until_something_is_said(site: ChatSite, visit: Opened) -> None:
    page = await visit(site.shop)
    dialog = await open_bubble(page)
    await dialog.get_by_role("button", name="What are your hours?").click()
    await until(lambda: bool(site.ledger.said))
    assert site.ledger.said[0]["parts"] == [{"type": "text", "text": "What are your hours?"}]
    options = [{"id": "y", "title": "Yes"}, {"id": "n", "title": "No"}]
    offer = await site.say("", parts=[{"type": "choices", "text": "Call a person?", "options": options}])
    await dialog.get_by_role("button", name="Yes", exact=True).click()
    await until(lambda: len(site.ledger.said) == 2)
    assert site.ledger.said[1]["event"] == "choice"
    assert site.ledger.said[1]["target"] == offer["id"]
    await expect(dialog.get_by_role("button", name="No", exact=True)).to_be_disabled()


async def test_the_keyboard_alone_is_enough(site: ChatSite, visit: Opened) -> None:
    page = await visit(site.shop)
    launcher = page.get_by_role("button", name="Open chat")
    await launcher.focus()
    await page.keyboard.press("Enter")
    field = page.get_by_label("Write a message")
    await expect(field).to_be_focused()
    await page.keyboard.type("first line")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("second line")
    await page.keyboard.press("Enter")
    await until(lambda: bool(site.ledger.said))
    assert site.ledger.said[0]["parts"][0]["text"] == "first line\nsecond line"
    await expect(field).to_have_value("")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(launcher).to_be_focused()


async def test_a_screen_reader_hears_whole_messages_and_never_pieces(site: ChatSite, visit: Opened) -> None:
    page = await visit(site.shop)
    dialog = await open_bubble(page)
    await write(page, "hello")
    await until(lambda: bool(site.ledger.said))
    await expect(page.get_by_role("log")).to_have_attribute("aria-live", "off")
    spoken = dialog.locator(".spoken[role=status]")
    message = str(uuid7())
    await site.grow(message, ["Plug **it** "])
    await expect(dialog.get_by_text("Plug it")).to_be_visible()
    await expect(spoken).to_have_text("")
    await site.say("Plug **it** in [1].", id=message, citations=CITATIONS)
    await expect(spoken).to_have_text("Northwind: Plug it in.")


async def test_unread_answers_are_counted_on_the_launcher(site: ChatSite, visit: Opened) -> None:
    page = await visit(site.shop)
    await open_bubble(page)
    await write(page, "hello")
    await until(lambda: bool(site.ledger.said))
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await site.say("one")
    await site.say("two")
    await expect(page.get_by_role("button", name="Open chat, 2 unread")).to_be_visible()
    await page.get_by_role("button", name="Open chat, 2 unread").click()
    await expect(page.get_by_role("button", name="Close chat").first).to_be_visible()
    await expect(page.locator(".launcher[data-unread]")).to_have_count(0)


async def test_a_page_drives_the_bubble_by_its_calls(site: ChatSite, visit: Opened) -> None:
    page = await visit(site.shop)
    await page.get_by_role("button", name="Open chat").wait_for()
    await page.evaluate(
        "() => { window.heard = [];"
        " for (const e of ['open', 'close', 'message']) Switchboard.on(e, () => heard.push(e));"
        " Switchboard.push(['setLocale', 'de']); Switchboard.setTheme('dark'); Switchboard.open(); }"
    )
    await expect(page.get_by_label("Nachricht schreiben")).to_be_visible()
    await expect(page.locator("switchboard-chat")).to_have_attribute("data-theme", "dark")
    await page.get_by_label("Nachricht schreiben").fill("Hallo")
    await page.keyboard.press("Enter")
    await until(lambda: bool(site.ledger.said))
    await site.say("Guten Tag")
    await expect(page.get_by_role("log").get_by_text("Guten Tag")).to_be_visible()
    await page.evaluate("() => Switchboard.toggle()")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await page.wait_for_function("() => heard.at(-1) === 'close'")
    assert await page.evaluate("() => heard") == ["open", "message", "close"]
    await page.evaluate("() => Switchboard.destroy()")
    await expect(page.locator("switchboard-chat")).to_have_count(0)
    assert await page.evaluate("() => typeof Switchboard") == "undefined"


async def test_nothing_but_the_loader_is_fetched_until_somebody_cares(site: ChatSite, visit: Opened) -> None:
    page = await visit("about:blank")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(site.hub)))
    await page.goto(site.shop)
    await page.get_by_role("button", name="Open chat").wait_for()
    config = "/api/v1/visitor/config?site_key=site-one"  # how the launcher looks
    await until(lambda: config in asked)
    await asyncio.sleep(0.5)
    assert [a for a in asked if a.startswith("/")] == ["/widget.js", config]
    assert await page.context.cookies() == []


HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "![p](https://evil.test/p.png)",
    "[x](javascript:alert(1))",
    "<svg onload=alert(1)>",
    "<script>alert(1)</script>",
    "[x]: https://evil.test/a.png\n\n![x]",
    "<a href=javascript:alert(1)>x</a>",
    "</div></template><iframe src=javascript:alert(1)>",
]


async def test_hostile_text_from_anybody_stays_text(site: ChatSite, visit: Opened) -> None:
    page = await visit(site.shop)
    reached: list[str] = []
    page.on("request", lambda request: reached.append(request.url))
    dialog = await open_bubble(page)
    await write(page, HOSTILE[0])
    await until(lambda: bool(site.ledger.said))
    for words in HOSTILE:
        options = [{"id": words, "title": words, "url": "javascript:alert(1)"}]
        await site.say(
            "", parts=[{"type": "text", "text": words}, {"type": "choices", "text": words, "options": options}]
        )
    await site.say("end", citations=[{"n": 1, "title": HOSTILE[0], "url": HOSTILE[2], "quote": HOSTILE[4]}])
    await expect(page.get_by_role("log").get_by_text("end", exact=True)).to_be_visible()
    for tag in ("img", "script", "iframe", "a[href^=javascript]", "style", "[onerror]", "[onload]"):
        assert await dialog.locator(tag).count() == 0, tag
    assert not [url for url in reached if "evil" in url]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_text_stands_out_from_its_ground(site: ChatSite, visit: Opened, scheme: Any) -> None:
    page = await visit(site.shop, color_scheme=scheme, reduced_motion="reduce")
    dialog = await open_bubble(page)
    await write(page, "hello")
    await until(lambda: bool(site.ledger.said))
    await site.say("Quote `code` [1] and [a link](https://docs.test)\n\n> said", citations=CITATIONS)
    await site.say("", parts=[{"type": "choices", "text": "Which?", "options": [{"id": "a", "title": "This"}]}])
    await dialog.get_by_role("button", name="Sources").click()
    await page.get_by_label("Write a message").fill("x")
    for state in (State.BOT, State.WAITING, State.AGENT, State.RESOLVED):
        await site.stand(state, floor=0, agent="Maria" if state is State.AGENT else None)
        await asyncio.sleep(0.3)
        weak = await page.evaluate(CONTRAST)
        assert weak == [], (scheme, state)


CONTRAST = (Path(__file__).parent / "contrast.js").read_text()


async def test_on_a_phone_the_window_fills_the_screen(site: ChatSite, visit: Opened) -> None:
    phone = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True}
    page = await visit(site.shop, reduced_motion="reduce", **phone)
    dialog = await open_bubble(page)
    await until(lambda: dialog.evaluate(f"e => {BOX} === '0,0,390,780'"), what="a window as large as the screen")
    await write(page, "W" * 300)
    await until(lambda: bool(site.ledger.said))
    await site.say(f"`{'x' * 300}` https://docs.test/{'y' * 200}")
    await expect(dialog.locator("code")).to_be_visible()
    wide = "() => { const r = document.querySelector('switchboard-chat').shadowRoot; const l = r.querySelector('.log');"
    assert await page.evaluate(f"{wide} return l.scrollWidth <= l.clientWidth; }}")


async def test_the_demo_says_what_answers_and_opens_the_bubble(site: ChatSite, visit: Opened) -> None:
    page = await visit(f"{site.hub}/demo")
    await expect(page.get_by_role("note")).to_contain_text("No real language model answers here")
    await page.get_by_role("button", name="Ask the assistant").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.get_by_role("button", name="Which file types can I upload?").click()
    await until(lambda: bool(site.ledger.said))
    assert site.ledger.said[0]["parts"] == [{"type": "text", "text": "Which file types can I upload?"}]
    await expect(page.get_by_role("link", name="Open the simulated Telegram chat")).to_have_attribute(
        "href", "/telegram/"
    )
    for width in (1280, 390):
        await page.set_viewport_size({"width": width, "height": 800})
        assert await page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


async def test_the_chat_is_also_a_page_of_its_own(site: ChatSite, visit: Opened) -> None:
    page = await visit(f"{site.hub}/chat/site-one", reduced_motion="reduce")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    await write(page, "hello")
    await until(lambda: bool(site.ledger.said))
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_visible()
    await until(lambda: dialog.evaluate(f"e => /^[0-9.]+,0,760,/.test({BOX})"), what="a column from the page's top")
