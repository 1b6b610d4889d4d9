"""One visitor at a shop's bubble, with a mouse or with a finger, and the colleague at the other end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from playwright.async_api import Browser, Locator, Page, WebSocketRoute, expect
from playwright.async_api import Error as PlaywrightError

from hub.core.ids import TenantId
from hub.knowledge.library import Entry
from hub.simulator.whatsapp.platform import DEMO_APP_SECRET, DEMO_TOKEN
from support.bubble_shop import shop_with_bubble
from support.database import Database
from support.host_page import HostPage
from support.running_hub import Site, eventually

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1100, "height": 760}}
_HOURS = "# Opening hours\n\nThe shop closes at six in the evening.\n"
ASKS_HOURS = "When does the shop close? The shop closes at six in the evening [1]."
"""What a model that repeats the question answers with a source."""
WIDTHS = {"desktop": DESKTOP, "phone": PHONE}

NO_WEB_SOCKETS = """
window.WebSocket = class extends EventTarget {
  constructor() {
    super();
    setTimeout(() => { this.onerror?.(new Event("error")); this.onclose?.(new CloseEvent("close")); }, 5);
  }
  close() {}
  send() {}
};
"""
"""A network that lets no web socket through."""

LISTEN = """() => {
  window.complaints = [];
  addEventListener("securitypolicyviolation", (e) => complaints.push(`${e.violatedDirective} ${e.blockedURI}`));
  window.tones = 0;
  const make = AudioContext.prototype.createOscillator;
  AudioContext.prototype.createOscillator = function () { window.tones += 1; return make.call(this); };
}"""
"""Counts what the page forbids and how often the bubble sounds."""

_HAND_IN = """([way, name, mime, bytes]) => {
  const root = document.querySelector("switchboard-chat").shadowRoot;
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(bytes)], name, { type: mime }));
  const about = { bubbles: true, cancelable: true };
  if (way === "paste") {
    root.querySelector(".panel textarea").dispatchEvent(new ClipboardEvent("paste", { ...about, clipboardData: data }));
  } else {
    for (const step of ["dragover", "drop"]) {
      root.querySelector(".panel").dispatchEvent(new DragEvent(step, { ...about, dataTransfer: data }));
    }
  }
}"""


@dataclass
class Walk:
    """``site`` is the key in the shop's tag."""

    hub: Site
    shop: HostPage
    tenant: str
    page: Page
    touch: bool

    @property
    def site(self) -> str:
        return self.shop.site

    @property
    def base(self) -> str:
        return f"/api/v1/tenants/{self.tenant}"

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def field(self) -> Locator:
        return self.page.get_by_label("Write a message")

    @property
    def answers(self) -> Locator:
        return self.log.locator("[data-author=bot]:has(.opinion)")

    def button(self, name: str, *, exact: bool = True) -> Locator:
        return self.page.get_by_role("button", name=name, exact=exact)

    async def press(self, target: Locator) -> None:
        """As a visitor presses: a click, or a tap."""
        await (target.tap() if self.touch else target.click())

    async def say(self, words: str) -> None:
        await self.field.fill(words)
        if self.touch:
            await self.press(self.page.locator(".send"))
        else:
            await self.page.keyboard.press("Enter")
        await expect(self.field).to_have_value("")

    async def ask(self, words: str) -> Locator:
        """Say it and wait for the bot's whole answer."""
        before = await self.answers.count()
        await self.say(words)
        answer = self.answers.nth(before)
        await expect(answer.get_by_role("button", name="This helped")).to_be_visible()
        return answer

    async def menu(self, item: str, *, exact: bool = True) -> None:
        await self.press(self.button("More"))
        await self.press(self.page.locator("#menu").get_by_role("button", name=item, exact=exact))

    async def open(self) -> None:
        await self.press(self.page.locator(".launcher"))
        await expect(self.page.get_by_role("dialog")).to_be_visible()

    async def close(self) -> None:
        await self.press(self.page.locator(".shut"))
        await expect(self.page.get_by_role("dialog")).to_be_hidden()

    async def hand_in(self, way: str, name: str, mime: str, content: bytes) -> None:
        """Paste a file, or drop it onto the window."""
        await self.page.evaluate(_HAND_IN, [way, name, mime, list(content)])

    async def conversation(self) -> str:
        """The one that is open on the screen: the newest."""
        found = await self.hub.conversations(self.tenant)
        return str(max(found, key=lambda one: str(one["id"]))["id"])

    async def stored(self, conversation: str, kind: str, author: str) -> list[dict[str, Any]]:
        """The parts of a kind that somebody said, as the hub keeps them."""
        messages = await self.hub.messages(self.tenant, conversation)
        return [p for m in messages if m["author"]["kind"] == author for p in m["parts"] if p["type"] == kind]

    async def until_stored(self, conversation: str, kind: str, author: str = "contact") -> dict[str, Any]:
        found = await eventually(lambda: self.stored(conversation, kind, author), what=f"a {kind} of the {author}'s")
        last: dict[str, Any] = found[-1]
        return last

    async def until_said(self, words: str) -> None:
        """Until the hub has the visitor's words: what a colleague says next comes after them."""
        conversation = await self.conversation()

        async def said() -> bool:
            return words in [part.get("text") for part in await self.stored(conversation, "text", "contact")]

        await eventually(said, what=f"{words!r} at the hub")

    async def colleague_says(self, *parts: dict[str, Any], text: str | None = None) -> None:
        body: dict[str, Any] = {"text": text} if text else {"parts": list(parts)}
        path = f"{self.base}/conversations/{await self.conversation()}/messages"
        await self.hub.ok("POST", path, json=body)

    async def settings(self, **parts: Any) -> None:
        await self.hub.ok("PATCH", self.base, json={"settings": parts})

    async def use(self, uses: Sequence[Use]) -> list[str]:
        """Use each in turn; the names of those that came to their end. What fails says which it was."""
        used = []
        for use in uses:
            try:
                await use(self)
                used.append(use.__name__)
            except BaseException as error:
                error.add_note(f"{'on the phone' if self.touch else 'on the desktop'}, in {use.__name__}")
                with suppress(PlaywrightError):
                    error.add_note(f"The bubble showed:\n{await self.log.inner_text(timeout=1_000)}")
                raise
        return used


MAILS: dict[str, Any] = {"smtp_url": lambda simulator: simulator.smtp_url}
"""The settings of a hub that can send mails."""
Use = Callable[[Walk], Awaitable[None]]


@asynccontextmanager
async def walking(database: Database, folder: Path, browser: Browser, width: str, **looks: Any) -> AsyncIterator[Walk]:
    """A visitor at a shop whose hub can send mails. What the page complains of fails the test."""
    async with shop_with_bubble(database, folder, settings=MAILS, **looks) as (hub, shop, tenant):
        context = await browser.new_context(locale="en-GB", timezone_id="UTC", reduced_motion="reduce", **WIDTHS[width])
        await context.grant_permissions(["clipboard-read", "clipboard-write"])
        await context.add_init_script(f"({LISTEN})()")
        page = await context.new_page()
        complaints: list[str] = []
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(f"{shop.origin}/shop")
        yield Walk(hub, shop, tenant, page, touch=width == "phone")
        complaints += await page.evaluate("window.complaints")
        await context.close()
        assert complaints == []


async def furnish(hub: Site, tenant: str, site: str, **looks: Any) -> None:
    """A document to answer ``ASKS_HOURS`` from, and channels on which the site's conversations may go on."""
    telegram = await hub.telegram(tenant)
    number = hub.simulator.whatsapp.add_number()
    secrets = {"access_token": DEMO_TOKEN, "app_secret": DEMO_APP_SECRET, "verify_token": "v"}
    body = {"kind": "whatsapp", "name": "W", "credentials": {"phone_number_id": number.id, **secrets}}
    whatsapp = (await hub.ok("POST", f"/api/v1/tenants/{tenant}/channels", json=body))["id"]
    hub.simulator.whatsapp.subscribe(number, f"{hub.base}/webhooks/whatsapp/{whatsapp}")
    ways = [
        {"channel": telegram, "address": "northwind_bot"},
        {"channel": whatsapp, "address": "+49 30 1234567"},
    ]
    path = f"/api/v1/tenants/{tenant}/channels/{site}/site"
    await hub.ok("PUT", path, json={**looks, "continue_on": ways})
    assert hub.house is not None
    await hub.house.library.add(TenantId(UUID(tenant)), _HOURS.encode(), "hours.md", Entry(external_id="hours"))

    async def indexed() -> bool:
        return [r["status"] for r in await hub.rows("select status from hub.document")] == ["ready"]

    await eventually(indexed, what="the indexed document")


async def breakable(page: Page) -> Callable[[], Awaitable[None]]:
    """What cuts a page's connection to the hub, for good. Call it before the page loads."""
    sockets: list[WebSocketRoute] = []
    broken = False

    async def met(socket: WebSocketRoute) -> None:
        if broken:
            await socket.close()
            return
        socket.connect_to_server()
        sockets.append(socket)

    async def cut() -> None:
        nonlocal broken
        broken = True
        await page.route("**/socket.io/**", lambda route: route.abort())
        for socket in sockets:
            await socket.close()

    await page.route_web_socket("**/socket.io/**", met)
    return cut


async def text_of(page: Page, press: Any) -> str:
    """What the file holds that a press downloads."""
    async with page.expect_download() as saved:
        await press
    path = await (await saved.value).path()
    return await asyncio.to_thread(path.read_text)
