"""Longer ways of an owner, in a real browser: an answer put right in place, a website read, judged questions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from playwright.async_api import Page, expect

from support.owner_pages import OwnerPages
from support.running_hub import eventually

PATIENT = 120_000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(480),
    pytest.mark.usefixtures("built_desk"),
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


async def test_judged_questions_stand_before_the_use_of_a_version(owner: OwnerPages) -> None:
    await owner.calm()
    page = await owner.sign_in()
    company = await owner.company("Judged")
    await owner.knows(company, "Zebra terms", "A zebra is rented for at most nine days.")
    await owner.demo.call("POST", f"/tenants/{company}/prompts", {"instructions": "Be brief."})
    await owner.open(page, "bot", "The bot", company)
    await page.get_by_role("tab", name="Evaluation").click()
    await page.get_by_role("button", name="New set of questions").click()
    dialog = page.get_by_role("dialog", name="New set of questions")
    await dialog.get_by_label("Name").fill("Terms")
    await dialog.get_by_label("Right answers, at least").fill("50")
    await dialog.get_by_label("Blocks versions that miss its bounds").check()
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)
    await page.get_by_role("button", name="Add questions: Terms").click()
    dialog = page.get_by_role("dialog", name="Add questions")
    await dialog.get_by_role("textbox").fill("For how many days is a zebra rented?")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)
    await page.get_by_role("button", name="1 question: Terms").click()
    dialog = page.get_by_role("dialog", name="Terms")
    await dialog.get_by_role("button", name="Remove: For how many days").click()
    await expect(dialog).to_contain_text("No questions in this set")
    await page.get_by_role("button", name="Undo").click()
    judged = dialog.get_by_role("combobox", name="Must end in: For how many days is a zebra rented?")
    await expect(judged).to_have_value("an answer")
    await dialog.get_by_role("button", name="Close").click()
    await expect(page.locator("[data-set=Terms]")).to_contain_text("1 question")

    await _put_to_use(page)
    await expect(page.get_by_text("stands before the use of versions")).to_be_visible()
    await page.get_by_role("dialog").get_by_role("button", name="Close").click()
    await page.get_by_role("tab", name="Evaluation").click()
    await page.get_by_role("combobox", name="Under which version: Terms").click()
    await page.get_by_role("option", name="Version 1").click()
    await page.get_by_role("button", name="Ask them all: Terms").click()
    await expect(page.locator("[data-run=done]")).to_contain_text("Bounds reached", timeout=PATIENT)
    await _put_to_use(page)
    await expect(page.locator("[data-version='1']")).to_contain_text("In use")
    (version,) = (await owner.demo.call("GET", f"/tenants/{company}/prompts"))["items"]
    assert version["in_use"]


async def _put_to_use(page: Page) -> None:
    await page.get_by_role("tab", name="Versions").click()
    await page.get_by_role("button", name="Look at it: Version 1").click()
    view = page.get_by_role("dialog", name="Version 1")
    await view.get_by_role("button", name="Answer by this version").click()


async def test_passages_are_cut_otherwise_and_found_by_another_model_and_back(owner: OwnerPages) -> None:
    await owner.calm()
    page = await owner.sign_in()
    company = await owner.company("Index")
    await owner.knows(company, "Zebra terms", "# Rental\n\nA zebra is rented for at most nine days.")
    await owner.open(page, "knowledge/indexing", "Knowledge", company)
    await page.get_by_label("After so many tokens").check()
    await page.get_by_role("textbox", name="Size").fill("100")
    await page.get_by_role("textbox", name="Overlap").fill("80")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("The overlap is more than half of the size.")).to_be_visible()
    await page.get_by_role("textbox", name="Overlap").fill("10")
    await page.get_by_role("button", name="Save").click()

    async def cut_anew() -> bool:
        cut = await owner.demo.call("GET", f"/tenants/{company}/chunking")
        return (cut["strategy"], cut["size"], cut["overlap"], cut["current"]) == ("fixed", 100, 10, 1)

    await eventually(cut_anew, seconds=120, what="the document, cut anew")
    await expect(page.locator("[data-cut='1/1']")).to_be_visible(timeout=PATIENT)

    (first,) = (await owner.demo.call("GET", f"/tenants/{company}/embedding-sets"))["items"]
    await page.get_by_role("button", name="Another model").click()
    dialog = page.get_by_role("dialog", name="Another model")
    await dialog.get_by_role("button", name="Begin to fill").click()
    await expect(dialog).to_have_count(0)
    await page.get_by_role("button", name="Compare them").click()
    await expect(page.get_by_role("table").get_by_role("row")).to_have_count(3, timeout=PATIENT)
    for model in ("sim-embedding", first["model"]):
        await page.get_by_role("button", name=f"Switch to it: {model}").click()
        await page.get_by_role("dialog").get_by_role("button", name="Switch to it").click()
        await expect(page.locator("[data-state=active]")).to_contain_text(model)
    await page.get_by_role("button", name="Remove: sim-embedding").click()
    await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(page.locator("[data-state=ready]")).to_have_count(0)
    sets = (await owner.demo.call("GET", f"/tenants/{company}/embedding-sets"))["items"]
    assert [(one["model"], one["state"]) for one in sets] == [(first["model"], "active")]
