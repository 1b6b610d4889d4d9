"""The owner's pages as a whole: figures, a new company's way to its first answer, keyboard, accessibility, phones."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Error, Page, expect

from support.owner_page_list import PAGES
from support.owner_pages import SLOW, OwnerPages, axe

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("built_desk"),
]


async def test_the_figures_shown_are_those_reported_and_come_as_files(owner: OwnerPages) -> None:
    await owner.demo.call("POST", "/tenants/demo/chat", {"message": "Which file types can I upload?"})
    page = await owner.sign_in()
    await page.get_by_role("link", name="Overview").click()
    told = await owner.demo.call("GET", "/tenants/demo/reports/overview")
    for figure, value in (("opened", told["opened"]), ("open", told["open"]), ("handoffs", told["handoffs"])):
        await expect(page.locator(f"[data-figure={figure}] strong")).to_have_text(f"{value:,}")
    # Live: what comes in is counted where it stands.
    await owner.demo.call("POST", "/tenants/demo/chat", {"message": "And how do I embed the bubble?"})
    await expect(page.locator("[data-figure=opened] strong")).to_have_text(f"{told['opened'] + 1:,}", timeout=SLOW)
    await page.get_by_role("link", name="Reports and downloads").click()
    await page.get_by_role("combobox", name="Report").click()
    await page.get_by_role("option", name="Calls of models").click()
    report = await owner.demo.call("GET", "/tenants/demo/reports/models")
    total = page.get_by_role("row", name="Total")
    await expect(total.get_by_role("cell").first).to_have_text(f"{report['total']['count']:,}")
    for kind, start in (("CSV", "label,count"), ("SVG", "<svg")):
        async with page.expect_download() as coming:
            await page.get_by_role("link", name=kind).click()
        download = await coming.value
        assert download.suggested_filename.startswith("models-")
        read = await asyncio.to_thread(Path(await download.path()).read_text)
        assert read.startswith(start)


async def test_from_a_new_company_to_an_answer_with_its_source(owner: OwnerPages) -> None:
    slug = f"zoo-{time.time_ns()}"
    page = await owner.sign_in()
    await owner.open(page, "tenants", "Companies")
    await page.get_by_role("button", name="Add a company").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name", exact=True).fill("Zoo & Söhne")
    await expect(dialog.get_by_label("Short name")).to_have_value("zoo-sohne")
    await dialog.get_by_label("Short name").fill("Not a slug!")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_label("Short name")).to_have_attribute("aria-invalid", "true")
    await dialog.get_by_label("Short name").fill(slug)
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Zoo & Söhne is there.")).to_be_visible()

    await page.goto(f"{owner.demo.base}/admin/{slug}/start")
    await expect(page.get_by_text("You are working in Zoo & Söhne as one who runs the hub")).to_be_visible()
    await expect(page.locator("[data-step=knowledge]")).to_have_attribute("data-done", "false")
    await page.get_by_role("link", name="Open: Give the bot something to read").click()
    await page.get_by_role("button", name="Add the first document").click()
    await page.get_by_role("dialog").get_by_role("tab", name="A text").click()
    panel = page.get_by_role("dialog").get_by_role("tabpanel", name="A text")
    await panel.get_by_label("Title").fill("Zebra terms")
    await panel.get_by_label("A text", exact=True).fill("A zebra is rented for at most nine days.")
    await panel.get_by_role("button", name="Give to the bot").click()
    await expect(page.get_by_role("row", name="Zebra terms").get_by_text("Ready")).to_be_visible(timeout=SLOW)

    await page.get_by_role("link", name="The bot").click()
    await page.get_by_label("Instructions").fill("Be brief.")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    kept = await owner.demo.call("GET", f"/tenants/{slug}")
    assert kept["settings"]["bot"]["instructions"] == "Be brief."
    await page.get_by_label("Your question").fill("For how many days is a zebra rented?")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text("nine days", timeout=SLOW)
    await page.get_by_text("How it came to this: 1 source").click()
    await expect(page.get_by_role("log").get_by_role("blockquote")).to_contain_text("at most nine days")
    await page.get_by_role("link", name="First steps").click()
    for step in ("knowledge", "try"):
        await expect(page.locator(f"[data-step={step}]")).to_have_attribute("data-done", "true")
    await expect(page.locator("[data-step=channel]")).to_have_attribute("data-done", "false")

    await owner.open(page, "tenants", "Companies")
    await page.get_by_role("row", name=slug).get_by_role("button", name="Delete").click()
    await page.get_by_role("dialog").get_by_role("textbox").fill(slug)
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(page.get_by_role("row", name=slug)).to_have_count(0)


async def test_the_bubble_follows_its_designer(owner: OwnerPages) -> None:
    page = await owner.sign_in()
    await owner.open(page, "bubble", "The bubble")
    site = (await owner.demo.call("GET", "/tenants/demo/channels"))["items"]
    demo_site = next(one for one in site if one["name"] == "Demo site")
    before = await owner.demo.call("GET", f"/tenants/demo/channels/{demo_site['id']}/site")
    try:
        preview = page.get_by_role("figure", name="Preview")
        await page.get_by_label("Heading").fill("Shoes & co")
        await expect(preview).to_contain_text("Shoes & co")
        await page.get_by_label("Colour").fill("#ffd400")
        await page.get_by_label("E-mail address").check()
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
        kept = await owner.demo.call("GET", f"/tenants/demo/channels/{demo_site['id']}/site")
        assert (kept["name"], kept["color"]) == ("Shoes & co", "#ffd400")
        assert [field["name"] for field in kept["prechat"]["fields"]] == ["email"]
        await page.get_by_label("Own style rules").fill("a { background: url(https://evil.example) }")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_label("Own style rules")).to_have_attribute("aria-invalid", "true")
    finally:
        await owner.demo.call("PUT", f"/tenants/demo/channels/{demo_site['id']}/site", before)


async def test_what_models_used_is_shown_and_bounded_by_a_budget(owner: OwnerPages) -> None:
    await owner.demo.call("POST", "/tenants/demo/chat", {"message": "Which file types can I upload?"})
    page = await owner.sign_in()
    await page.get_by_role("link", name="Usage and budgets").click()
    told = await owner.demo.call("GET", "/tenants/demo/usage?by=model")
    total = page.get_by_role("row", name="Total").get_by_role("cell")
    await expect(total.first).to_have_text(f"{told['total']['calls']:,}")
    await expect(total.nth(4)).to_have_text(f"{told['total']['output_tokens']:,}")
    await page.get_by_role("button", name="Add a budget").click()
    await page.get_by_role("dialog").get_by_label("Amount").fill("12.5")
    await page.get_by_role("dialog").get_by_role("button", name="Save").click()
    card = page.get_by_role("region", name="US$12.50 a month, the whole company")
    await expect(card).to_be_visible()
    assert [one["amount"] for one in (await owner.demo.call("GET", "/tenants/demo/budgets"))["items"]] == ["12.5"]
    await card.get_by_role("button", name="Remove").click()
    await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(card).to_have_count(0)


async def test_a_key_is_made_by_keyboard_alone(owner: OwnerPages) -> None:
    page = await owner.sign_in()
    await page.get_by_role("link", name="API keys").wait_for()
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("combobox", name="What would you like to do?")).to_be_focused(timeout=SLOW)
    await page.keyboard.type("API keys")
    await expect(page.get_by_role("option", selected=True)).to_have_text("Go to API keys")
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", level=1, name="API keys").wait_for()
    await page.get_by_role("button", name="Make a key").first.wait_for()
    await _tab_to(page, "Make a key")
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_label("Name")).to_be_focused()
    await page.keyboard.type("By keyboard")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_label("Key", exact=True)).to_be_visible()
    await _tab_to(page, "Done")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("row", name="By keyboard").first).to_be_visible()


async def _tab_to(page: Page, words: str) -> None:
    """Press Tab until the button with these words has the focus."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate("() => document.activeElement.textContent.trim()") == words:
            return
    raise AssertionError(f"no way to {words!r} by Tab")


_REACHABLE = """() => {
  const fits = (part) => part.scrollWidth <= part.clientWidth + 1;
  const scrolls = (part) => ["auto", "scroll"].includes(getComputedStyle(part).overflowX);
  const main = document.querySelector("main > :last-child");
  return fits(main) && ![...main.querySelectorAll("*")].some((part) => scrolls(part) && !fits(part));
}"""
"""Whether nothing of a page, and of no table in it, must be scrolled sideways to be seen."""


async def _turn(page: Page, scheme: Literal["light", "dark"]) -> None:
    """Change the colour scheme, and wait until the page shows it."""
    await page.emulate_media(color_scheme=scheme)
    await page.wait_for_function(
        "(to) => document.documentElement.dataset.mantineColorScheme === to && !document.getAnimations().length",
        arg=scheme,
    )


async def test_every_page_is_accessible_in_both_themes_and_fits_a_phone(owner: OwnerPages) -> None:
    page = await owner.sign_in()
    found: dict[str, list[str]] = {}
    scheme: Literal["light", "dark"] = "light"
    async with owner.details() as details:
        for path in (*PAGES, *details):
            await page.set_viewport_size({"width": 1400, "height": 900})
            await page.goto(f"{owner.demo.base}/admin/demo/{path}", wait_until="commit")
            await page.get_by_role("heading", level=1).wait_for()
            await expect(page.locator("[aria-busy=true]")).to_have_count(0)
            found[f"{path} {scheme}"] = await axe(page)
            scheme = "dark" if scheme == "light" else "light"
            await _turn(page, scheme)
            found[f"{path} {scheme}"] = await axe(page, colours=True)
            await page.set_viewport_size({"width": 390, "height": 800})
            try:
                await page.wait_for_function(_REACHABLE, timeout=10_000)
            except Error:
                found[path] = ["something lies out of sight on a phone"]
    assert {path: findings for path, findings in found.items() if findings} == {}
