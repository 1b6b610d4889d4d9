"""What strangers write, call their files and call themselves stays words: in every view, from every channel."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from playwright.async_api import Page, expect

from support.demo_hub import DemoHub
from support.desk_pages import SLOW, WISH, Opened, desk
from support.hostile import bundles

CROWD = 20
TOGETHER = 10
"""Texts in one message, a blank line between them: each begins its own paragraph."""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("built_desk"),
]

# What stands where strangers' words are shown, and what of it could act; then a whole conversation from its end.
FOUND = """() => {
  const tags = new Set(("A ARTICLE ASIDE BDI BLOCKQUOTE BR BUTTON CODE DD DEL DETAILS DIV DL DT EM FIGCAPTION FIGURE "
    + "FOOTER H2 H3 HEADER HR INPUT LABEL LI OL P PRE SECTION SPAN STRONG SUMMARY TABLE TBODY TD TH THEAD TIME TR UL "
    + "svg path circle").split(" "));
  const ours = /^(https?:|mailto:|tel:|[/]admin[/]|[/]api[/]v1[/]tenants[/])/;
  const wrong = new Set();
  for (const place of document.querySelectorAll("[role=log], ul:has(a[data-id]), aside[aria-label=Details], main h2")) {
    for (const element of [place, ...place.querySelectorAll("*")]) {
      const picture = element.tagName === "IMG" && element.getAttribute("src").startsWith("/api/v1/tenants/");
      const control = ["BUTTON", "INPUT", "LABEL", "DETAILS"].includes(element.tagName) && element.className === "";
      const acts = [...element.attributes].some(({ name }) => /^on|^srcdoc$|^formaction$|^ping$|^is$/.test(name));
      const href = element.getAttribute("href");
      const leads = href !== null && !ours.test(href);
      const allowed = tags.has(element.tagName) || picture;
      if (!allowed || control || acts || leads) wrong.add(element.outerHTML.slice(0, 200));
    }
  }
  return [...wrong];
}"""
READ = f"""async () => {{
  const found = {FOUND};
  const log = document.querySelector("[role=log]");
  const wrong = new Set(), seen = new Set();
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  for (const end = Date.now() + 120_000; Date.now() < end; ) {{
    found().forEach((one) => wrong.add(one));
    log.querySelectorAll("article").forEach((one) => seen.add(one.textContent));
    if (log.textContent.includes("The conversation begins here.")) return {{ wrong: [...wrong], seen: seen.size }};
    log.scrollBy(0, -log.clientHeight);
    await frame();
    await frame();
    await new Promise((done) => setTimeout(done, 20));
  }}
  throw new Error("the conversation has no beginning");
}}"""


class Strangers:
    """One customer on each channel, with only bad intentions, and a crowd on the website with bad names."""

    def __init__(self, demo: DemoHub, http: aiohttp.ClientSession) -> None:
        self._demo = demo
        self._http = http
        self.conversations: dict[str, str] = {}
        self._visitor: dict[str, str] = {}
        self._pages: dict[str, str] = {}
        self._count = 0

    async def come(self) -> None:
        for channel, path, place in (
            ("telegram", "bots", "people/Mallory"),
            ("whatsapp", "numbers", "people/Mallory"),
            ("messenger", "pages", "people/Mallory"),
            ("slack", "apps", "people/Mallory/direct"),
        ):
            known = (await self._demo.simulator(f"/control/{channel}/{path}", method="GET"))["items"][0]
            self._pages[channel] = f"/control/{channel}/{path}/{known.get('id') or known['team']}/{place}"
        self._visitor = await self._visit()
        for _ in range(CROWD):
            await self.say("webchat", WISH, await self._visit())
        for channel in ("webchat", *self._pages):
            await self.say(channel, "Mallory greets")
            self.conversations[channel] = await self._newest(channel)
            await self._demo.call("POST", f"/tenants/demo/conversations/{self.conversations[channel]}/takeover")

    async def _visit(self) -> dict[str, str]:
        """A new visitor's way in."""
        channels = (await self._demo.call("GET", "/tenants/demo/channels"))["items"]
        (site,) = [one["id"] for one in channels if one["kind"] == "webchat" and "API" not in one["name"]]
        origin = {"Origin": self._demo.base}
        answer = await self._web("/visitor/session", origin, json={"site_key": site})
        return origin | {"Authorization": f"Bearer {answer['token']}"}

    async def say(self, channel: str, text: str, visitor: dict[str, str] | None = None) -> None:
        if channel == "webchat":
            self._count += 1
            body = {"client_id": f"m-{self._count}", "parts": [{"type": "text", "text": text}]}
            await self._web("/visitor/messages", visitor or self._visitor, json=body)
        else:
            await self._demo.simulator(self._pages[channel], {"act": "say", "text": text})

    async def send_file(self, channel: str, name: str) -> None:
        if channel == "webchat":
            form = aiohttp.FormData()
            form.add_field("file", b"nothing", filename=name, content_type="text/plain")
            kept = await self._web("/visitor/files", self._visitor, data=form)
            part = {"type": "media", "kind": "document", "file_id": kept["file_id"], "name": name[:200]}
            self._count += 1
            await self._web("/visitor/messages", self._visitor, json={"client_id": f"m-{self._count}", "parts": [part]})
            return
        page = self._demo.telegram_page()
        address = f"{page[: page.index('/telegram/')]}{self._pages[channel]}/file"
        headers = {"X-File-Name": quote(name), "Content-Type": "text/plain"}
        async with self._http.put(address, data=b"nothing", headers=headers) as answer:
            assert answer.status == 200, await answer.text()

    async def arrived(self, channel: str, count: int) -> None:
        """Wait until this many messages of theirs are in the conversation."""
        path = f"/tenants/demo/conversations/{self.conversations[channel]}/messages?limit=200"
        async with asyncio.timeout(240):
            while sum(m["direction"] == "in" for m in (await self._demo.call("GET", path))["items"]) < count:
                await asyncio.sleep(0.2)

    async def _newest(self, channel: str) -> str:
        path = f"/tenants/demo/conversations?queue=open&channel_kind={channel}&search=Mallory"
        async with asyncio.timeout(120):
            while not (found := (await self._demo.call("GET", path))["items"]):
                await asyncio.sleep(0.1)
        return str(found[0]["id"])

    async def _web(self, path: str, headers: dict[str, str], **body: Any) -> Any:
        async with self._http.post(f"{self._demo.base}/api/v1{path}", headers=headers, **body) as answer:
            assert answer.status < 300, (path, answer.status, await answer.text())
            return await answer.json()


async def read_all(page: Page) -> tuple[list[str], int]:
    """What is wrong in an open conversation, and how many of its messages came into sight."""
    await expect(page.get_by_role("log").locator("article").first).to_be_visible(timeout=SLOW)
    found = await page.evaluate(READ)
    return found["wrong"], found["seen"]


async def test_what_strangers_write_stays_words(demo: DemoHub, opened: Opened) -> None:
    wrong: list[str] = []
    async with aiohttp.ClientSession() as http:
        strangers = Strangers(demo, http)
        await strangers.come()
        messages = list(bundles(TOGETHER, 2_000, "\n\n"))
        names = list(bundles(5, 200, " "))
        # Ours are Markdown, which has more ways to go wrong: what a colleague pastes, and notes.
        ours = f"/tenants/demo/conversations/{strangers.conversations['webchat']}"

        async def speak(n: int, channel: str) -> None:
            for text in messages:
                await strangers.say(channel, text)
            for name in names[n :: len(strangers.conversations)]:
                await strangers.send_file(channel, name)

        async def answer(path: str) -> None:
            for text in messages:
                await demo.call("POST", f"{ours}/{path}", {"text": text, "name": "Arno"})

        spoken = [speak(n, channel) for n, channel in enumerate(strangers.conversations)]
        await asyncio.gather(*spoken, answer("messages"), answer("notes"))
        page = await desk(demo, opened, "owner", "demo/inbox/open", viewport={"width": 1400, "height": 2_600})
        for channel, conversation in strangers.conversations.items():
            await strangers.arrived(channel, 1 + len(messages))
            await page.goto(f"{demo.base}/admin/demo/inbox/open/{conversation}")
            found, seen = await read_all(page)
            assert seen > len(messages), channel
            wrong += found

        # A window as high as all of them, so that every row is drawn.
        there = (await demo.call("GET", f"/tenants/demo/conversations?queue=open&limit={CROWD}"))["items"]
        contacts = [one["contact_id"] for one in there]
        for first in range(0, len(names), len(contacts)):
            called = list(zip(contacts, names[first:], strict=False))
            for contact, name in called:
                await demo.call("PATCH", f"/tenants/demo/contacts/{contact}", {"name": name})
            await page.goto(f"{demo.base}/admin/demo/inbox/open/{there[0]['id']}")
            await expect(page.locator("aside[aria-label=Details] dl").first).to_be_visible(timeout=SLOW)
            await expect(page.locator("a[data-id] bdi").get_by_text(called[-1][1], exact=True)).to_be_visible()
            wrong += await page.evaluate(FOUND)
    assert wrong == [], sorted({one[:90] for one in wrong})[:20]
