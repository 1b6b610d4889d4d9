"""All that opens at the desk, while it is open: no serious finding of axe, in a light and in a dark theme."""

from __future__ import annotations

import asyncio
import os
import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, expect

from support.both_themes import looked_at
from support.demo_hub import DemoHub
from support.desk_pages import QUESTION, SLOW, WISH, Opened, desk
from support.running_hub import eventually

if TYPE_CHECKING:
    from playwright.async_api import Locator

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(600),
    pytest.mark.usefixtures("built_desk"),
]

MARK = os.urandom(4).hex()
"""In the name of all that is made here, for a demo that has been used before."""
LABEL, REPLY, TEAM, PERSON = (f"{what} {MARK}" for what in ("Label", "Reply", "Team", "Person"))
Step = tuple[str, str]
"""A key, or a role and a pattern of the name to click; and the same for what is there then."""

IN_A_CONVERSATION: tuple[tuple[Step, ...], ...] = (
    (("?", "dialog Keyboard"),),
    (("Control+k", "option All open"),),
    (
        ("l", f"menuitemcheckbox {LABEL}"),
        ("menuitem Change labels", "dialog Labels"),
        (f"button Remove {LABEL}", f"dialog Remove the label “{LABEL}”"),
    ),
    (
        ("s", "menuitem Until Monday morning"),
        ("menuitem Until a time of your choice", "dialog Until a time of your choice"),
    ),
    (("button Assign", f"menuitem {TEAM}"),),
    (
        ("button Saved replies", f"button {REPLY}"),
        (f"button {REPLY}", "button Send and do it"),
        ("button ^Change$", "group Step 1"),
    ),
    (
        ("button Saved replies", "button New saved reply"),
        ("button New saved reply", "dialog New saved reply"),
    ),
    (("button Template", "button order_update de"), ("button order_update de", "textbox Value 1")),
    (("button Block customer", "dialog Block"),),
    (("button Why this answer", "button Fix it here"), ("button Fix it here", "dialog Fix it here")),
    (
        ("button Sort and filter", "menuitem New view"),
        ("menuitem New view", "dialog New view"),
        ("button Group of conditions", "button Remove this group"),
    ),
    (("button Account and sign-out", "menuitem Keyboard shortcuts"),),
    (("button You are", "menuitemradio away"),),
    (("button switch to another company", "menuitem Every company"),),
    (("checkbox Select", "button Do with these"), ("button Do with these", "menuitem Mark as read")),
    (("n", "textbox Note for colleagues"), ("@", "group Mention a colleague")),
)
AMONG_PEOPLE: tuple[tuple[Step, ...], ...] = (
    (("button Invite", "dialog Invite a colleague"),),
    (("button More for Arno", "menuitem Make owner"), ("menuitem Make owner", "dialog Make Arno")),
    (("button More for Arno", "menuitem Act as"), ("menuitem Act as", "dialog Act as")),
    (("tab Teams", "button New team"), ("button New team", "dialog New team")),
)


async def prepared(demo: DemoHub) -> str:
    """A conversation on WhatsApp that waits for a person, with an answer of the bot, and what can be used in it."""
    await demo.call("POST", "/tenants/demo/teams", {"name": TEAM})
    label = (await demo.call("POST", "/tenants/demo/labels", {"name": LABEL}))["id"]
    actions = [{"type": "label", "labels": [label]}]
    await demo.call("POST", "/tenants/demo/macros", {"name": REPLY, "text": "Hello", "actions": actions})
    channels = (await demo.call("GET", "/tenants/demo/channels"))["items"]
    (whatsapp,) = [channel["id"] for channel in channels if channel["kind"] == "whatsapp"]
    await demo.call("POST", f"/tenants/demo/channels/{whatsapp}/templates/sync")
    number = (await demo.simulator("/control/whatsapp/numbers", method="GET"))["items"][0]["id"]
    person = f"/control/whatsapp/numbers/{number}/people/{PERSON}"

    async def found(state: str) -> list[dict[str, str]]:
        path = f"/tenants/demo/conversations?state={state}&channel_kind=whatsapp&search={MARK}"
        items: list[dict[str, str]] = (await demo.call("GET", path))["items"]
        return items

    await demo.simulator(person, {"act": "say", "text": QUESTION})
    (conversation,) = await eventually(lambda: found("bot"), what="the question")
    messages = f"/tenants/demo/conversations/{conversation['id']}/messages"

    async def answered() -> bool:
        return any(message["citations"] for message in (await demo.call("GET", messages))["items"])

    await eventually(answered, what="the bot's answer")
    await demo.simulator(person, {"act": "say", "text": WISH})
    await eventually(lambda: found("waiting"), what="the wish for a person")
    return conversation["id"]


def place(page: Page, what: str) -> Locator:
    role, _, name = what.partition(" ")
    return page.get_by_role(role, name=re.compile(name)).locator("visible=true").first  # type: ignore[arg-type]  # one of ARIA's


async def walked(page: Page, chains: tuple[tuple[Step, ...], ...]) -> dict[str, list[str]]:
    """What is wrong with each thing that opens, by how one comes to it."""
    wrong: dict[str, list[str]] = {}
    for chain in chains:
        for do, there in chain:
            if " " in do:
                await place(page, do).click(timeout=SLOW)
            else:
                await page.keyboard.press(do)
            await expect(place(page, there)).to_be_visible(timeout=SLOW)
            over = await page.locator("[data-portal] :is([role=dialog], [role=menu])").count()
            wrong[f"{do}: {there}"] = await looked_at(page, f"{do} {there}", "[data-portal]" if over else "main")
        await closed(page)
    return {name: found for name, found in wrong.items() if found}


async def closed(page: Page) -> None:
    """Escape closes whatever is open, one after the other, and leaves the field that one wrote in."""
    over = page.locator("[data-portal] :is([role=dialog], [role=menu])")
    async with asyncio.timeout(SLOW / 1000):
        while await over.count():
            await page.keyboard.press("Escape")
            await asyncio.sleep(0.1)
    await page.keyboard.press("Escape")


async def test_whatever_opens_is_accessible(demo: DemoHub, opened: Opened) -> None:
    conversation = await prepared(demo)
    page = await desk(demo, opened, "owner", f"demo/inbox/open/{conversation}", reduced_motion="reduce")
    await expect(page.get_by_role("log")).to_contain_text(WISH, timeout=SLOW)
    wrong = await walked(page, IN_A_CONVERSATION)
    await page.goto(f"{demo.base}/admin/demo/people")
    wrong |= await walked(page, AMONG_PEOPLE)
    assert wrong == {}, "\n".join(f"{name}: {found}" for name, found in wrong.items())
