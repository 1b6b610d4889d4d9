"""The chat bubble over the real hub: files, opinions, a copy to keep, other languages, and being forgotten."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Download, expect

from hub.http.frontend import WIDGET
from support.database import Database
from support.running_hub import Site, eventually, hub_in_process

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (WIDGET / "widget.js").is_file(), reason="needs the built bubble: pip install -e ."),
]
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f6"
    "45400000000049454e44ae426082"
)


async def _content(download: Download) -> str:
    return await asyncio.to_thread((await download.path()).read_text)


async def chat_of(hub: Site) -> tuple[str, str]:
    """A tenant, and the address of its chat as a page."""
    tenant = await hub.tenant()
    body = {"kind": "webchat", "name": "Shop", "credentials": {"allowed_origins": [hub.base]}}
    channel = await hub.ok("POST", f"/api/v1/tenants/{tenant}/channels", json=body)
    return tenant, f"{hub.base}/chat/{channel['id']}"


async def test_files_opinions_a_copy_and_being_forgotten(database: Database, tmp_path: Path, browser: Browser) -> None:
    async with hub_in_process(database, tmp_path) as hub:
        tenant, address = await chat_of(hub)
        context = await browser.new_context(locale="en-GB", timezone_id="UTC")
        page = await context.new_page()
        complaints: list[str] = []
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        await page.goto(address)

        await page.locator("input[type=file]").set_input_files(
            [
                {"name": "dot.png", "mimeType": "image/png", "buffer": PICTURE},
                {"name": "note.txt", "mimeType": "text/plain", "buffer": b"Receipt 4711"},
            ]
        )
        files = page.get_by_label("Files to be sent").get_by_role("listitem")
        await expect(files.locator(".how")).to_have_text(["", ""])  # both are there, not on their way
        await page.get_by_label("Write a message").fill("Here is my receipt")
        await page.get_by_role("button", name="Send", exact=True).click()
        answer = page.get_by_role("article").filter(has_text="Here is my receipt").last
        await expect(answer.get_by_role("button", name="This helped")).to_be_visible()
        (stored,) = await hub.rows("select parts from hub.message where direction = 'in'")
        assert '"dot.png"' in stored["parts"] and '"note.txt"' in stored["parts"]

        await context.grant_permissions(["clipboard-read", "clipboard-write"])
        await page.get_by_label("Write a message").fill("```\nprint(1)\n```")
        await page.keyboard.press("Enter")
        code = page.locator("[data-author=bot]").filter(has_text="print(1)")
        await code.get_by_role("button", name="Copy", exact=True).click()

        async def copied() -> bool:
            return str(await page.evaluate("navigator.clipboard.readText()")).strip() == "print(1)"

        await eventually(copied, what="the code in the clipboard")

        await answer.get_by_role("button", name="This did not help").click()
        await answer.get_by_label("What was wrong or missing?").fill("You only repeat me")
        await answer.get_by_role("button", name="Send", exact=True).click()
        given = await eventually(lambda: hub.rows("select value, comment from hub.feedback where comment <> ''"))
        assert [tuple(row) for row in given] == [("down", "You only repeat me")]
        listed = await hub.ok("GET", f"/api/v1/tenants/{tenant}/feedback?value=down")
        assert [item["comment"] for item in listed["items"]] == ["You only repeat me"]
        events = await hub.ok("GET", f"/api/v1/tenants/{tenant}/events?type=feedback.received")
        assert events["items"][-1]["data"]["value"] == "down"

        await page.reload()
        picture = page.get_by_role("img", name="dot.png")
        await expect(picture).to_be_visible()
        await eventually(
            lambda: picture.evaluate("image => image.complete && image.naturalWidth === 1"), what="a picture"
        )
        async with page.expect_download() as saved:
            await page.get_by_role("link", name="note.txt").click()
        assert await _content(await saved.value) == "Receipt 4711"

        await page.get_by_role("button", name="More").click()
        async with page.expect_download() as copy:
            await page.get_by_role("button", name="Download this conversation").click()
        assert "Here is my receipt" in await _content(await copy.value)

        await page.get_by_role("button", name="More").click()
        await page.get_by_role("button", name="Delete my data").click()
        await page.get_by_role("button", name="It cannot be undone").click()
        await expect(page.get_by_text("Here is my receipt")).to_have_count(0)

        async def forgotten() -> bool:
            return not await hub.rows("select 1 from hub.message union all select 1 from hub.file")

        await eventually(forgotten, what="an end of all that was said")
        assert complaints == []
        await context.close()


async def test_arabic_reads_from_right_to_left_and_is_fetched_when_needed(
    database: Database, tmp_path: Path, browser: Browser
) -> None:
    async with hub_in_process(database, tmp_path) as hub:
        _, address = await chat_of(hub)
        context = await browser.new_context(locale="ar")
        page = await context.new_page()
        fetched: list[str] = []
        page.on("request", lambda request: fetched.append(request.url.rsplit("/", 1)[-1]))
        await page.goto(address)
        await expect(page.get_by_label("اكتب رسالة")).to_be_visible()
        assert [name for name in fetched if name.startswith("locale-")] and all(
            "locale-de" not in name for name in fetched
        )
        panel = page.get_by_role("dialog")
        assert await panel.evaluate("element => getComputedStyle(element).direction") == "rtl"
        await context.close()


async def test_an_opinion_of_somebody_elses_answer_is_refused(database: Database, tmp_path: Path) -> None:
    async with hub_in_process(database, tmp_path) as hub:
        site = await hub.website(await hub.tenant())
        async with hub.visit(site) as anna, hub.visit(site) as ben:
            await anna.say("Hello from Anna", "client-0001")
            answer = await anna.reply()
            await ben.say("Hello from Ben", "client-0002")
            for message in (answer["id"], "no-such-id-0"):
                given = {"message_id": message, "value": "up"}
                refused = await ben.client.call("feedback", given, namespace="/visitor", timeout=60)
                assert refused["error"]["code"] == "not_found"
            taken = await anna.client.call(
                "feedback", {"message_id": answer["id"], "value": "up"}, namespace="/visitor", timeout=60
            )
            assert taken == {"ok": True}


async def test_an_answer_is_stopped_had_again_and_its_question_said_differently(
    database: Database, tmp_path: Path, browser: Browser
) -> None:
    async with hub_in_process(database, tmp_path, tokens_per_second=4.0) as hub:
        _, address = await chat_of(hub)
        context = await browser.new_context(locale="en-GB", reduced_motion="reduce")
        page = await context.new_page()
        await page.goto(address)
        log = page.get_by_role("log")
        words = " ".join(f"Sentence number {n} of many." for n in range(1, 9))
        await page.get_by_label("Write a message").fill(words)
        await page.keyboard.press("Enter")
        await expect(log.locator("[data-author=bot]").filter(has_text="number 2")).to_be_visible()
        await page.get_by_role("button", name="Stop the answer").click()
        await expect(log.get_by_text("You stopped this answer.")).to_be_visible()
        answers = log.locator("[data-author=bot]")
        await expect(answers).to_have_count(1)
        await expect(answers).not_to_contain_text("number 8")
        hub.simulator.model.tokens_per_second = 40.0

        await log.get_by_role("button", name="Answer again").click()
        await expect(log.get_by_text("You stopped this answer.")).to_have_count(0)
        await expect(answers).to_contain_text("number 8")
        await expect(answers).to_have_count(1)

        await log.get_by_role("button", name="Say it differently").click()
        await expect(log.get_by_label("Say it differently")).to_be_focused()
        await page.keyboard.press("ControlOrMeta+A")
        await page.keyboard.type("Only this.")
        await page.keyboard.press("Enter")
        await expect(answers).to_contain_text("Only this.")
        await expect(log.get_by_role("article")).to_have_count(2)
        await page.reload()
        await expect(log.get_by_role("article")).to_have_count(2)
        await context.close()


async def test_conversations_are_begun_turned_to_named_found_and_deleted(
    database: Database, tmp_path: Path, browser: Browser
) -> None:
    async with hub_in_process(database, tmp_path) as hub:
        _, address = await chat_of(hub)
        context = await browser.new_context(locale="en-GB", reduced_motion="reduce")
        page = await context.new_page()
        fetched: list[str] = []
        page.on("request", lambda request: fetched.append(request.url.rsplit("/", 1)[-1]))
        await page.goto(address)
        log, field = page.get_by_role("log"), page.get_by_label("Write a message")
        await field.fill("About shoes")
        await page.keyboard.press("Enter")
        await expect(log.get_by_role("button", name="This helped")).to_be_visible()
        assert not [name for name in fetched if name.startswith("panels-")]

        await page.get_by_role("button", name="More").click()
        await page.get_by_role("button", name="New conversation").click()
        await expect(log.get_by_text("About shoes")).to_have_count(0)
        await field.fill("About hats")
        await page.keyboard.press("Enter")
        await expect(log.get_by_role("button", name="This helped")).to_be_visible()
        await expect(log.get_by_text("About shoes")).to_have_count(0)

        await page.get_by_role("button", name="Your conversations").click()
        threads = page.get_by_role("listitem")
        await expect(threads).to_have_count(2)
        await threads.filter(has_text="About hats").get_by_role("button", name="Rename").click()
        await page.get_by_label("Title").fill("Hats and caps")
        await page.keyboard.press("Enter")
        await expect(threads.filter(has_text="Hats and caps")).to_have_count(1)
        await page.get_by_label("Find words in your conversations").fill("sho")
        await expect(threads).to_have_count(1)
        await threads.get_by_role("button", name="About shoes", exact=False).first.click()
        await expect(log.get_by_text("About shoes").first).to_be_visible()
        await expect(log.get_by_text("About hats")).to_have_count(0)

        await page.get_by_role("button", name="Your conversations").click()
        await threads.filter(has_text="Hats and caps").get_by_role("button", name="Delete").click()
        await page.get_by_role("button", name="Delete", exact=True).click()
        await expect(threads).to_have_count(1)
        await page.keyboard.press("Escape")
        await expect(field).to_be_focused()

        async def deleted() -> bool:
            return len(await hub.rows("select 1 from hub.conversation")) == 1

        await eventually(deleted, what="the end of the other conversation")
        await context.close()


async def test_the_site_asks_first_and_at_the_end_and_takes_a_letter_while_nobody_is_there(
    database: Database, tmp_path: Path, browser: Browser
) -> None:
    async with hub_in_process(database, tmp_path) as hub:
        tenant, address = await chat_of(hub)
        base, site = f"/api/v1/tenants/{tenant}", address.rsplit("/", 1)[-1]
        asked = {"fields": [{"name": "name"}, {"name": "email", "required": True}], "consent": "You may keep it."}
        looks = {"name": "Northwind", "color": "#7a1f5c", "launcher_text": "Ask us", "theme": "light"}
        greetings = [{"text": "Not here.", "path": "/pricing"}, {"text": "Hello on this page.", "path": "/chat/*"}]
        await hub.ok("PUT", f"{base}/channels/{site}/site", json={**looks, "prechat": asked, "greetings": greetings})
        context = await browser.new_context(locale="en-GB", color_scheme="dark", reduced_motion="reduce")
        page = await context.new_page()
        await page.goto(address)
        await expect(page.get_by_text("Hello on this page.")).to_be_visible()
        await expect(page.get_by_label("Write a message")).to_have_count(0)
        begin = page.get_by_role("button", name="Begin")
        await begin.click()
        await expect(page.get_by_label("E-mail")).to_be_focused()
        await page.get_by_label("E-mail").fill("ada@shop.example")
        await begin.click()
        await expect(page.get_by_role("alert")).to_have_text("Please agree first.")
        await page.get_by_label("You may keep it.").check()
        await begin.click()
        host = page.locator("switchboard-chat")
        color = await host.evaluate("host => getComputedStyle(host).getPropertyValue('--accent')")
        assert color == "rgb(122,31,92)"
        await page.get_by_label("Write a message").fill("Hello")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="This helped")).to_be_visible()
        (contact,) = await hub.rows("select attributes::text as told from hub.contact")
        assert "ada@shop.example" in contact["told"] and "You may keep it." in contact["told"]

        (conversation,) = await hub.conversations(tenant)
        await hub.act(tenant, conversation["id"], "takeover", by="maria")
        answer = {"text": "Maria here."}
        await hub.ok("POST", f"{base}/conversations/{conversation['id']}/messages", json=answer)
        await hub.act(tenant, conversation["id"], "resolve")
        await page.get_by_role("radio", name="4").check(force=True)
        await page.get_by_label("What should we know?").fill("Quick.")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("radiogroup")).to_have_count(0)

        async def rated() -> Any:
            return (await hub.ok("GET", f"{base}/ratings"))["items"]

        (rating,) = await eventually(rated, what="the rating")
        assert (rating["score"], rating["comment"]) == (4, "Quick.")

        closed = {"name": "Never", "zone": "UTC", "weekly": {"0": []}}
        calendar = await hub.ok("POST", f"{base}/calendars", json=closed)
        await hub.ok("PATCH", base, json={"settings": {"desk": {"calendar": calendar["id"]}}})
        await page.reload()
        await expect(page.get_by_text("Our people are away just now.")).to_be_visible()
        await page.get_by_role("button", name="Leave a message").click()
        await page.get_by_label("E-mail").fill("ada@home.example")
        await page.get_by_label("Message", exact=True).fill("Please call me back.")
        await page.get_by_role("button", name="Send").click()
        waits = "select 1 from hub.conversation where state = 'waiting'"
        await eventually(lambda: hub.rows(waits), what="the letter in the queue")
        await context.close()
