"""The desk in a real browser, on the demo as anybody starts it: two agents and a customer, on every channel."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from hub.http.desk_pages import BUILT
from support.demo_hub import DemoHub
from support.desk_pages import QUESTION, SLOW, WISH, Opened, customer, desk, nobody_waits, sign_in_of, somebody_wrote

ROOT = Path(__file__).parents[2]
AXE = ROOT / "admin/ui/node_modules/axe-core/axe.min.js"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(420),
    pytest.mark.skipif(not (BUILT / "index.html").is_file(), reason="needs the built desk: pip install -e ."),
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
        assert await agent.evaluate("() => [window.sounds > 0, window.notified.length > 0]") == [True, True]

    await other.keyboard.press("j")
    await expect(other.get_by_role("log")).to_contain_text(WISH, timeout=SLOW)
    await expect(other.get_by_text("The customer waits for a person. Why: Asked for a person.")).to_be_visible()
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
    await page.keyboard.press("a")
    await expect(page.get_by_text("You have this conversation. The bot is silent.")).to_be_visible(timeout=SLOW)
    await expect(page.get_by_label("Reply to the customer")).to_be_focused(timeout=SLOW)
    await page.keyboard.type("By keyboard.")
    await page.keyboard.press("Control+Enter")
    await expect(guest.heard("By keyboard.")).to_be_visible(timeout=SLOW)
    await expect(guest.page.get_by_text("act nowhere but outside")).to_have_count(0)
    await page.keyboard.press("Control+k")
    await page.keyboard.type("resolve")  # from within the composer, and before the palette has the focus
    await expect(page.get_by_role("option", selected=True)).to_have_text(re.compile("Resolve"), timeout=SLOW)
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"/inbox/needs_person$"), timeout=SLOW)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_is_accessible(demo: DemoHub, opened: Opened, scheme: str) -> None:
    page = await desk(demo, opened, "owner", color_scheme=scheme, reduced_motion="reduce")
    thread = f"open/{await somebody_wrote(demo)}"
    script = AXE.read_text()
    wrong: list[str] = []
    for path in (
        "inbox/needs_person",
        f"inbox/{thread}",
        "inbox/open?q=nothing-like-this",
        "people",
        "account",
        "nowhere-at-all",
    ):
        await page.goto(f"{demo.base}/admin/demo/{path}")
        await expect(page.locator("#content").get_by_role("heading").first).to_be_visible(timeout=SLOW)
        await page.wait_for_load_state("networkidle")
        # The policy of the page keeps strangers' scripts out; the debugger's way in is not the page's.
        await page.evaluate(f"{script}; undefined")
        found = await page.evaluate(
            "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
            ".filter(v => ['serious', 'critical'].includes(v.impact))"
            ".map(v => `${v.id}: ${v.nodes.map(n => n.html.slice(0, 160)).join(' | ')}`)"
        )
        wrong += [f"{path} {scheme}: {one}" for one in found]
    assert wrong == []


async def test_a_phone_shows_one_pane_at_a_time(demo: DemoHub, opened: Opened) -> None:
    await somebody_wrote(demo)
    page = await desk(demo, opened, "agent", path="demo/inbox/open", viewport={"width": 390, "height": 780})
    await expect(page.get_by_role("heading", name="All open")).to_be_visible(timeout=SLOW)
    await page.locator("a[data-id]").first.click()
    await expect(page.get_by_role("log")).to_be_visible(timeout=SLOW)
    await expect(page.get_by_role("heading", name="All open")).to_have_count(0)
    assert await page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
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
