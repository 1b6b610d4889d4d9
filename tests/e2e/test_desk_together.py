"""Two colleagues at the same conversation: sending at once, stopping the bot's answer, taking an act back."""

from __future__ import annotations

import asyncio
import io
import re

import pytest
from PIL import Image
from playwright.async_api import FilePayload, Locator, Page, Route, WebSocketRoute, expect

from support.demo_hub import DemoHub
from support.desk_pages import SLOW, WISH, Opened, customer, desk, nobody_waits, somebody_wrote

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("built_desk"),
]


async def both_at(demo: DemoHub, opened: Opened, conversation: str) -> list[Page]:
    """Two colleagues who look at the same conversation."""
    agents = [await desk(demo, opened, who, f"demo/inbox/open/{conversation}") for who in ("agent", "second.agent")]
    for agent in agents:
        await expect(agent.get_by_role("log")).to_contain_text(WISH, timeout=SLOW)
    return agents


async def at_the_same_moment(agents: list[Page], key: str, address: str) -> None:
    """Have all press a key; what they send to the address goes on its way when all have sent it."""
    all_sent, held = asyncio.Event(), []

    async def until_all(route: Route) -> None:
        if route.request.method == "POST":
            held.append(route)
            if len(held) == len(agents):
                all_sent.set()
            await all_sent.wait()
        await route.continue_()

    for agent in agents:
        await agent.route(address, until_all)
    await asyncio.gather(*(agent.keyboard.press(key) for agent in agents))


async def first_of(*places: Locator) -> int:
    """Which of these comes up first."""
    async with asyncio.timeout(SLOW / 1000):
        while True:
            for n, place in enumerate(places):
                if await place.count():
                    return n
            await asyncio.sleep(0.05)


async def texts(demo: DemoHub, conversation: str, author: str) -> list[str]:
    """What was said in a conversation by people or the bot, in order."""
    found = await demo.call("GET", f"/tenants/demo/conversations/{conversation}/messages?limit=200")
    said = [message for message in found["items"] if message["author"]["kind"] == author]
    return [part["text"] for message in said for part in message["parts"] if part["type"] == "text"]


async def test_of_two_who_send_at_once_one_is_offered_a_merge(demo: DemoHub, opened: Opened) -> None:
    conversation = await somebody_wrote(demo, WISH)
    agents = await both_at(demo, opened, conversation)
    mine = ["From Arno", "From Sonja"]
    for agent, words in zip(agents, mine, strict=True):
        await agent.get_by_label("Reply to the customer").fill(words)
    await at_the_same_moment(agents, "Control+Enter", "**/messages")

    offers = [agent.get_by_role("alert").filter(has_text="Somebody wrote while you were writing") for agent in agents]
    late = await first_of(*offers)
    fast = 1 - late
    await expect(agents[fast].get_by_label("Reply to the customer")).to_have_value("", timeout=SLOW)
    await expect(offers[fast]).to_have_count(0)
    await expect(offers[late]).to_contain_text(mine[fast])
    await expect(agents[late].get_by_label("Reply to the customer")).to_have_value(mine[late])
    assert await texts(demo, conversation, "agent") == [mine[fast]], "the late one was sent unasked"

    await offers[late].get_by_role("button", name="Change my text").click()
    await expect(offers[late]).to_have_count(0)
    await agents[late].get_by_label("Reply to the customer").fill(f"{mine[late]}, too")
    await agents[late].keyboard.press("Control+Enter")
    for agent in agents:
        await expect(agent.get_by_role("log").get_by_text(f"{mine[late]}, too")).to_be_visible(timeout=SLOW)
    assert await texts(demo, conversation, "agent") == [mine[fast], f"{mine[late]}, too"]


async def test_of_two_who_take_at_once_one_is_told_who_was_faster(demo: DemoHub, opened: Opened) -> None:
    conversation = await somebody_wrote(demo, WISH)
    agents = await both_at(demo, opened, conversation)
    names = ["Arno Agent", "Berta Agent"]
    await at_the_same_moment(agents, "a", "**/takeover")
    told = [
        agent.get_by_role("alert").filter(has_text=f"{other} took this conversation a moment before you")
        for agent, other in zip(agents, reversed(names), strict=True)
    ]
    late = await first_of(*told)
    fast = 1 - late
    await expect(agents[fast].get_by_text("You have this conversation. The bot is silent.")).to_be_visible(timeout=SLOW)
    await expect(agents[late].get_by_text(f"{names[fast]} has this conversation.").first).to_be_visible(timeout=SLOW)
    await agents[late].keyboard.press("Escape")
    await agents[late].keyboard.press("a")  # now that one knows whose it is, it can be taken
    await expect(agents[late].get_by_text("You have this conversation. The bot is silent.")).to_be_visible(timeout=SLOW)
    await expect(agents[fast].get_by_text(f"{names[late]} has this conversation.").first).to_be_visible(timeout=SLOW)


async def test_taking_over_stops_an_answer_that_is_being_written(demo: DemoHub, opened: Opened) -> None:
    question = "How are messages kept when the database is away?"
    guest = await customer(demo, opened, "webchat")
    agent = await desk(demo, opened, "agent", "demo/inbox/bot")
    async with demo.dripping(1.0):
        await guest.say(question)
        await agent.locator("a[data-id]").filter(has_text=question).first.click(timeout=SLOW)
        growing = guest.page.locator("article[data-growing] .markdown")
        await expect(growing).to_have_text(re.compile(r"\w{3}"), timeout=SLOW)
        await agent.keyboard.press("a")
        await expect(agent.get_by_text("You have this conversation. The bot is silent.")).to_be_visible(timeout=SLOW)
        await expect(growing).to_have_count(0, timeout=SLOW)
    await agent.get_by_label("Reply to the customer").fill("I am here now.")
    await agent.keyboard.press("Control+Enter")
    await expect(guest.heard("I am here now.")).to_be_visible(timeout=SLOW)
    await expect(guest.page.locator("article[data-author=bot] .sources")).to_have_count(0)
    conversation = agent.url.rsplit("/", 1)[-1]
    found = await demo.call("GET", f"/tenants/demo/conversations/{conversation}/messages")
    bot = [
        message["status"] for message in found["items"] if message["author"]["kind"] == "bot" and message["citations"]
    ]
    assert set(bot) <= {"interrupted", "cancelled"}, found


async def test_what_was_done_can_be_undone(demo: DemoHub, opened: Opened) -> None:
    conversation = await somebody_wrote(demo, WISH)
    agent, other = await both_at(demo, opened, conversation)
    await agent.keyboard.press("a")
    await expect(other.get_by_text("Arno Agent has this conversation.").first).to_be_visible(timeout=SLOW)
    await agent.keyboard.press("Escape")
    await agent.keyboard.press("e")
    undo = agent.get_by_role("button", name="Undo")
    await undo.hover(timeout=SLOW)  # it stays for as long as somebody points at it
    await expect(other.get_by_text("This conversation is resolved.")).to_be_visible(timeout=SLOW)
    await undo.click()
    await expect(other.get_by_text("Arno Agent has this conversation.").first).to_be_visible(timeout=SLOW)
    await expect(agent.get_by_text("Taken back")).to_be_visible(timeout=SLOW)


async def test_a_lost_connection_is_said_and_nothing_is_missed(demo: DemoHub, opened: Opened) -> None:
    await nobody_waits(demo)
    page = await desk(demo, opened, "agent", "demo/inbox/needs_person")
    await expect(page.get_by_role("heading", name="Nobody is waiting")).to_be_visible(timeout=SLOW)
    await page.context.set_offline(True)
    gone = page.get_by_text("You are offline.")
    await expect(gone).to_be_visible(timeout=SLOW)
    await somebody_wrote(demo, WISH)
    await page.context.set_offline(False)
    await expect(page.locator("a[data-id]")).to_have_count(1, timeout=SLOW)
    await page.wait_for_function("() => window.notified.length > 0", timeout=SLOW)
    await expect(gone).to_have_count(0, timeout=SLOW)


async def test_what_is_said_before_a_page_hears_hints_is_shown(demo: DemoHub, opened: Opened) -> None:
    asked, heard = asyncio.Event(), asyncio.Event()

    def slowly(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        async def pass_on(frame: str | bytes) -> None:
            if "inbox.subscribe" in str(frame):
                asked.set()
                await heard.wait()
            server.send(frame)

        socket.on_message(pass_on)

    page = await desk(demo, opened, "agent", "demo/inbox/bot")
    await page.route_web_socket("**/socket.io/**", slowly)
    await page.reload()
    await asyncio.wait_for(asked.wait(), SLOW / 1000)
    await page.wait_for_load_state("networkidle")
    conversation = await somebody_wrote(demo)
    heard.set()
    # Half of what passes before a page that hears hints looks unasked.
    await expect(page.locator(f"a[data-id='{conversation}']")).to_be_visible(timeout=30_000)


def square(colour: str) -> FilePayload:
    made = io.BytesIO()
    Image.new("RGB", (300, 200), colour).save(made, "PNG")
    return {"name": "me.png", "mimeType": "image/png", "buffer": made.getvalue()}


LOADED = "(picture) => picture.complete && picture.naturalWidth > 0 && picture.clientWidth <= 40"


async def test_who_answers_has_a_face_and_the_customer_sees_what_was_read(demo: DemoHub, opened: Opened) -> None:
    await nobody_waits(demo)
    berta = await desk(demo, opened, "second.agent", "demo/account")
    file = berta.locator("input[type=file]")
    await file.set_input_files({"name": "me.png", "mimeType": "image/png", "buffer": b"no picture at all"})
    await berta.get_by_role("button", name="Use this picture").click()
    refusal = berta.get_by_role("alert").filter(has_text="Send a picture: PNG, JPEG, WebP or GIF.")
    await expect(refusal).to_be_visible(timeout=SLOW)
    await berta.get_by_role("button", name="Cancel").click()
    await file.set_input_files(square("teal"))
    await berta.get_by_role("button", name="Use this picture").click()
    await expect(berta.get_by_text("Your picture is saved.")).to_be_visible(timeout=SLOW)

    guest = await customer(demo, opened, "webchat")
    await guest.say(WISH)
    await berta.get_by_role("link", name="Needs a person").click()
    await berta.locator("a[data-id]").first.click(timeout=SLOW)
    await expect(berta.get_by_role("log")).to_contain_text(WISH, timeout=SLOW)
    await expect(berta.get_by_text("The customer waits for a person.")).to_be_visible(timeout=SLOW)
    await berta.keyboard.press("a")
    await expect(berta.get_by_text("You have this conversation. The bot is silent.")).to_be_visible(timeout=SLOW)
    await berta.get_by_label("Reply to the customer").fill("Berta here.")
    await berta.keyboard.press("Control+Enter")
    await expect(guest.heard("Berta here.")).to_be_visible(timeout=SLOW)
    for face in (
        guest.page.locator("header .avatar img"),
        guest.page.locator("article[data-author=agent] .avatar img"),
        berta.locator("article[data-author=agent] header img"),
    ):
        await expect(face.last).to_be_visible(timeout=SLOW)
        await face.page.wait_for_function(LOADED, arg=await face.last.element_handle(), timeout=SLOW)

    await guest.say("Thank you, Berta.")
    await expect(guest.page.get_by_role("log").get_by_text("Seen", exact=True)).to_be_visible(timeout=SLOW)

    await berta.goto(f"{demo.base}/admin/demo/account")
    await berta.get_by_role("button", name="Remove").click()
    await expect(berta.get_by_text("Your picture is removed.")).to_be_visible(timeout=SLOW)
    await guest.page.reload()
    await guest.page.get_by_role("button", name="Ask the assistant").click()
    said = guest.page.locator("article[data-author=agent] .avatar")
    await expect(said.last).to_have_text("B", timeout=SLOW)
    await expect(guest.page.locator(".avatar img")).to_have_count(0)
