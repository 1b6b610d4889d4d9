"""What the bubble does with the bot, each function used on a desktop and with a finger on a phone, on a shop under the
strictest policy. ``USES`` is the table: what is promised, and how it is used, in this order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Browser, expect

from orchestrator.phrases import PHRASES
from support.bubble_shop import PICTURE
from support.bubble_walk import ASKS_HOURS, WIDTHS, Use, Walk, furnish, text_of, walking
from support.database import Database
from support.running_hub import eventually

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(600),
    pytest.mark.usefixtures("built_bubble"),
]
PLACED = "document.querySelector('switchboard-chat')"
LOOKS: Mapping[str, Any] = {
    "name": "Northwind",
    "color": "#7a1f5c",
    "position": "left",
    "size": "large",
    "launcher_text": "Ask us",
    "greetings": [
        {"text": "About our prices?", "path": "/pricing*"},
        {"text": "Welcome to the shop.", "path": "/shop*"},
    ],
    "suggestions": ["What are your hours?"],
    "css": "[part=header] { letter-spacing: 0.5px }",
    "prechat": {"fields": [{"name": "email", "required": True}], "consent": "You may keep it."},
}


async def the_launcher_stands_as_the_owner_set_it(w: Walk) -> None:
    launcher = w.page.locator(".launcher")
    await expect(launcher).to_contain_text("Ask us")
    box = await launcher.bounding_box()
    assert box is not None and box["x"] < 100, "on the left"
    assert await w.page.evaluate(f"getComputedStyle({PLACED}).getPropertyValue('--accent')") == "rgb(122,31,92)"


async def it_opens_and_closes(w: Walk) -> None:
    await w.open()
    await expect(w.button("Begin")).to_be_visible()  # the panels came, the launcher moves no more
    box = await w.page.get_by_role("dialog").bounding_box()
    assert box is not None
    if w.touch:
        assert (box["width"], box["height"]) == (390, 844)
    else:
        assert box["x"] < 100 and box["width"] == 480, "large, on the left"
    await w.close()
    await w.open()


async def its_css_is_the_owners(w: Walk) -> None:
    await expect(w.page.locator("[part=header]")).to_have_css("letter-spacing", "0.5px")


async def it_greets_by_the_page(w: Walk) -> None:
    await expect(w.log.get_by_text("Welcome to the shop.")).to_be_visible()
    await expect(w.log.get_by_text("About our prices?")).to_have_count(0)


async def it_asks_first_and_for_consent(w: Walk) -> None:
    await w.press(w.button("Begin"))
    await expect(w.page.get_by_label("E-mail")).to_be_focused()
    await w.page.get_by_label("E-mail").fill("ada@shop.example")
    await w.press(w.button("Begin"))
    await expect(w.page.get_by_role("alert")).to_have_text("Please agree first.")
    await w.press(w.page.get_by_label("You may keep it."))
    await w.press(w.button("Begin"))
    await expect(w.field).to_be_visible()
    (contact,) = await w.hub.rows("select attributes::text as told from hub.contact")
    assert "ada@shop.example" in contact["told"] and "You may keep it." in contact["told"]


async def a_suggestion_is_a_question(w: Walk) -> None:
    await w.press(w.button("What are your hours?"))
    await expect(w.answers).to_have_count(1)
    await expect(w.answers.first).to_contain_text("What are your hours?")


async def an_answer_has_sources(w: Walk) -> None:
    await w.settings(bot={"use_knowledge": True})
    answer = await w.ask(ASKS_HOURS)
    await w.settings(bot={"use_knowledge": False, "allowed_hosts": ["docs.example"]})
    quote = answer.locator("blockquote").first
    await expect(quote).to_be_hidden()
    await w.press(answer.get_by_role("button", name="Source 1").first)
    await expect(quote).to_contain_text("six in the evening")
    await w.press(answer.get_by_role("button", name="Sources"))
    await expect(quote).to_be_hidden()


async def markdown_is_drawn_and_code_copied(w: Walk) -> None:
    answer = await w.ask("Use **this**:\n\n- one\n- two\n\n```\nprint(1)\n```\n\n[here](https://docs.example/a)")
    await expect(answer.locator("strong")).to_have_text("this")
    await expect(answer.locator("li")).to_have_count(2)
    await expect(answer.get_by_role("link", name="here (docs.example)")).to_be_visible()
    await w.press(answer.get_by_role("button", name="Copy", exact=True))
    await expect(answer.get_by_role("button", name="Copied.")).to_be_visible()
    await eventually(lambda: _copied(w, "print(1)"), what="the code in the clipboard")
    await w.press(answer.get_by_role("button", name="Copy the answer"))
    await eventually(lambda: _copied(w, "**this**"), what="the answer in the clipboard")


async def _copied(w: Walk, words: str) -> bool:
    return words in str(await w.page.evaluate("navigator.clipboard.readText()"))


async def files_come_by_button_by_dropping_and_by_pasting(w: Walk) -> None:
    async with w.page.expect_file_chooser() as chosen:
        await w.press(w.button("Attach a file"))
    chooser = await chosen.value
    assert chooser.is_multiple()
    await chooser.set_files({"name": "note.txt", "mimeType": "text/plain", "buffer": b"Receipt 4711"})
    await w.hand_in("drop", "dropped.png", "image/png", PICTURE)
    await w.hand_in("paste", "pasted.png", "image/png", PICTURE)
    await w.hand_in("paste", "mistaken.png", "image/png", PICTURE)
    going = w.page.get_by_label("Files to be sent").get_by_role("listitem")
    await w.press(going.filter(has_text="mistaken").get_by_role("button"))
    await expect(going.locator(".how")).to_have_text(["", "", ""])  # they are there, not on their way
    await w.ask("My receipts")
    await expect(w.page.get_by_role("img", name="dropped.png")).to_be_visible()
    await expect(w.page.get_by_role("img", name="pasted.png")).to_be_visible()
    assert await text_of(w.page, w.press(w.page.get_by_role("link", name="note.txt"))) == "Receipt 4711"


async def an_answer_is_stopped_and_had_again(w: Walk) -> None:
    w.hub.simulator.model.tokens_per_second = 4.0
    await w.say(" ".join(f"Sentence number {n} of many." for n in range(1, 9)))
    await expect(w.log.locator("article[data-growing]")).to_contain_text("number 2")
    await w.press(w.button("Stop the answer"))
    await expect(w.log.get_by_text("You stopped this answer.")).to_be_visible()
    w.hub.simulator.model.tokens_per_second = 0.0
    await w.press(w.log.get_by_role("button", name="Answer again"))
    await expect(w.log.get_by_text("You stopped this answer.")).to_have_count(0)
    await expect(w.answers.last).to_contain_text("number 8")


async def a_message_is_said_differently(w: Walk) -> None:
    await w.press(w.log.get_by_role("button", name="Say it differently"))
    again = w.log.get_by_role("textbox", name="Say it differently")
    await expect(again).to_be_focused()
    await again.fill("Only this.")
    await w.press(w.log.get_by_role("button", name="Send"))
    await expect(w.answers.last).to_contain_text("Only this.")
    await expect(w.log.get_by_text("number 8")).to_have_count(0)


async def an_answer_is_judged_with_a_word(w: Walk) -> None:
    await w.press(w.answers.last.get_by_role("button", name="This did not help"))
    await w.answers.last.get_by_label("What was wrong or missing?").fill("You repeat me")
    await w.press(w.answers.last.get_by_role("button", name="Send"))
    await expect(w.answers.last.locator("form.why")).to_have_count(0)  # the hub has it
    await expect(w.answers.last.get_by_text("Thank you.")).to_be_visible()
    listed = await w.hub.ok("GET", f"{w.base}/feedback?value=down")
    assert [item["comment"] for item in listed["items"]] == ["You repeat me"]
    events = await w.hub.ok("GET", f"{w.base}/events?type=feedback.received")
    assert events["items"][-1]["data"]["value"] == "down"


async def a_message_reads_in_its_own_direction(w: Walk) -> None:
    answer = await w.ask("أين طلبي؟")
    await expect(answer.locator(".bubble")).to_have_css("direction", "rtl")
    await expect(w.page.get_by_role("dialog")).to_have_css("direction", "ltr")


async def it_stays_while_the_site_navigates(w: Walk) -> None:
    await w.field.fill("A draft")
    await w.page.evaluate("history.pushState({}, '', '/shop/two'); document.querySelector('h1').textContent = 'Two'")
    await expect(w.page.locator("switchboard-chat")).to_have_count(1)
    await expect(w.field).to_have_value("A draft")
    await w.field.fill("")


async def two_windows_are_in_step(w: Walk) -> None:
    other = await w.page.context.new_page()
    await other.goto(f"{w.shop.origin}/shop")
    theirs = Walk(w.hub, w.shop, w.tenant, other, w.touch)
    await theirs.open()
    await expect(theirs.log.get_by_text("Only this.").first).to_be_visible()
    await theirs.ask("From the other window")
    await other.close()
    await expect(w.log.get_by_text("From the other window")).to_have_count(2)


async def a_new_one_is_begun(w: Walk) -> None:
    await w.menu("New conversation")
    await expect(w.log.get_by_text("Welcome to the shop.")).to_be_visible()
    await w.ask("Do you have green shoes?")


async def it_goes_on_elsewhere(w: Walk) -> None:
    for name, host in (("Telegram", "t.me"), ("WhatsApp", "wa.me")):
        await w.menu("Continue elsewhere")
        sheet = w.page.locator(".sheet")
        await w.press(sheet.get_by_role("button", name=f"Continue on {name}"))
        await expect(sheet.get_by_role("alert")).to_have_text("Please agree first.")
        await w.press(sheet.get_by_role("checkbox"))
        await w.press(sheet.get_by_role("button", name=f"Continue on {name}"))
        link = sheet.get_by_role("link", name=f"Open {name}")
        await expect(link).to_be_visible()
        address = urlsplit(str(await link.get_attribute("href")))
        assert address.netloc == host
        await expect(sheet.locator("code")).to_contain_text("resume-")
        await (_on_telegram if name == "Telegram" else _on_whatsapp)(w, parse_qs(address.query))
        await w.press(w.button("Back to the conversation"))
        await expect(w.log.get_by_text(f"This conversation continues on {name}.")).to_be_visible()


async def _on_telegram(w: Walk, link: Mapping[str, list[str]]) -> None:
    ada = w.hub.person("Ada")
    ada.say(f"/start {link['start'][0]}")
    welcome = await eventually(lambda: w.hub.replies(ada), what="the welcome on Telegram")
    assert "green shoes" in welcome[0]


async def _on_whatsapp(w: Walk, link: Mapping[str, list[str]]) -> None:
    phone = w.hub.simulator.whatsapp.user("Ada")
    phone.say(link["text"][0])
    await eventually(lambda: phone.inbox, what="the welcome on WhatsApp")
    assert PHRASES["en"]["code_gone"] not in str(phone.inbox[0].content)


async def conversations_are_found_named_and_deleted(w: Walk) -> None:
    await w.press(w.button("Your conversations"))
    threads = w.page.get_by_role("listitem")
    await expect(threads).to_have_count(2)
    mine = threads.filter(has_text="green shoes")
    await w.press(mine.get_by_role("button", name="Rename", exact=False))
    await w.page.get_by_label("Title").fill("Shoes")
    await w.press(w.button("Save"))
    await expect(
        threads.filter(has_text="Shoes").locator(".thread-title", has_text=re.compile("^Shoes$"))
    ).to_be_visible()
    await w.page.get_by_label("Find words in your conversations").fill("receipts")
    await expect(threads).to_have_count(1)
    await w.press(threads.get_by_role("button", name="Delete", exact=False))
    await w.press(w.button("Delete"))
    await expect(threads).to_have_count(0)
    await w.page.get_by_label("Find words in your conversations").fill("")
    await expect(threads).to_have_count(1)
    await w.press(threads.locator(".thread"))
    await expect(w.log.get_by_text("Do you have green shoes?").first).to_be_visible()


async def the_page_drives_it_by_its_calls(w: Walk) -> None:
    await w.page.evaluate(
        "() => { window.heard = []; for (const e of ['open', 'close']) Switchboard.on(e, () => heard.push(e));"
        " Switchboard.setLocale('de'); Switchboard.setTheme('dark'); Switchboard.close(); }"
    )
    await expect(w.page.get_by_role("dialog")).to_be_hidden()
    await w.page.evaluate("Switchboard.toggle()")
    await expect(w.page.get_by_label("Nachricht schreiben")).to_be_visible()
    await expect(w.page.locator("switchboard-chat")).to_have_attribute("data-theme", "dark")
    assert await w.page.evaluate("heard") == ["close", "open"]
    await w.page.evaluate("Switchboard.setLocale('en')")
    await expect(w.field).to_be_visible()
    await w.page.evaluate("Switchboard.ask('Asked by a button of the page')")
    await expect(w.log.get_by_text("Asked by a button of the page")).to_be_visible()


async def it_forgets_who_asks_for_that(w: Walk) -> None:
    await w.menu("Delete my data")
    await w.press(w.button("It cannot be undone", exact=False))
    await expect(w.log.locator("[data-author=contact]")).to_have_count(0)

    async def forgotten() -> bool:
        of_the_site = "select 1 from hub.message m join hub.conversation c on c.id = m.conversation_id"
        return not await w.hub.rows(f"{of_the_site} where c.channel_id = $1::uuid", w.site)

    await eventually(forgotten, what="an end of all that was said")


USES: tuple[Use, ...] = (
    the_launcher_stands_as_the_owner_set_it,
    it_opens_and_closes,
    its_css_is_the_owners,
    it_greets_by_the_page,
    it_asks_first_and_for_consent,
    a_suggestion_is_a_question,
    an_answer_has_sources,
    markdown_is_drawn_and_code_copied,
    files_come_by_button_by_dropping_and_by_pasting,
    an_answer_is_stopped_and_had_again,
    a_message_is_said_differently,
    an_answer_is_judged_with_a_word,
    a_message_reads_in_its_own_direction,
    it_stays_while_the_site_navigates,
    two_windows_are_in_step,
    a_new_one_is_begun,
    it_goes_on_elsewhere,
    conversations_are_found_named_and_deleted,
    the_page_drives_it_by_its_calls,
    it_forgets_who_asks_for_that,
)


@pytest.mark.parametrize("width", WIDTHS)
async def test_every_function_with_the_bot_is_used(
    database: Database, tmp_path: Path, browser: Browser, width: str
) -> None:
    async with walking(database, tmp_path, browser, width, **LOOKS) as walk:
        await furnish(walk.hub, walk.tenant, walk.site, **LOOKS)
        await walk.page.reload()
        assert await walk.use(USES) == [use.__name__ for use in USES]
