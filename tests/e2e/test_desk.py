"""The desk in a real browser, on the demo as anybody starts it: two agents and a customer, on every channel."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect
from playwright.async_api import TimeoutError as StillSo

from support.browser import AXE
from support.demo_hub import DemoHub
from support.desk_pages import QUESTION, SLOW, WISH, Opened, customer, desk, nobody_waits, sign_in_of, somebody_wrote

ROOT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("built_desk"),
]


@pytest.mark.parametrize("channel", ["webchat", "telegram", "whatsapp", "messenger", "slack"])
async def test_a_customer_a_person_and_the_bot_again(demo: DemoHub, opened: Opened, channel: str) -> None:
    await nobody_waits(demo)
    one = await desk(demo, opened, "agent")
    other = await desk(demo, opened, "second.agent")
    guest = await customer(demo, opened, channel)
    await guest.say(QUESTION)
    await expect(guest.heard("PDF")).to_be_visible(timeout=SLOW)
    await guest.say(WISH)

    # Both are told: by list, tab, notification and sound.
    for agent in (one, other):
        await expect(agent.locator("a[data-id]")).to_have_count(1, timeout=SLOW)
        await expect(agent).to_have_title(re.compile(r"^\(1\)"))
        await agent.wait_for_function("() => window.sounds > 0 && window.notified.length > 0", timeout=SLOW)

    await other.keyboard.press("j")
    await expect(other.get_by_role("log")).to_contain_text(WISH, timeout=SLOW)
    await expect(other.get_by_text("The customer waits for a person. Why: Asked for a person.")).to_be_visible()
    await expect(other.get_by_role("log").locator("[data-index]").last).to_be_in_viewport(ratio=0.9)
    await one.keyboard.press("j")
    await expect(one.get_by_role("log")).to_contain_text(WISH, timeout=SLOW)
    await one.keyboard.press("a")
    await expect(one.get_by_text("You have this conversation. The bot is silent.")).to_be_visible(timeout=SLOW)
    await expect(other.get_by_text("Arno Agent has this conversation.").first).to_be_visible(timeout=SLOW)
    await expect(other.locator("a[data-id]")).to_have_count(0, timeout=SLOW)

    await one.get_by_label("Reply to the customer").fill(f"Arno here, on {channel}.")
    await one.keyboard.press("Control+Enter")
    await expect(one.get_by_role("log").get_by_text(f"Arno here, on {channel}.")).to_be_visible(timeout=SLOW)
    await expect(guest.heard(f"Arno here, on {channel}.")).to_be_visible(timeout=SLOW)
    await expect(one.get_by_label("Reply to the customer")).to_have_value("")

    await one.get_by_role("button", name="Give back to the bot").click()
    await expect(one.get_by_text("The bot answers. Taking over stops it at once.")).to_be_visible(timeout=SLOW)
    await guest.say("How do I put the bubble on my website?")
    await expect(one.get_by_role("log").locator("article[data-author=bot]").last).to_contain_text(
        re.compile("script|widget|embed", re.IGNORECASE), timeout=SLOW
    )
    await one.keyboard.press("Escape")
    await one.get_by_role("button", name="Resolve").click()
    await expect(one).to_have_url(re.compile(r"/inbox/needs_person$"), timeout=SLOW)


async def test_the_whole_way_by_keyboard_alone(demo: DemoHub, opened: Opened) -> None:
    await nobody_waits(demo)
    guest = await customer(demo, opened, "webchat")
    await guest.say(WISH)
    page = await opened(f"{demo.base}/admin/", viewport={"width": 1400, "height": 900})
    email, password = sign_in_of(demo, "agent")
    await expect(page.get_by_label("E-mail address")).to_be_visible(timeout=SLOW)
    await page.keyboard.press("Tab")
    await expect(page.get_by_label("E-mail address")).to_be_focused()
    await page.keyboard.type(email)
    await page.keyboard.press("Tab")
    await page.keyboard.type(password)
    await page.keyboard.press("Enter")
    await expect(page.locator("a[data-id]")).to_have_count(1, timeout=SLOW)
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible(timeout=SLOW)
    await page.keyboard.press("Escape")
    await page.keyboard.press("j")
    await expect(page.get_by_role("log")).to_contain_text(WISH, timeout=SLOW)
    await page.keyboard.press("n")
    await page.keyboard.type("a, e, b and j act nowhere but outside of text")
    await page.keyboard.press("Control+Enter")
    note = page.get_by_role("log").get_by_text("a, e, b and j act nowhere but outside of text")
    await expect(note).to_be_visible(timeout=SLOW)
    await page.keyboard.press("Escape")
    typed = asyncio.Event()

    async def once_typed(route: Route) -> None:
        await typed.wait()
        await route.continue_()

    await page.route("**/takeover", once_typed)
    await page.keyboard.press("a")
    await page.keyboard.type("By keyboard.")  # its letters are keys, too, and the hub has not answered yet
    await expect(page.get_by_label("Reply to the customer")).to_have_value("By keyboard.")
    typed.set()
    await expect(page.get_by_text("You have this conversation. The bot is silent.")).to_be_visible(timeout=SLOW)
    await page.keyboard.press("Control+Enter")
    await expect(guest.heard("By keyboard.")).to_be_visible(timeout=SLOW)
    await expect(guest.page.get_by_text("act nowhere but outside")).to_have_count(0)
    await page.keyboard.press("Control+k")
    await page.keyboard.type("resolve")  # from within the composer, and before the palette has the focus
    await expect(page.get_by_role("option", selected=True)).to_have_text(re.compile("Resolve"), timeout=SLOW)
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"/inbox/needs_person$"), timeout=SLOW)


async def violations(page: Page, axe: str) -> list[str]:
    """What is wrong with all that is shown, by the page's own rules."""
    # The policy of the page keeps strangers' scripts out; the debugger's way in is not the page's.
    await page.evaluate(f"{axe}; undefined")
    found: list[str] = await page.evaluate(
        "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
        ".filter(v => ['serious', 'critical'].includes(v.impact))"
        ".map(v => `${v.id}: ${v.nodes.map(n => n.html.slice(0, 160)).join(' | ')}`)"
    )
    return found


async def settled(page: Page, axe: str) -> list[str]:
    """What is wrong with a page as it stands: by its own rules, and on a phone."""
    await page.wait_for_load_state("networkidle")
    found = await violations(page, axe)
    await page.set_viewport_size({"width": 390, "height": 780})
    try:
        # The frame's own pages scroll in their place, so that its width alone would say nothing.
        fits = (
            "() => [document.documentElement, ...document.querySelectorAll('main, main > :last-child')]"
            ".every((e) => e.scrollWidth <= innerWidth)"
        )
        await page.wait_for_function(fits, timeout=5_000)
    except StillSo:
        found.append("it scrolls sideways on a phone")
    await page.set_viewport_size({"width": 1400, "height": 900})
    return found


APART = """() => {
  const [icon, name] = ["svg", "bdi"].map((tag) => document.querySelector(`a[data-id] ${tag}`));
  const range = document.createRange();
  range.selectNodeContents(name);
  const channel = icon.getBoundingClientRect(), words = range.getBoundingClientRect();
  return document.documentElement.dir === "rtl" ? channel.left - words.right : words.left - channel.right;
}"""


@pytest.mark.parametrize(("scheme", "language", "direction"), [("light", "en", "rtl"), ("dark", "de", "ltr")])
async def test_every_page_is_accessible(
    demo: DemoHub, opened: Opened, scheme: str, language: str, direction: str
) -> None:
    look = {"color_scheme": scheme, "reduced_motion": "reduce"}
    axe, wrong = AXE.read_text(), dict[str, list[str]]()
    stranger = await opened(f"{demo.base}/admin/sign-in", locale=language, **look)
    for path in (
        "sign-in",
        "forgot",
        "reset#token=none",
        "verify#token=none",
        "invitation#token=none",
        "set-up#token=none",
    ):
        await stranger.goto(f"{demo.base}/admin/{path}")
        await expect(stranger.get_by_role("heading").first).to_be_visible(timeout=SLOW)
        wrong[path] = await settled(stranger, axe)

    page = await desk(demo, opened, "owner", **look)
    thread = f"open/{await somebody_wrote(demo)}"
    choice = json.dumps({"language": language, "direction": direction})
    await page.evaluate("(choice) => localStorage.setItem('switchboard.settings', choice)", choice)
    for path in (
        *("inbox/needs_person", f"inbox/{thread}", "inbox/open?q=nothing-like-this", "people", "account"),
        *(
            "account?tab=security",
            "account?tab=alerts",
            "account?tab=keyboard",
            "account?tab=display",
            "nowhere-at-all",
        ),
    ):
        await page.goto(f"{demo.base}/admin/demo/{path}")
        await expect(page.locator("#content").get_by_role("heading").first).to_be_visible(timeout=SLOW)
        assert await page.evaluate("() => [document.documentElement.lang, document.documentElement.dir]") == [
            "en-GB" if language == "en" else language,
            direction,
        ]
        wrong[path] = await settled(page, axe)
    await page.route("**/conversations/counts*", lambda route: route.abort())
    await page.route(re.compile(r"/conversations\?"), lambda route: route.abort())
    await page.goto(f"{demo.base}/admin/demo/inbox/open")
    again = {"en": "Try again", "de": "Noch einmal versuchen"}[language]
    await expect(page.get_by_role("button", name=again)).to_be_visible(timeout=SLOW)
    wrong["a list that cannot be had"] = await settled(page, axe)
    await page.unroute_all()
    await page.get_by_role("button", name=again).click()
    await expect(page.locator("a[data-id]").first).to_be_visible(timeout=SLOW)
    assert await page.evaluate(APART) < 16, "a name stands beside its channel, whichever way one reads"
    assert {path: found for path, found in wrong.items() if found} == {}


async def test_a_phone_shows_one_pane_at_a_time(demo: DemoHub, opened: Opened) -> None:
    conversation = await somebody_wrote(demo, WISH)
    page = await desk(demo, opened, "agent", path="demo/inbox/open", viewport={"width": 390, "height": 780})
    await expect(page.get_by_role("heading", name="All open")).to_be_visible(timeout=SLOW)
    await page.locator(f"a[data-id='{conversation}']").click(timeout=SLOW)
    await expect(page.get_by_role("log")).to_be_visible(timeout=SLOW)
    await expect(page.get_by_role("heading", name="All open")).to_have_count(0)
    assert await page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    await page.get_by_role("button", name="Take over").click()
    await page.get_by_label("Reply to the customer").fill("From my phone.")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.get_by_role("log").get_by_text("From my phone.")).to_be_visible(timeout=SLOW)
    await page.get_by_role("button", name="Details", exact=True).click()
    details = page.get_by_role("dialog", name="Details")
    await expect(details.get_by_role("button", name="Earlier conversations")).to_be_visible(timeout=SLOW)
    await details.get_by_role("button", name="Close", exact=True).click()
    await page.get_by_role("button", name="Give back to the bot").click()
    await expect(page.get_by_text("The bot answers. Taking over stops it at once.")).to_be_visible(timeout=SLOW)
    await page.get_by_role("button", name="Back to the list").click()
    await expect(page.get_by_role("heading", name="All open")).to_be_visible(timeout=SLOW)
    await page.get_by_role("button", name="Open the menu").click()
    await page.get_by_role("link", name="People").click()
    await expect(page.get_by_role("heading", name="People")).to_be_visible(timeout=SLOW)


async def test_a_session_that_ended_is_renewed_in_place_and_loses_nothing(demo: DemoHub, opened: Opened) -> None:
    await somebody_wrote(demo)
    page = await desk(demo, opened, "agent", path="demo/inbox/open")
    await page.locator("a[data-id]").first.click()
    await expect(page.get_by_role("log")).to_be_visible(timeout=SLOW)
    await page.keyboard.press("n")
    await page.get_by_label("Note for colleagues").fill("Not lost")
    await page.context.clear_cookies()
    await page.keyboard.press("Control+Enter")
    again = page.get_by_role("dialog", name="Your session has ended")
    await expect(again).to_be_visible(timeout=SLOW)
    _, password = sign_in_of(demo, "agent")
    await again.get_by_label("Password", exact=True).fill(password)
    await page.keyboard.press("Enter")
    await expect(again).to_have_count(0, timeout=SLOW)
    await expect(page.get_by_label("Note for colleagues")).to_have_value("Not lost")
    await page.get_by_label("Note for colleagues").press("Control+Enter")
    await expect(page.get_by_role("log").get_by_text("Not lost")).to_be_visible(timeout=SLOW)
