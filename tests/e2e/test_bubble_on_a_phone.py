"""The bubble on a phone, by touch: every function used once, on a website under the strictest policy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from hub.http.frontend import WIDGET
from support.bubble_shop import AXE, PICTURE, shop_with_bubble, violations
from support.database import Database
from support.running_hub import Site, eventually

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (WIDGET / "widget.js").is_file(), reason="needs the built bubble: pip install -e ."),
]
SECONDS = 20_000


class Phone:
    """A visitor's phone, and what its browser complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.log = page.get_by_role("log")
        self.field = page.get_by_label("Write a message")
        self.complaints: list[str] = []
        page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def tap(self, name: str, *, exact: bool = False) -> None:
        await self.page.get_by_role("button", name=name, exact=exact).tap()

    async def say(self, words: str) -> None:
        await self.field.fill(words)
        await self.tap("Send", exact=True)

    async def choose(self, name: str) -> None:
        """Something in the menu."""
        await self.tap("More")
        await self.page.locator("#menu").get_by_role("button", name=name).tap()

    async def answered(self, times: int = 1) -> None:
        await expect(self.log.get_by_role("button", name="This helped")).to_have_count(times, timeout=SECONDS)

    async def fits(self) -> None:
        """Nothing is wider than the screen."""
        over = await self.page.locator(".panel").evaluate("panel => panel.scrollWidth - panel.clientWidth")
        assert over <= 0, over


async def sends_more_than_words(phone: Phone, hub: Site, messages: str, base: str) -> None:
    """A colleague's card with its picture, a place, and a form that the visitor fills in."""
    picture = (await hub.ok("POST", f"{base}/files", data={"file": PICTURE}))["file_id"]
    options = [{"id": "shop", "title": "To the shop", "url": "https://shop.example/"}]
    card = {"type": "card", "title": "Green shoes", "text": "Size 42", "image": picture, "options": options}
    place = {"type": "location", "latitude": 52.5, "longitude": 13.4, "name": "Our shop", "address": "Main Street 1"}
    await hub.ok("POST", messages, json={"parts": [card]})
    entry = phone.log.locator("[data-author=agent]").filter(has_text="Green shoes")
    await expect(entry.locator(".attachment img")).to_be_visible(timeout=SECONDS)
    await expect(entry.get_by_role("link", name="To the shop")).to_have_attribute("href", "https://shop.example/")
    await hub.ok("POST", messages, json={"parts": [place]})
    await expect(phone.log.get_by_text("Main Street 1")).to_be_visible(timeout=SECONDS)
    asked = [{"name": "order", "label": "Order number", "required": True}, {"name": "size", "label": "Size"}]
    form = {"type": "form", "id": "return", "title": "Your return", "fields": asked}
    await hub.ok("POST", messages, json={"parts": [form]})
    box = phone.log.locator("form")
    await expect(box.get_by_label("Order number")).to_be_visible(timeout=SECONDS)
    await phone.fits()
    await box.get_by_role("button", name="Send").tap()
    await expect(box.get_by_label("Order number")).to_be_focused()
    await box.get_by_label("Order number").fill("4711")
    await box.get_by_role("button", name="Send").tap()
    await expect(box).to_have_count(0)
    told = """select parts from hub.message where parts->0->>'type' = 'form_reply'"""
    (reply,) = await eventually(lambda: hub.rows(told), what="what was filled in")
    assert '"4711"' in reply["parts"] and '"return"' in reply["parts"]


async def test_every_function_by_touch(database: Database, tmp_path: Path, browser: Browser) -> None:
    settings = {"smtp_url": lambda simulator: simulator.smtp_url}
    async with shop_with_bubble(database, tmp_path, settings=settings) as (hub, shop, tenant):
        base = f"/api/v1/tenants/{tenant}"
        telegram = await hub.telegram(tenant)
        (site,) = [c["id"] for c in (await hub.ok("GET", f"{base}/channels"))["items"] if c["kind"] == "webchat"]
        ways = {"name": "Northwind", "continue_on": [{"channel": telegram, "address": "northwind_bot"}]}
        await hub.ok("PUT", f"{base}/channels/{site}/site", json=ways)
        context = await browser.new_context(
            locale="en-GB", reduced_motion="reduce", has_touch=True, is_mobile=True,
            viewport={"width": 390, "height": 780},
        )  # fmt: skip
        phone = Phone(await context.new_page())
        page, log = phone.page, phone.log
        await page.goto(shop.origin)
        await page.locator(".launcher").tap()

        # A picture goes along; the answer is judged, had again, and its question said differently.
        await page.locator("input[type=file]").set_input_files(
            [{"name": "dot.png", "mimeType": "image/png", "buffer": PICTURE}]
        )
        await phone.say("```\nprint(1)\n```")
        await phone.answered()
        await expect(log.get_by_role("img", name="dot.png")).to_be_visible()
        await expect(log.get_by_role("button", name="Copy", exact=True).first).to_be_visible()
        await phone.tap("This helped")
        await expect(log.get_by_text("Thank you.")).to_be_visible()
        await phone.tap("Answer again")
        await eventually(lambda: hub.rows("select 1 from hub.message where metadata ? 'superseded'"), what="again")
        await phone.answered()
        await phone.tap("Say it differently")
        await log.get_by_label("Say it differently").fill("About shoes")
        await log.get_by_label("Say it differently").press("Enter")
        await expect(log.locator("[data-author=bot]")).to_contain_text("About shoes", timeout=SECONDS)
        await phone.fits()

        # A second conversation; both are found, one is named and deleted.
        await phone.choose("New conversation")
        await expect(log.get_by_text("About shoes")).to_have_count(0)
        await phone.say("About hats")
        await phone.answered()
        await phone.tap("Your conversations")
        threads = page.get_by_role("listitem")
        await expect(threads).to_have_count(2)
        await phone.fits()
        await threads.filter(has_text="About hats").get_by_role("button", name="Rename").tap()
        await page.get_by_label("Title").fill("Hats and caps")
        await phone.tap("Save")
        await page.get_by_label("Find words in your conversations").fill("caps")
        await expect(threads).to_have_count(1)
        await threads.get_by_role("button", name="Delete").tap()
        await page.get_by_role("button", name="Delete", exact=True).tap()
        await page.get_by_label("Find words in your conversations").fill("")
        await expect(threads).to_have_count(1)
        await threads.locator(".thread").tap()
        await expect(log.get_by_text("About shoes").first).to_be_visible()

        # A copy by mail and as a file; sound.
        await phone.choose("Send me a copy by e-mail")
        await page.get_by_label("E-mail").fill("ada@home.example")
        await phone.tap("Send", exact=True)
        await expect(page.get_by_role("alert")).to_have_text("Please agree first.")
        await page.get_by_label("It is my own mailbox").check()
        await phone.fits()
        await phone.tap("Send", exact=True)
        await expect(page.get_by_text("On its way to ada@home.example.")).to_be_visible()
        await phone.tap("Done")
        (letter,) = await eventually(lambda: hub.simulator.mail.to("ada@home.example"), what="the copy")
        assert "About shoes" in letter.text and letter.subject == "Your conversation with Northwind"
        await phone.tap("More")
        async with page.expect_download() as copy:
            await phone.tap("Download this conversation")
        assert (await copy.value).suggested_filename == "Northwind.txt"
        await phone.choose("Sound off")
        await phone.page.keyboard.press("Escape")

        # A person takes it, and it goes on on Telegram.
        (conversation,) = await hub.conversations(tenant)
        await hub.act(tenant, conversation["id"], "takeover", by="maria")
        await hub.ok("POST", f"{base}/conversations/{conversation['id']}/messages", json={"text": "Maria here."})
        await expect(log.locator("[data-author=agent]")).to_contain_text("Maria here.", timeout=SECONDS)
        await sends_more_than_words(phone, hub, f"{base}/conversations/{conversation['id']}/messages", base)
        await phone.choose("Continue elsewhere")
        await phone.tap("Continue on Telegram")
        await expect(page.get_by_role("alert")).to_have_text("Please agree first.")
        await page.get_by_label("I agree that whoever opens the link").check()
        await page.evaluate(AXE.read_text())
        assert await violations(page) == []
        await phone.tap("Continue on Telegram")
        link = page.get_by_role("link", name="Open Telegram")
        await expect(link).to_have_attribute("href", re.compile(r"^https://t\.me/northwind_bot\?start=resume-"))
        code = await page.locator(".onward-code").inner_text()
        assert (await link.get_attribute("href") or "").endswith(code)
        assert await violations(page) == []
        await phone.fits()
        ada = hub.person("Ada")
        ada.say(f"/start {code}")
        await eventually(lambda: hub.replies(ada), what="the welcome on Telegram")
        await phone.tap("Back to the conversation")
        await expect(log.get_by_text("This conversation goes on on Telegram.")).to_be_visible(timeout=SECONDS)
        await expect(page.locator("[data-kind=resolved]")).to_be_visible()
        await expect(page.get_by_role("radiogroup")).to_have_count(0)

        # Nobody is there: a message for later. At last all of it is deleted.
        closed = {"name": "Never", "zone": "UTC", "weekly": {"0": []}}
        calendar = await hub.ok("POST", f"{base}/calendars", json=closed)
        await hub.ok("PATCH", base, json={"settings": {"desk": {"calendar": calendar["id"]}}})
        await page.reload()
        await page.locator(".launcher").tap()
        await phone.tap("Leave a message")
        await page.get_by_label("E-mail").fill("ada@home.example")
        await page.get_by_label("Message", exact=True).fill("Please call me back.")
        await phone.tap("Send", exact=True)
        waits = "select 1 from hub.conversation where state = 'waiting'"
        await eventually(lambda: hub.rows(waits), what="the letter in the queue")
        await phone.choose("Delete my data")
        await phone.tap("It cannot be undone")
        await expect(log.get_by_text("Please call me back.")).to_have_count(0)
        left = f"select 1 from hub.conversation where channel_id = '{site}'::uuid"
        assert await hub.rows(left) == []
        await context.close()
        assert phone.complaints == []
