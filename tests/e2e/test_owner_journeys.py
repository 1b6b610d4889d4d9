"""What an owner sets out to do, from the first click to what came of it, in a real browser on the running demo."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import Page, expect

from hub.http.desk_pages import BUILT
from support.owner_pages import SLOW, OwnerPages
from support.pdf_maker import make_pdf
from support.running_hub import eventually

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.skipif(not (BUILT / "index.html").is_file(), reason="needs the built desk: pip install -e ."),
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


async def test_an_answer_is_put_right_where_it_was_seen(owner: OwnerPages) -> None:
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
    await expect(dialog.get_by_role("article")).to_contain_text("forty days", timeout=SLOW)
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
    await expect(dialog.get_by_role("article")).to_contain_text("ten percent", timeout=SLOW)
    await dialog.get_by_role("button", name="Publish").click()
    await expect(dialog).to_have_count(0)
    await owner.until_ready(company)
    voucher = await owner.demo.call("POST", f"{base}/chat", {"message": "Is there a voucher for students?"})
    assert "ten percent" in str(voucher["message"]["parts"])
    assert voucher["citations"][0]["title"] == "Is there a voucher for students?"


NINE = "A zebra is rented for at most nine days."
ASKED = "For how many days is a zebra rented?"


async def test_from_a_new_company_to_a_cited_answer_on_each_of_the_five_channels(
    owner: OwnerPages, tmp_path: Path
) -> None:
    page = await owner.sign_in()
    company = await owner.company("Zoo")
    terms = tmp_path / "zebra-terms.pdf"
    await asyncio.to_thread(terms.write_bytes, make_pdf(["Zebra terms", NINE]))
    await owner.open(page, "start", "First steps", company)
    await page.get_by_role("link", name="Open: Give the bot something to read").click()
    await page.get_by_role("button", name="Add the first document").click()
    await page.get_by_role("dialog").get_by_label("Choose files").set_input_files([terms])
    await expect(page.get_by_role("dialog").get_by_text("Given to the bot")).to_be_visible(timeout=SLOW)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("row", name="zebra-terms").get_by_text("Ready")).to_be_visible(timeout=SLOW)

    number = str(secrets.randbelow(10**9) + 10**9)
    secret = secrets.token_hex(16)
    bot = f"{number}:{'B' * 35}"
    await owner.demo.simulator("/control/telegram/bots", {"token": bot})
    await _connect(owner, page, company, "telegram", {"Bot token": bot})
    account = {"id": number, "token": f"EAA{secret}", "app_secret": secret, "account": f"9{number}"}
    await owner.demo.simulator("/control/whatsapp/numbers", account)
    fields = {"Phone number ID": number, "Access token": f"EAA{secret}", "App secret": secret}
    fields["WhatsApp Business Account ID"] = f"9{number}"
    await _connect(owner, page, company, "whatsapp", fields)
    fields = {"Page ID": number, "Page access token": f"EAA{secret}", "App secret": secret, "Verify token": secret}
    messenger = {"page_id": number, "token": f"EAA{secret}", "app_secret": secret, "verify_token": secret}
    await owner.demo.simulator("/control/messenger/pages", messenger)
    hook = await _connect(owner, page, company, "messenger", fields)
    await owner.demo.simulator("/control/messenger/pages", messenger | {"url": hook})
    app, team, token = f"A{number}", f"T{number}", f"xoxb-{secret}"
    fields = {"Bot User OAuth Token": token, "Signing secret": secret, "App ID": app, "Workspace ID": team}
    hook = await _connect(owner, page, company, "slack", fields)
    slack = {"token": token, "app_id": app, "team_id": team, "signing_secret": secret, "url": hook}
    await owner.demo.simulator("/control/slack/apps", slack)
    await _connect(owner, page, company, "webchat", {"Your sites": owner.demo.base})

    chats = {"telegram": f"?bot={number}", "whatsapp": f"?number={number}", "messenger": f"?page={number}"}
    for kind, query in (chats | {"slack": f"?team={team}"}).items():
        chat = await owner.beside(f"{owner.demo.simulator_pages()}/{kind}/{query}")
        for name in ("Start", "Say hello"):
            if await chat.get_by_role("button", name=name).is_visible():
                await chat.get_by_role("button", name=name).click()
        await chat.get_by_label("Message", exact=True).fill(ASKED)
        await chat.keyboard.press("Enter")
        await expect(chat.get_by_role("log")).to_contain_text("nine days", timeout=SLOW)
        await chat.close()
    channels = (await owner.demo.call("GET", f"/tenants/{company}/channels"))["items"]
    site = next(one for one in channels if one["kind"] == "webchat" and "API" not in one["name"])
    hosted = await owner.beside(f"{owner.demo.base}/chat/{site['site_key']}")
    await hosted.get_by_label("Write a message").fill(ASKED)
    await hosted.keyboard.press("Enter")
    await expect(hosted.locator("article[data-author=bot]:has(.sources)")).to_contain_text("nine days", timeout=SLOW)
    await hosted.close()

    talks = (await owner.demo.call("GET", f"/tenants/{company}/conversations"))["items"]
    assert len(talks) == 5
    for talk in talks:
        messages = (await owner.demo.call("GET", f"/tenants/{company}/conversations/{talk['id']}/messages"))["items"]
        cited = [c["title"] for m in messages for c in m["citations"]]
        assert "zebra-terms" in str(cited), (talk["channel_id"], messages)
    await owner.open(page, "start", "First steps", company)
    for step in ("knowledge", "channel", "first"):
        await expect(page.locator(f"[data-step={step}]")).to_have_attribute("data-done", "true")


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
    page = await owner.sign_in()
    company = await owner.company("Crawl")
    async with _website(owner.demo.outside_port) as address:
        await owner.open(page, "knowledge/websites", "Knowledge", company)
        await page.get_by_role("button", name="Add a website").first.click()
        await page.get_by_label("Where to begin").fill(f"{address}/")
        await page.keyboard.press("Enter")
        card = page.get_by_role("region", name="127.0.0.1")
        await expect(card).to_contain_text("2 pages read", timeout=SLOW)
        await expect(card.get_by_text("Read", exact=True)).to_be_visible(timeout=SLOW)
        await owner.until_ready(company)
        answer = await owner.demo.call("POST", f"/tenants/{company}/chat", {"message": "When does the shop open?"})
        assert "ten" in str(answer["message"]["parts"])
        assert answer["citations"][0]["url"] == f"{address}/opening"
        await card.get_by_role("button", name="Read again").click()
        await expect(card).to_contain_text("2 unchanged", timeout=SLOW)
        await card.get_by_role("button", name="Remove").click()
        await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
        await expect(card).to_have_count(0)


async def test_what_did_not_go_out_is_sent_again(owner: OwnerPages) -> None:
    page = await owner.sign_in()
    company = await owner.company("Letters")
    number = str(secrets.randbelow(10**9) + 10**9)
    bot = f"{number}:{'C' * 35}"
    await owner.demo.simulator("/control/telegram/bots", {"token": bot})
    await _connect(owner, page, company, "telegram", {"Bot token": bot})
    chat = f"/control/telegram/bots/{number}/people/Ada"

    async def heard(words: str) -> bool:
        return words in str(await owner.demo.simulator(chat, method="GET"))

    await owner.demo.simulator(chat, {"act": "say", "text": "Hello"})
    base = f"/tenants/{company}"

    async def talk() -> str | None:
        found = (await owner.demo.call("GET", f"{base}/conversations"))["items"]
        return str(found[0]["id"]) if found else None

    conversation = await eventually(talk, seconds=30, what="the conversation")
    await owner.demo.simulator(chat, {"act": "block"})
    said = {"parts": [{"type": "text", "text": "Your parcel is on its way."}]}
    await owner.demo.call("POST", f"{base}/conversations/{conversation}/messages", said)
    await owner.open(page, "ledger", "Message ledger", company)
    await page.get_by_role("tab", name="Did not go out").click()
    row = page.get_by_role("row", name="Your parcel is on its way.")
    await expect(row).to_contain_text("Not sent", timeout=SLOW)
    await owner.demo.simulator(chat, {"act": "unblock"})
    await row.get_by_role("button", name="Send again").click()
    await expect(row).to_have_count(0, timeout=SLOW)

    async def arrived() -> bool:
        return await heard("Your parcel is on its way.")

    await eventually(arrived, seconds=30, what="the message, sent again")


async def test_a_colleague_is_invited(owner: OwnerPages) -> None:
    page = await owner.sign_in()
    company = await owner.company("Invites")
    await owner.open(page, "people", "People", company)
    await page.get_by_role("button", name="Invite").first.click()
    dialog = page.get_by_role("dialog", name="Invite a colleague")
    email = f"bea-{secrets.token_hex(4)}@example.com"
    await dialog.get_by_role("textbox").fill(email)
    await dialog.get_by_role("button", name="Send invitation").click()
    await expect(page.get_by_text(f"{email} is invited")).to_be_visible()
    (open_one,) = (await owner.demo.call("GET", f"/tenants/{company}/invitations"))["items"]
    assert (open_one["email"], open_one["role"]) == (email, "agent")


async def test_the_example_goes_in_and_out_and_the_tour_leads_through(owner: OwnerPages) -> None:
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
