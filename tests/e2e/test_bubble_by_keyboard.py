"""The bubble by keyboard alone: a question, second thoughts, conversations, every sheet and every form."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from support.bubble_shop import shop_with_bubble
from support.bubble_walk import MAILS, furnish
from support.database import Database
from support.running_hub import eventually

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("built_bubble"),
]
ASKED = {"fields": [{"name": "email", "required": True}], "consent": "You may keep it."}


async def test_everything_is_done_by_keyboard_alone(database: Database, tmp_path: Path, browser: Browser) -> None:
    async with shop_with_bubble(database, tmp_path, settings=MAILS) as (hub, shop, tenant):
        base = f"/api/v1/tenants/{tenant}"
        await furnish(hub, tenant, shop.site, prechat=ASKED)
        context = await browser.new_context(locale="en-GB", reduced_motion="reduce")
        page = await context.new_page()
        await page.goto(shop.origin)

        async def focus(name: str | tuple[str, ...], *, most: int = 25, back: bool = False) -> None:
            """Walk by Tab until the control with this name has the focus."""
            walked = []
            for _ in range(most):
                await page.keyboard.press("Shift+Tab" if back else "Tab")
                here = await page.evaluate(
                    "() => { const e = document.activeElement?.shadowRoot?.activeElement;"
                    " return e ? (e.ariaLabel ?? e.labels?.[0]?.textContent ?? e.textContent ?? '').trim() : '' }"
                )
                walked.append(here)
                if here.startswith(name):
                    return
            raise AssertionError(f"{name} was not reached: {walked}")

        await focus("Open chat")
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("E-mail")).to_be_focused()
        await page.keyboard.type("ada@shop.example")
        await focus("You may keep it.")
        await page.keyboard.press("Space")
        await focus("Begin")
        await page.keyboard.press("Enter")
        field = page.get_by_label("Write a message")
        await expect(field).to_be_focused()
        await page.keyboard.type("First question")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="This helped")).to_be_visible()
        await focus("This helped", back=True)
        await page.keyboard.press("Space")
        await expect(page.get_by_text("Thank you.")).to_be_visible()
        await focus("Say it differently", back=True)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("log").get_by_label("Say it differently")).to_be_focused()
        await page.keyboard.press("ControlOrMeta+A")
        await page.keyboard.type("Another question")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("log").get_by_text("Another question").last).to_be_visible()
        await expect(page.get_by_role("button", name="This helped")).to_be_visible()
        await focus("Your conversations", back=True)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Your conversations")).to_be_focused()
        await focus("New conversation")
        await page.keyboard.press("Enter")
        await expect(field).to_be_focused()
        await page.keyboard.type("A new one")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="This helped")).to_be_visible()
        await focus("Your conversations", back=True)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("listitem")).to_have_count(2)
        await focus("Delete")
        await page.keyboard.press("Enter")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("listitem")).to_have_count(1)
        await page.keyboard.press("Escape")
        await expect(field).to_be_focused()

        await page.keyboard.type("Once more")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="This helped")).to_be_visible()

        async def choose(item: str) -> None:
            await focus("More", back=True)
            await page.keyboard.press("Enter")
            await expect(page.locator("#menu button").first).to_be_focused()
            await focus(item)
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("heading", name=item)).to_be_focused()

        await choose("Send me a copy by e-mail")
        await focus("E-mail")
        await page.keyboard.type("ada@home.example")
        await focus("It is my own mailbox.")
        await page.keyboard.press("Space")
        await focus("Send")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("On its way to ada@home.example.")).to_be_visible()
        await expect(page.get_by_role("button", name="Done")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(field).to_be_focused()
        await choose("Continue elsewhere")
        await focus("I agree")
        await page.keyboard.press("Space")
        await focus("Continue on Telegram")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("link", name="Open Telegram")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(field).to_be_focused()

        one = max(str(c["id"]) for c in await hub.conversations(tenant))
        await hub.act(tenant, one, "takeover", by="maria")
        fields = [{"name": "order", "label": "Order number", "required": True}]
        form = {"type": "form", "id": "return", "title": "Your return", "fields": fields}
        await hub.ok("POST", f"{base}/conversations/{one}/messages", json={"parts": [form]})
        await expect(page.get_by_label("Order number")).to_be_visible()
        await focus("Order number", back=True)
        await page.keyboard.type("4711")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("order: 4711")).to_be_visible()

        async def stored() -> bool:
            messages = await hub.messages(tenant, one)
            return any("4711" in str(m["parts"]) for m in messages if m["author"]["kind"] == "contact")

        await eventually(stored, what="the form, which is shown before it is sent")  # after the end it would begin anew
        await hub.act(tenant, one, "resolve")
        await expect(page.get_by_role("radiogroup")).to_be_visible()
        await field.focus()  # the form that had the focus is gone
        await focus(("1", "5"), back=True)  # from behind, browsers enter a group at either end
        await page.keyboard.press("Space")
        await focus("What should we know?")
        await page.keyboard.type("Quick")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("radiogroup")).to_have_count(0)
        await field.focus()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await expect(page.get_by_role("button", name="Open chat")).to_be_focused()
        await context.close()
