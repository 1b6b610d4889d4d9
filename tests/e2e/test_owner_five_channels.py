"""From a company in which nothing is yet to a cited answer on each of the five channels, all of it in the browser."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from support.owner_pages import OwnerPages
from support.pdf_maker import make_pdf

PATIENT = 120_000
NINE = "A zebra is rented for at most nine days."
ASKED = "For how many days is a zebra rented?"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("built_desk"),
]


async def test_from_a_new_company_to_a_cited_answer_on_each_of_the_five_channels(
    owner: OwnerPages, tmp_path: Path
) -> None:
    await owner.calm()
    page = await owner.sign_in()
    company = await owner.company("Zoo")
    await _give_pdf(owner, page, company, tmp_path / "zebra-terms.pdf")
    number = str(secrets.randbelow(10**9) + 10**9)
    secret = secrets.token_hex(16)
    await _connect_all(owner, page, company, number, secret)

    chats = {"telegram": f"?bot={number}", "whatsapp": f"?number={number}", "messenger": f"?page={number}"}
    for kind, query in (chats | {"slack": f"?team=T{number}"}).items():
        chat = await owner.beside(f"{owner.demo.simulator_pages()}/{kind}/{query}")
        await _ask(chat)
        await expect(chat.get_by_role("log")).to_contain_text("nine days", timeout=PATIENT)
        await chat.close()
    channels = (await owner.demo.call("GET", f"/tenants/{company}/channels"))["items"]
    site = next(one for one in channels if one["kind"] == "webchat" and one["name"] == "Website")
    hosted = await owner.beside(f"{owner.demo.base}/chat/{site['site_key']}")
    await hosted.get_by_label("Write a message").fill(ASKED)
    await hosted.keyboard.press("Enter")
    cited = hosted.locator("article[data-author=bot]:has(.sources)")
    await expect(cited).to_contain_text("nine days", timeout=PATIENT)
    await hosted.close()

    talks = (await owner.demo.call("GET", f"/tenants/{company}/conversations"))["items"]
    assert {talk["channel_id"] for talk in talks} == {one["id"] for one in channels if one["name"] != "API"}
    for talk in talks:
        messages = (await owner.demo.call("GET", f"/tenants/{company}/conversations/{talk['id']}/messages"))["items"]
        sources = [source["title"] for message in messages for source in message["citations"]]
        assert any("zebra" in title.lower() for title in sources), (talk["channel_id"], messages)
    await owner.open(page, "start", "First steps", company)
    for step in ("knowledge", "channel", "first"):
        await expect(page.locator(f"[data-step={step}]")).to_have_attribute("data-done", "true")


async def _give_pdf(owner: OwnerPages, page: Page, company: str, terms: Path) -> None:
    await asyncio.to_thread(terms.write_bytes, make_pdf(["Zebra terms", NINE]))
    await owner.open(page, "start", "First steps", company)
    await page.get_by_role("link", name="Open: Give the bot something to read").click()
    await page.get_by_role("button", name="Add the first document").click()
    await page.get_by_role("dialog").get_by_label("Choose files").set_input_files([terms])
    await expect(page.get_by_role("dialog").get_by_text("Given to the bot")).to_be_visible(timeout=PATIENT)
    await page.keyboard.press("Escape")
    row = page.get_by_role("row").filter(has_text="zebra")
    await expect(row.get_by_text("Ready")).to_be_visible(timeout=PATIENT)


async def _connect_all(owner: OwnerPages, page: Page, company: str, number: str, secret: str) -> None:
    """Connect all five by their forms, each to an account that the simulated platforms know."""
    simulator = owner.demo.simulator
    token = f"EAA{secret}"
    await simulator("/control/telegram/bots", {"token": f"{number}:{'B' * 35}"})
    await _connect(owner, page, company, "telegram", {"Bot token": f"{number}:{'B' * 35}"})

    account = {"id": number, "token": token, "app_secret": secret, "account": f"9{number}"}
    await simulator("/control/whatsapp/numbers", account)
    fields = {"Phone number ID": number, "Access token": token, "App secret": secret}
    account_field = {"WhatsApp Business Account ID (optional)": f"9{number}"}
    await _connect(owner, page, company, "whatsapp", fields | account_field)

    fields = {"Page ID": number, "Page access token": token, "App secret": secret, "Verify token": secret}
    facebook = {"page_id": number, "token": token, "app_secret": secret, "verify_token": secret}
    await simulator("/control/messenger/pages", facebook)
    hook = await _connect(owner, page, company, "messenger", fields)
    await simulator("/control/messenger/pages", facebook | {"url": hook})

    app, team, bot = f"A{number}", f"T{number}", f"xoxb-{secret}"
    fields = {"Bot User OAuth Token": bot, "Signing secret": secret, "App ID": app, "Workspace ID": team}
    hook = await _connect(owner, page, company, "slack", fields)
    workspace = {"token": bot, "app_id": app, "team_id": team, "signing_secret": secret, "url": hook}
    await simulator("/control/slack/apps", workspace)

    await _connect(owner, page, company, "webchat", {"Your sites": owner.demo.base})


async def _connect(owner: OwnerPages, page: Page, company: str, kind: str, fields: dict[str, str]) -> str:
    """Connect a channel by its form; where its platform must send."""
    await owner.open(page, f"channels/new/{kind}", None, company)
    for label, value in fields.items():
        await page.get_by_label(label, exact=True).fill(value)
    await page.get_by_role("button", name="Connect", exact=True).click()
    await page.wait_for_url("**/channels/*#connect")
    await expect(page.get_by_text("Connected", exact=True)).to_be_visible()
    channel = page.url.rsplit("/", 1)[1].split("#")[0]
    return f"{owner.demo.base}/webhooks/{kind}/{channel}"


async def _ask(chat: Page) -> None:
    """Ask as a customer who writes for the first time: some platforms have a button to begin with."""
    field = chat.get_by_label("Message", exact=True)
    begin = chat.get_by_role("button", name="Start", exact=True)
    await expect(field.or_(begin).first).to_be_visible()
    if await begin.is_visible():
        await begin.click()
    await field.fill(ASKED)
    await chat.keyboard.press("Enter")
