"""What an owner sets out to do, from the first click to what came of it, in a real browser on the running demo."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import pytest
from playwright.async_api import Page, expect

from support.owner_pages import SLOW, OwnerPages
from support.running_hub import eventually

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(480),
    pytest.mark.usefixtures("built_desk"),
]


async def test_instructions_are_changed_compared_tried_and_rolled_back(owner: OwnerPages) -> None:
    page = await owner.sign_in()
    company = await owner.company("Versions")
    await owner.open(page, "bot", "The bot", company)
    await page.get_by_role("tab", name="Versions").click()
    for words, note in (("Say madam.", "First"), ("Say friend.\nBe brief.", "Kinder")):
        await page.get_by_role("button", name="Write a version").click()
        dialog = page.get_by_role("dialog", name="Write a version")
        await dialog.get_by_label("Instructions").fill(words)
        await dialog.get_by_label("Why this version?").fill(note)
        await dialog.get_by_role("button", name="Keep it").click()
        view = page.get_by_role("dialog", name="Version")
        if note == "Kinder":
            difference = view.get_by_role("list", name="What it changes")
            await expect(difference.locator("[data-sign='-']")).to_contain_text(["Say madam."])
            await expect(difference.locator("[data-sign='+']")).to_contain_text(["Say friend.", "Be brief."])
            await view.get_by_label("What would it answer to this?").fill("Who are you?")
            await view.get_by_role("button", name="Ask").click()
            await expect(view.get_by_role("article")).to_be_visible(timeout=SLOW)
        await view.get_by_role("button", name="Answer by this version").click()
        await expect(view).to_have_count(0)
    assert await _in_use(owner, company) == "Say friend.\nBe brief."
    await page.get_by_role("button", name="Look at it: Version 1").click()
    await page.get_by_role("dialog", name="Version 1").get_by_role("button", name="Go back to this version").click()
    await expect(page.locator("[data-version='1']")).to_contain_text("In use")
    assert await _in_use(owner, company) == "Say madam."
    await page.get_by_role("tab", name="Answers").click()
    await expect(page.get_by_label("Instructions")).to_be_disabled()
    await expect(page.get_by_text("Version 1 is in use and counts instead of these.")).to_be_visible()


async def _in_use(owner: OwnerPages, company: str) -> str:
    versions = (await owner.demo.call("GET", f"/tenants/{company}/prompts"))["items"]
    return str(next(one["instructions"] for one in versions if one["in_use"]))


async def _connect(owner: OwnerPages, page: Page, company: str, kind: str, fields: dict[str, str]) -> str:
    """Connect a channel by its form; where its platform must send."""
    await owner.open(page, f"channels/new/{kind}", None, company)
    for label, value in fields.items():
        await page.get_by_label(label).first.fill(value)
    await page.get_by_role("button", name="Connect", exact=True).click()
    await page.wait_for_url("**/channels/*#connect")
    await expect(page.get_by_text("Connected", exact=True)).to_be_visible()
    channel = page.url.rsplit("/", 1)[1].split("#")[0]
    return f"{owner.demo.base}/webhooks/{kind}/{channel}"


async def _customer(owner: OwnerPages, page: Page, company: str) -> str:
    """Connect a bot of its own to the simulated Telegram; where a customer of it is controlled."""
    number = str(secrets.randbelow(10**9) + 10**9)
    bot = f"{number}:{'C' * 35}"
    await owner.demo.simulator("/control/telegram/bots", {"token": bot})
    await _connect(owner, page, company, "telegram", {"Bot token": bot})
    return f"/control/telegram/bots/{number}/people/Ada"


@asynccontextmanager
async def _without_turns(owner: OwnerPages, company: str) -> AsyncIterator[str]:
    """No turn of the bot can be begun in a company; what the error says."""
    tenant = UUID((await owner.demo.call("GET", f"/tenants/{company}"))["id"])
    said = f"out of order {tenant.hex[:8]}"
    told = json.loads(await asyncio.to_thread((owner.demo.data / "running.json").read_text))
    database = await asyncpg.connect(told["database_url"])
    name = f"hub.broken_{tenant.hex}"
    try:
        await database.execute(
            f"create function {name}() returns trigger language plpgsql as "
            f"$$ begin raise exception '{said}'; end $$; "
            f"create trigger broken_{tenant.hex} before insert on hub.turn for each row "
            f"when (new.tenant_id = '{tenant}') execute function {name}()"
        )
        yield said
    finally:
        await database.execute(f"drop function if exists {name}() cascade")
        await database.close()


async def test_what_could_not_be_worked_on_is_tried_again(owner: OwnerPages) -> None:
    page = await owner.sign_in()
    company = await owner.company("Poison")
    chat = await _customer(owner, page, company)
    async with _without_turns(owner, company) as said:
        await owner.demo.simulator(chat, {"act": "say", "text": "Hello"})
        await owner.open(page, "ledger", "Message ledger", company)
        row = page.get_by_role("row").filter(has_text="Dead: given up")
        await expect(row).to_contain_text(said, timeout=120_000)
    await row.get_by_role("button", name="Details").click()
    entry = page.get_by_role("dialog", name="What came in")
    await expect(entry).to_contain_text("Hello")
    await entry.get_by_role("button", name="Have the bot read it again").click()
    await expect(entry).to_have_count(0)
    await expect(row).to_have_count(0, timeout=SLOW)
    await expect(page.locator("[data-outcome=dead] strong")).to_have_text("0", timeout=SLOW)
    await expect(page.locator("[data-outcome=answered] strong")).to_have_text("1", timeout=SLOW)


async def test_what_did_not_go_out_is_sent_again(owner: OwnerPages) -> None:
    page = await owner.sign_in()
    company = await owner.company("Letters")
    chat = await _customer(owner, page, company)

    async def heard(words: str) -> bool:
        return words in str(await owner.demo.simulator(chat, method="GET"))

    await owner.demo.simulator(chat, {"act": "say", "text": "Hello"})
    base = f"/tenants/{company}"

    async def talk() -> str | None:
        found = (await owner.demo.call("GET", f"{base}/conversations"))["items"]
        return str(found[0]["id"]) if found else None

    conversation = await eventually(talk, seconds=30, what="the conversation")
    await owner.demo.simulator(chat, {"act": "block"})
    for words in ("Your parcel is on its way.", "It comes on Monday."):
        said = {"parts": [{"type": "text", "text": words}]}
        await owner.demo.call("POST", f"{base}/conversations/{conversation}/messages", said)
    await owner.open(page, "ledger", "Message ledger", company)
    await page.get_by_role("tab", name="Did not go out").click()
    row = page.get_by_role("row", name="Your parcel is on its way.")
    await expect(row).to_contain_text("Not sent", timeout=SLOW)
    unsent = page.locator("[data-outcome=unsent] strong")
    await expect(unsent).to_have_text("2", timeout=SLOW)
    await owner.demo.simulator(chat, {"act": "unblock"})
    await row.get_by_role("button", name="Send again").click()
    await expect(row).to_have_count(0, timeout=SLOW)
    await expect(unsent).to_have_text("1", timeout=SLOW)

    # All that is left, by the day it came.
    await page.get_by_role("button", name="Send 1 message again").click()
    dialog = page.get_by_role("dialog", name="Send 1 message again")
    await dialog.get_by_label("To").fill("2020-01-01")
    await dialog.get_by_role("button", name="Try again").click()
    await expect(page.get_by_text("0 are tried again")).to_be_visible()
    await page.get_by_role("button", name="Send 1 message again").click()
    await dialog.get_by_label("From").fill("2020-01-01")
    await dialog.get_by_role("button", name="Try again").click()
    await expect(unsent).to_have_text("0", timeout=SLOW)

    async def arrived() -> bool:
        return await heard("Your parcel is on its way.") and await heard("It comes on Monday.")

    await eventually(arrived, seconds=30, what="the messages, sent again")


async def test_the_example_goes_in_and_out_and_the_tour_leads_through(owner: OwnerPages) -> None:
    await owner.calm()
    page = await owner.sign_in()
    company = await owner.company("Example")
    await owner.knows(company, "Own", "The lighthouse is red.")
    await owner.open(page, "start", "First steps", company)
    await page.get_by_role("button", name="Fill with the example").click()
    await expect(page.locator("[data-example=true]")).to_be_visible(timeout=60_000)
    base = f"/tenants/{company}"
    talks = (await owner.demo.call("GET", f"{base}/conversations"))["items"]
    assert len(talks) == 3
    assert len((await owner.demo.call("GET", f"{base}/documents"))["items"]) == 4
    await page.get_by_role("button", name="Take the example out").click()
    await page.get_by_role("dialog").get_by_role("button", name="Take the example out").click()
    await expect(page.locator("[data-example=false]")).to_be_visible()
    assert (await owner.demo.call("GET", f"{base}/conversations"))["items"] == []
    assert [one["title"] for one in (await owner.demo.call("GET", f"{base}/documents"))["items"]] == ["Own"]
    assert (await owner.demo.call("GET", f"{base}/contacts"))["items"] == []

    await page.get_by_role("link", name="Show me around").click()
    tour = page.get_by_role("region", name="Tour")
    for title in ("Knowledge", "The bot", "Channels", "The bubble"):
        await expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
        await tour.get_by_role("button", name="Next").click()
    await tour.get_by_role("button", name="Back").click()
    await expect(page.get_by_role("heading", level=1, name="The bubble")).to_be_visible()
    await tour.get_by_role("button", name="End the tour").click()
    await expect(page.get_by_role("heading", level=1, name="First steps")).to_be_visible()
    await expect(tour).to_have_count(0)
