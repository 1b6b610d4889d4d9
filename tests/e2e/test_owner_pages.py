"""The owner's pages in a real browser, on the demo as anybody starts it."""

from __future__ import annotations

import time
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from playwright.async_api import expect

from support.owner_pages import SLOW, OwnerPages
from support.running_hub import eventually

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("built_desk"),
]


async def test_a_channel_is_connected_checked_switched_off_and_deleted(owner: OwnerPages) -> None:
    page = await owner.sign_in()
    await page.get_by_role("link", name="Channels").click()
    await page.get_by_role("link", name="Connect a channel").click()
    await page.get_by_role("link", name="Telegram A bot that people write to.").click()
    await page.get_by_label("Bot token").fill("not a token")
    await page.get_by_role("button", name="Connect", exact=True).click()
    await expect(page.get_by_text("bot_token must look like 123456789:ABC")).to_be_visible()
    await expect(page.get_by_label("Bot token")).to_have_value("not a token")
    await page.get_by_label("Name (optional)", exact=True).fill("Second bot")
    await page.get_by_label("Bot token").fill(f"7000000077:{'A' * 35}")
    await page.get_by_role("button", name="Connect", exact=True).click()
    await expect(page.get_by_role("heading", name="Second bot", level=1)).to_be_visible()
    # The simulated Telegram knows no such bot, and the page says so without being asked.
    await expect(page.get_by_label("To mend").first).to_be_visible()
    channel = page.url.rsplit("/", 1)[1].split("#")[0]
    await expect(page.get_by_label("Webhook address", exact=True)).to_have_text(
        f"{owner.demo.base}/webhooks/telegram/{channel}"
    )
    await page.get_by_role("tab", name="What it can show").click()
    await expect(page.get_by_role("row", name="Characters in a message")).to_contain_text("4,096")
    await page.get_by_role("button", name="Switch off").click()
    await page.get_by_role("dialog").get_by_role("button", name="Switch off").click()
    await expect(page.get_by_text("Switched off", exact=True)).to_be_visible()
    assert not (await owner.demo.call("GET", f"/tenants/demo/channels/{channel}"))["enabled"]
    await page.get_by_role("tab", name="Change").click()
    await page.get_by_role("button", name="Delete the channel").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("button", name="Delete the channel")).to_be_disabled()
    await dialog.get_by_role("textbox").fill("Second bot")
    await dialog.get_by_role("button", name="Delete the channel").click()
    await expect(page.get_by_role("heading", name="Channels", level=1)).to_be_visible()
    await expect(page.get_by_role("link", name="Second bot")).to_have_count(0)


async def test_the_simulated_channels_are_well_and_lead_to_where_one_tries_them(owner: OwnerPages) -> None:
    page = await owner.sign_in()
    await owner.open(page, "channels", "Channels")
    await page.get_by_role("link", name="Simulated WhatsApp").click()
    await page.get_by_role("button", name="Check now").click()
    await expect(page.get_by_label("Good").first).to_be_visible()
    await expect(page.get_by_label("To mend")).to_have_count(0)
    trial = await page.get_by_role("link", name="Try it").get_attribute("href")
    assert trial is not None
    assert trial in owner.demo.said()


async def test_who_may_not_is_told_which_permission_it_takes(owner: OwnerPages) -> None:
    page = await owner.sign_in("agent")
    await owner.open(page, "channels", "Channels")
    await expect(page.get_by_role("link", name="Connect a channel")).to_have_count(0)
    await owner.open(page, "channels/new", "You may not see this")
    await expect(page.get_by_text("channels:write")).to_be_visible()


async def test_documents_are_given_read_found_and_deleted(owner: OwnerPages, tmp_path: Path) -> None:
    page = await owner.sign_in()
    await page.get_by_role("link", name="Knowledge").click()
    await page.get_by_role("button", name="Add knowledge").click()
    good, bad = tmp_path / "zebra-terms.md", tmp_path / "picture.png"
    good.write_text("# Zebra rental\n\nA zebra is rented for at most nine days.\n")
    bad.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Choose files").set_input_files([good, bad])
    await expect(dialog.get_by_text("Given to the bot")).to_have_count(2, timeout=SLOW)
    await page.keyboard.press("Escape")
    rental = page.get_by_role("row", name="Zebra rental")
    await expect(rental.get_by_text("Ready")).to_be_visible(timeout=SLOW)
    picture = page.get_by_role("row", name="picture.png")
    await expect(picture.get_by_text("Could not be read")).to_be_visible(timeout=SLOW)
    await expect(picture).to_contain_text("This is a picture.")

    await rental.get_by_role("link", name="Zebra rental").click()
    await expect(page.get_by_role("article")).to_contain_text("at most nine days")
    await owner.open(page, "knowledge/search", "Knowledge")
    await page.get_by_label("Question").fill("How long may I rent a zebra?")
    await page.keyboard.press("Enter")
    first = page.get_by_role("article").first
    await expect(first).to_contain_text("at most nine days")
    asked = {"query": "How long may I rent a zebra?", "settings": {"cache": False}}
    told = (await owner.demo.call("POST", "/tenants/demo/search", asked))["items"][0]
    await expect(first.locator("strong").last).to_have_text(f"{told['score']:.3f}".rstrip("0").rstrip("."))
    await page.get_by_text("Every stage of the search").click()
    await expect(page.get_by_role("row", name="Zebra rental")).to_contain_text("(1)")

    for name in ("Zebra rental", "picture.png"):
        await owner.open(page, "knowledge", "Knowledge")
        await page.get_by_role("button", name=f"More for {name}").click()
        await page.get_by_role("menuitem", name="Delete").click()
        await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        await expect(page.get_by_role("link", name=name)).to_have_count(0)


async def test_a_website_that_may_not_be_read_is_refused_in_words_and_a_context_is_made(owner: OwnerPages) -> None:
    page = await owner.sign_in()
    await owner.open(page, "knowledge/websites", "Knowledge")
    await page.get_by_role("button", name="Add a website").click()
    await page.get_by_label("Where to begin").fill(f"{owner.demo.base}/demo/")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("is not open to calls")).to_be_visible()
    await page.keyboard.press("Escape")
    name = f"Shop {time.time_ns()}"
    await page.get_by_role("tab", name="Contexts").click()
    await page.get_by_label("New context").fill(name)
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name=name).click()
    await expect(page.get_by_text("No document fits this filter.")).to_be_visible()


async def test_a_key_is_made_works_and_is_taken_back(owner: OwnerPages) -> None:
    page = await owner.sign_in()
    await page.get_by_role("link", name="API keys").click()
    await page.get_by_role("button", name="Make a key").first.click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("Till")
    await dialog.get_by_label("knowledge:read").check()
    await dialog.get_by_role("button", name="Make a key").click()
    key = await dialog.get_by_label("Key", exact=True).text_content()
    headers = {"Authorization": f"Bearer {key}"}
    documents = f"{owner.demo.base}/api/v1/tenants/demo/documents"
    async with aiohttp.ClientSession(headers=headers) as http:
        assert (await http.get(documents)).status == 200
        assert (await http.get(f"{owner.demo.base}/api/v1/tenants/demo/webhooks")).status == 403
        await dialog.get_by_role("button", name="Done").click()
        await page.get_by_role("button", name="Take back: Till").first.click()
        await page.get_by_role("dialog").get_by_role("button", name="Take back").click()
        await expect(page.get_by_role("row", name="Till").first).to_contain_text("Taken back")
        assert (await http.get(documents)).status == 401
    assert key is not None
    assert key not in await page.content()


async def test_an_endpoint_is_tested_gets_events_and_one_of_them_again(owner: OwnerPages) -> None:
    heard: list[dict[str, str]] = []

    async def hook(request: web.Request) -> web.Response:
        heard.append({"type": (await request.json())["type"], "id": request.headers["webhook-id"]})
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/hook", hook)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", owner.demo.outside_port).start()
    try:
        page = await owner.sign_in()
        await page.get_by_role("link", name="Webhooks").click()
        await page.get_by_role("button", name="Add an endpoint").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Address").fill("http://example.com/hook")
        await dialog.get_by_role("button", name="Save").click()
        await expect(dialog.get_by_text("must start with https://")).to_be_visible()
        await dialog.get_by_label("Address").fill(f"http://127.0.0.1:{owner.demo.outside_port}/hook")
        await dialog.get_by_label("Name (optional)").fill("Till program")
        await dialog.get_by_role("button", name="Save").click()
        await expect(dialog.get_by_label("Signing secret", exact=True)).to_contain_text("whsec_")
        await dialog.get_by_role("button", name="Done").click()
        await page.get_by_role("link", name="Till program").click()
        await page.get_by_role("button", name="Send a test event").click()
        await expect(page.get_by_text("It answered 204. All is well.")).to_be_visible()
        assert [one["type"] for one in heard] == ["webhook.test"]

        text = {"title": "Hook", "text": f"Told to the till at {time.time_ns()}."}
        document = await owner.demo.call("POST", "/tenants/demo/documents", text)
        row = page.get_by_role("row", name="document.indexed").first
        await expect(row).to_contain_text("Delivered", timeout=SLOW)
        await expect(row).to_contain_text("204")
        await expect(page.get_by_text("1 of 1 that ended")).to_be_visible(timeout=SLOW)
        before = len(heard)
        await row.get_by_role("button", name="Send again").click()
        await expect(page.get_by_text("It is sent again")).to_be_visible()
        await eventually(lambda: len(heard) > before, what="the replay")
        assert heard[-1] == heard[before - 1], "the same event under the same id"
        # And all events from that one on, by their numbers.
        number = (await row.get_by_text("number").text_content() or "").removeprefix("number ").replace(",", "")
        before = len(heard)
        await page.get_by_role("button", name="Send a range again").click()
        await dialog.get_by_role("textbox", name="First number").fill(number)
        await dialog.get_by_role("textbox", name="Last number").fill(str(int(number) - 1))
        await expect(dialog.get_by_role("button", name="Send again")).to_be_disabled()
        await dialog.get_by_role("textbox", name="Last number").fill(number)
        await dialog.get_by_role("button", name="Send again").click()
        await expect(page.get_by_text("1 event is sent again")).to_be_visible()
        await eventually(lambda: len(heard) > before, what="the replay by number")
        await page.get_by_role("button", name="Remove").click()
        await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
        await expect(page.get_by_role("heading", name="Webhooks", level=1)).to_be_visible()
        await expect(page.get_by_text("Till program")).to_have_count(0)
        await owner.demo.call("DELETE", f"/tenants/demo/documents/{document['id']}")
    finally:
        await runner.cleanup()


async def test_what_came_in_is_in_the_ledger_and_what_was_done_in_the_log(owner: OwnerPages) -> None:
    asked = f"What of invoice {time.time_ns()}?"
    await owner.demo.call("POST", "/tenants/demo/chat", {"message": asked})
    page = await owner.sign_in()
    await page.get_by_role("link", name="Message ledger").click()
    await page.get_by_role("button", name="Details").first.click()
    await expect(page.get_by_role("dialog")).to_contain_text(asked)
    await page.keyboard.press("Escape")
    counts = await owner.demo.call("GET", "/tenants/demo/ledger")
    answered = sum(one["count"] for one in counts["outcomes"] if one["outcome"] == "answered")
    await expect(page.locator("[data-outcome=answered] strong")).to_have_text(f"{answered:,}")
    await owner.open(page, "audit?act=member.added", "Audit log")
    await expect(page.get_by_role("row", name="member.added").first).to_be_visible()
    await owner.open(page, "system", "System")
    await expect(page.get_by_text("PostgreSQL")).to_be_visible()
    await expect(page.get_by_role("row", name="Work in the background")).to_contain_text("Alive")
