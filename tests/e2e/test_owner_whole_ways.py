"""Longer ways of an owner, in a real browser: an answer put right where it was seen, a website read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from playwright.async_api import expect

from hub.http.desk_pages import BUILT
from support.owner_pages import OwnerPages

PATIENT = 120_000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(480),
    pytest.mark.skipif(not (BUILT / "index.html").is_file(), reason="needs the built desk: pip install -e ."),
]


async def test_an_answer_is_put_right_where_it_was_seen(owner: OwnerPages) -> None:
    await owner.calm()
    company = await owner.company("Fixes")
    base = f"/tenants/{company}"
    await owner.knows(company, "Returns", "Articles may be sent back within thirty days of delivery.")
    asked = await owner.demo.call(
        "POST", f"{base}/chat", {"message": "Within how many days may articles be sent back?"}
    )
    # Without money for a model the bot quotes its documents or says that it knows nothing, and never makes things up.
    budget = {"scope": "tenant", "period": "day", "unit": "tokens", "amount": "1"}
    await owner.demo.call("POST", f"{base}/budgets", budget)
    await owner.demo.call("POST", f"{base}/chat", {"message": "Is there a voucher for students?"})
    page = await owner.sign_in()
    await owner.open(page, f"inbox/open/{asked['conversation_id']}", None, company)
    await page.get_by_role("button", name="Why this answer").first.click()
    await page.get_by_role("button", name="Fix it here").click()
    dialog = page.get_by_role("dialog", name="Fix it here")
    await dialog.get_by_role("tab", name="Correct the passage").click()
    passage = dialog.get_by_label("Passage", exact=True)
    await expect(passage).to_have_value("Articles may be sent back within thirty days of delivery.")
    await passage.fill("Articles may be sent back within forty days of delivery.")
    await dialog.get_by_role("button", name="Try it first").click()
    await expect(dialog.get_by_role("article")).to_contain_text("forty days", timeout=PATIENT)
    await dialog.get_by_role("button", name="Publish").click()
    await expect(dialog).to_have_count(0)
    await owner.until_ready(company)
    again = await owner.demo.call(
        "POST", f"{base}/chat", {"message": "Within how many days may articles be sent back?"}
    )
    assert "forty days" in str(again["message"]["parts"])

    await page.get_by_role("link", name="Unanswered questions").click()
    await page.get_by_role("button", name="Answer it: Is there a voucher for students?").click()
    dialog = page.get_by_role("dialog", name="Fix it here")
    await expect(dialog.get_by_label("Question")).to_have_value("Is there a voucher for students?")
    await dialog.get_by_label("Answer", exact=True).fill("Students get a voucher of ten percent.")
    await dialog.get_by_role("button", name="Try it first").click()
    await expect(dialog.get_by_role("article")).to_contain_text("ten percent", timeout=PATIENT)
    await dialog.get_by_role("button", name="Publish").click()
    await expect(dialog).to_have_count(0)
    await owner.until_ready(company)
    voucher = await owner.demo.call("POST", f"{base}/chat", {"message": "Is there a voucher for students?"})
    assert "ten percent" in str(voucher["message"]["parts"])
    assert voucher["citations"][0]["title"] == "Is there a voucher for students?"


@asynccontextmanager
async def _website(port: int) -> AsyncIterator[str]:
    """A small site of two pages that takes a moment for each."""

    async def answer(request: web.Request) -> web.Response:
        pages = {"/": "<a href='/opening'>Opening</a> Welcome to the shop.", "/opening": "The shop opens at ten."}
        if request.path not in pages:
            raise web.HTTPNotFound
        title = "Opening" if request.path == "/opening" else "Shop"
        page = f"<html><head><title>{title}</title></head><body><main><h1>{title}</h1><p>{pages[request.path]}</p>"
        return web.Response(text=page, content_type="text/html")

    app = web.Application()
    app.router.add_get("/{rest:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


async def test_a_website_is_read_while_one_watches_and_again(owner: OwnerPages) -> None:
    await owner.calm()
    page = await owner.sign_in()
    company = await owner.company("Crawl")
    async with _website(owner.demo.outside_port) as address:
        await owner.open(page, "knowledge/websites", "Knowledge", company)
        await page.get_by_role("button", name="Add a website").first.click()
        await page.get_by_label("Where to begin").fill(f"{address}/")
        await page.keyboard.press("Enter")
        card = page.get_by_role("region", name="127.0.0.1")
        await expect(card).to_contain_text("2 pages read", timeout=PATIENT)
        await expect(card.get_by_text("Read", exact=True)).to_be_visible(timeout=PATIENT)
        await owner.until_ready(company)
        answer = await owner.demo.call("POST", f"/tenants/{company}/chat", {"message": "When does the shop open?"})
        assert "ten" in str(answer["message"]["parts"])
        assert answer["citations"][0]["url"] == f"{address}/opening"
        await card.get_by_role("button", name="Read again").click()
        await expect(card).to_contain_text("2 unchanged", timeout=PATIENT)
        await card.get_by_role("button", name="Remove").click()
        await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
        await expect(card).to_have_count(0)
