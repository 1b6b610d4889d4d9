"""What the bubble does with a person at the other end, and afterwards: each function used on a desktop and with a
finger on a phone, on a shop under the strictest policy. ``USES`` is the table: what is promised, and how it is used."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import socketio
from playwright.async_api import Browser, expect

from support.bubble_shop import PICTURE
from support.bubble_walk import WIDTHS, Use, Walk, text_of, walking
from support.database import Database
from support.running_hub import OPERATOR, eventually

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(600),
    pytest.mark.usefixtures("built_bubble"),
]
LOOKS: Mapping[str, Any] = {"name": "Northwind"}


async def a_person_is_asked_for_and_the_place_told(w: Walk) -> None:
    await w.open()
    await w.say("I want to talk to a person")
    await expect(w.page.locator("[data-kind=waiting]")).to_contain_text("You are number 1 in line.")


async def a_colleague_has_a_name(w: Walk) -> None:
    await w.hub.act(w.tenant, await w.conversation(), "takeover", by="maria")
    await expect(w.page.get_by_text("You are talking to a person.")).to_be_visible()
    path = f"{w.base}/conversations/{await w.conversation()}/messages"
    await w.hub.ok("POST", path, json={"text": "Maria here.", "name": "Maria"})
    await expect(w.page.get_by_text("You are talking to Maria.")).to_be_visible()
    await expect(w.log.locator("[data-author=agent]").get_by_text("Maria", exact=True)).to_be_visible()


async def both_see_the_other_write(w: Walk) -> None:
    heard: list[Any] = []
    client = socketio.AsyncClient(reconnection=False)
    client.on("presence", heard.append, namespace="/agent")
    auth = {"tenant": w.tenant, "key": OPERATOR}
    await client.connect(w.hub.base, auth=auth, namespaces=["/agent"], transports=["websocket"], wait_timeout=60)
    about = {"conversation_id": await w.conversation()}
    await client.call("conversation.open", about, namespace="/agent", timeout=60)
    await client.call("typing", {**about, "active": True}, namespace="/agent", timeout=60)
    await expect(w.page.get_by_label("is writing")).to_be_visible()
    await client.call("typing", {**about, "active": False}, namespace="/agent", timeout=60)
    await expect(w.page.get_by_label("is writing")).to_have_count(0)

    def customer_writes() -> bool:
        return any(p["id"] == "contact" and p["state"] == "typing" for news in heard for p in news["people"])

    await w.field.fill("I am writing")
    await eventually(customer_writes, what="the news that the customer writes")
    await w.field.fill("")
    await client.disconnect()


async def what_was_seen_is_told(w: Walk) -> None:
    conversation = await w.conversation()

    async def read() -> bool:
        messages = await w.hub.messages(w.tenant, conversation)
        return [m["status"] for m in messages if m["author"]["kind"] == "agent"] == ["read"]

    await eventually(read, what="the mark that Maria's message was seen")
    await w.say("Thank you, Maria.")
    last = w.log.locator("article").last
    await expect(last).to_contain_text("Thank you, Maria.")
    await expect(last).not_to_contain_text("Sending")
    await expect(w.log.get_by_text("Seen", exact=True)).to_have_count(0)
    seq = max(m["seq"] for m in await w.hub.messages(w.tenant, conversation))
    await w.hub.act(w.tenant, conversation, "read", seq=seq)
    await expect(last.get_by_text("Seen", exact=True)).to_be_visible()


async def unseen_answers_are_counted_sounded_and_divided(w: Walk) -> None:
    await w.close()
    await w.colleague_says(text="First of two.")
    await w.colleague_says(text="Second of two.")
    await expect(w.page.locator(".launcher[data-unread='2']")).to_be_visible()
    assert await w.page.evaluate("window.tones") >= 2
    await w.open()
    await expect(w.page.locator(".launcher[data-unread]")).to_have_count(0)
    divided = w.log.locator(".unseen + article")
    await expect(divided).to_contain_text("First of two.")


async def the_sound_is_switched_off(w: Walk) -> None:
    await w.menu("Sound off")
    await expect(w.button("Sound on")).to_be_visible()
    await w.page.keyboard.press("Escape")
    await expect(w.page.locator("#menu")).to_have_count(0)
    await w.close()
    before = await w.page.evaluate("window.tones")
    await w.colleague_says(text="Quietly now.")
    await expect(w.page.locator(".launcher[data-unread]")).to_be_visible()
    assert await w.page.evaluate("window.tones") == before
    await w.open()


async def cards_have_pictures_and_choices(w: Walk) -> None:
    sent = await w.hub.ok("POST", f"{w.base}/files", data={"file": PICTURE})
    options = [{"id": "blue", "title": "Take the blue one"}, {"id": "green", "title": "Take the green one"}]
    card = {"type": "card", "title": "A jacket", "text": "Warm and dry.", "image": sent["file_id"], "options": options}
    await w.colleague_says(card)
    shown = w.log.locator("[data-author=agent]").filter(has_text="A jacket")
    await expect(shown.locator("strong")).to_have_text("A jacket")
    await expect(shown.locator(".attachment img")).to_be_visible()
    await w.colleague_says(text="Which one shall it be?")
    await expect(w.log.get_by_text("Which one shall it be?")).to_be_visible()
    await w.press(w.button("Take the blue one"))
    assert (await w.until_stored(await w.conversation(), "choice"))["id"] == "blue"
    await expect(w.button("Take the green one")).to_be_disabled()


async def lists_places_and_contacts_are_shown(w: Walk) -> None:
    await w.colleague_says({"type": "location", "latitude": 52.5, "longitude": 13.4, "name": "Our shop"})
    await w.colleague_says({"type": "contact", "name": "Ben Workshop", "phones": ["+49 30 555"]})
    titles = ["Red", "Green", "Blue", "Grey"]
    options = [{"id": t, "title": t, "description": f"{t} and warm"} for t in titles]
    await w.colleague_says({"type": "choices", "text": "Which colour?", "options": options})
    for words in ("Our shop", "Ben Workshop", "+49 30 555", "Which colour?"):
        await expect(w.log.get_by_text(words)).to_be_visible()
    await w.press(w.button("Grey"))
    await expect(w.log.locator("[data-author=contact]").get_by_text("Grey", exact=True)).to_be_visible()


async def a_form_is_filled_in(w: Walk) -> None:
    fields = [{"name": "order", "label": "Order number", "required": True}, {"name": "why", "label": "Why?"}]
    await w.colleague_says({"type": "form", "id": "return", "title": "Your return", "fields": fields})
    form = w.log.locator("form.filled")
    await expect(form).to_be_visible()
    await w.colleague_says(text="The number is in your mail.")
    await w.say("Let me look.")
    await w.until_said("Let me look.")
    await w.press(form.get_by_role("button", name="Send"))
    await expect(form.get_by_role("alert")).to_have_text("Please fill this in.")
    await expect(form.get_by_label("Order number")).to_be_focused()
    await w.colleague_says(text="\n\n".join(f"Line {n} of many." for n in range(40)))
    await expect(w.log.get_by_text("Line 39 of many.")).to_be_visible()
    await expect(form.get_by_label("Order number")).to_be_in_viewport()
    await form.get_by_label("Order number").fill("4711")
    await w.press(form.get_by_role("button", name="Send"))
    told = await w.until_stored(await w.conversation(), "form_reply")
    assert (told["id"], told["values"]) == ("return", {"order": "4711"})
    await expect(form).to_have_count(0)


async def it_is_rated_when_it_is_over(w: Walk) -> None:
    await w.hub.act(w.tenant, await w.conversation(), "resolve")
    await expect(w.page.locator(".rating")).to_be_visible()
    await w.page.reload()
    await w.open()
    beside = await w.page.context.new_page()
    await beside.goto(w.page.url)
    await beside.locator(".launcher").click()
    await expect(beside.locator(".rating")).to_be_visible()
    await w.press(w.page.locator(".scores label").nth(3))
    await expect(beside.locator(".rating")).to_have_count(0)
    await beside.close()
    await w.page.get_by_label("What should we know?").fill("Quick.")
    await w.press(w.page.locator(".rating").get_by_role("button", name="Send"))
    await expect(w.page.locator(".rating")).to_have_count(0)

    async def rated() -> Any:
        return (await w.hub.ok("GET", f"{w.base}/ratings"))["items"]

    (rating,) = await eventually(rated, what="the rating")
    assert (rating["score"], rating["comment"]) == (4, "Quick.")
    await w.page.reload()
    await w.open()
    await expect(w.page.locator("[data-kind=resolved]")).to_be_visible()
    await expect(w.page.locator(".rating")).to_have_count(0)


async def days_are_told_apart(w: Walk) -> None:
    await w.hub.rows("update hub.message set at = at - interval '2 days' where seq <= 2")
    await w.page.reload()
    await w.open()
    await expect(w.log.locator("p.entry.note")).to_have_count(2)


async def a_copy_is_kept(w: Walk) -> None:
    await w.press(w.button("More"))
    saved = await text_of(w.page, w.press(w.button("Download this conversation")))
    assert "Maria" in saved and "order: 4711" in saved


async def a_copy_is_mailed(w: Walk) -> None:
    await w.menu("Send me a copy by e-mail")
    sheet = w.page.locator(".sheet")
    await sheet.get_by_label("E-mail").fill("ada@home.example")
    await w.press(sheet.get_by_role("button", name="Send"))
    await expect(sheet.get_by_role("alert")).to_have_text("Please agree first.")
    await w.press(sheet.get_by_role("checkbox"))
    await w.press(sheet.get_by_role("button", name="Send"))
    await expect(sheet.get_by_role("status")).to_have_text("On its way to ada@home.example.")
    mails = await eventually(lambda: w.hub.simulator.mail.to("ada@home.example"), what="the mail")
    assert "order: 4711" in mails[0].text
    await w.press(sheet.get_by_role("button", name="Done"))


async def who_comes_while_nobody_is_there_leaves_a_message(w: Walk) -> None:
    closed = {"name": f"Never {w.touch}", "zone": "UTC", "weekly": {"0": []}}
    calendar = await w.hub.ok("POST", f"{w.base}/calendars", json=closed)
    await w.settings(desk={"calendar": calendar["id"]})
    await w.page.reload()
    await w.open()
    await expect(w.page.get_by_text("Our people are away just now.")).to_be_visible()
    await expect(w.page.locator(".banner")).to_have_count(1)
    await w.press(w.button("Leave a message"))
    sheet = w.page.locator(".sheet")
    await sheet.get_by_label("E-mail").fill("ada@home.example")
    await sheet.get_by_label("Message", exact=True).fill("Please call me back.")
    await w.press(sheet.get_by_role("button", name="Send"))
    waits = "select 1 from hub.conversation where state = 'waiting'"
    await eventually(lambda: w.hub.rows(waits), what="the letter in the queue")
    await expect(w.log.get_by_text("Please call me back.")).to_be_visible()


USES: tuple[Use, ...] = (
    a_person_is_asked_for_and_the_place_told,
    a_colleague_has_a_name,
    both_see_the_other_write,
    what_was_seen_is_told,
    unseen_answers_are_counted_sounded_and_divided,
    the_sound_is_switched_off,
    cards_have_pictures_and_choices,
    lists_places_and_contacts_are_shown,
    a_form_is_filled_in,
    it_is_rated_when_it_is_over,
    days_are_told_apart,
    a_copy_is_kept,
    a_copy_is_mailed,
    who_comes_while_nobody_is_there_leaves_a_message,
)


@pytest.mark.parametrize("width", WIDTHS)
async def test_every_function_with_a_person_is_used(
    database: Database, tmp_path: Path, browser: Browser, width: str
) -> None:
    async with walking(database, tmp_path, browser, width, **LOOKS) as walk:
        assert await walk.use(USES) == [use.__name__ for use in USES]
