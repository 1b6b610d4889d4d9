"""What strangers write, ask and put into documents stays words on the owner's pages that show it."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from itertools import count
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Locator, Page, expect
from playwright.async_api import TimeoutError as PlaywrightTimeout

from support.demo_hub import DemoHub
from support.desk_pages import SLOW, Opened, desk
from support.hostile import TEXTS, bundles
from support.running_hub import eventually

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(600),
    pytest.mark.usefixtures("built_desk"),
]

MOST_PAGES = 100  # presses of *Show more*

# What of a page could act though no page of ours says so.
ACTING = """() => {
  const never = new Set(("SCRIPT STYLE IFRAME FRAME OBJECT EMBED VIDEO AUDIO BASE META LINK TEMPLATE MARQUEE math "
    + "foreignObject animate set use image").split(" "));
  const wrong = new Set();
  for (const element of document.querySelectorAll("nav *, #content *, [role=dialog] *")) {
    const acts = [...element.attributes].some(({ name }) => /^on|^srcdoc$|^formaction$|^ping$|^is$/.test(name));
    const href = element.getAttribute("href"), src = element.getAttribute("src");
    const leads = href !== null && !/^(https?:|[/]|#)/.test(href);
    const draws = src !== null && !/^([/]api[/]v1[/]|[/]admin[/])/.test(src);
    if (never.has(element.tagName) || acts || leads || draws) wrong.add(element.outerHTML.slice(0, 200));
  }
  return [...wrong];
}"""


class Hostile:
    """A company that has only strangers with bad intentions, and bad documents."""

    def __init__(self, demo: DemoHub) -> None:
        self._demo = demo
        self.slug = f"hostile-{time.time_ns()}"
        self.names = list(bundles(500, 500, " "))
        self.messages = list(bundles(500, 2_000, "\n\n"))

    async def call(self, method: str, path: str, body: object = None) -> Any:
        return await self._demo.call(method, f"/tenants/{self.slug}{path}", body)

    async def come(self) -> None:
        """They ask, and nothing answers; then come the documents and the pairs."""
        await self._demo.call("POST", "/tenants", {"name": TEXTS[0], "slug": self.slug})
        # Without money for a model the bot passes everything on: each question is one that nothing answered.
        budget = {"scope": "tenant", "period": "day", "unit": "tokens", "amount": "1"}
        await self.call("POST", "/budgets", budget)
        body = {"kind": "webchat", "name": TEXTS[1], "credentials": {"allowed_origins": [self._demo.base]}}
        site = (await self._demo.call("POST", f"/tenants/{self.slug}/channels", body))["id"]
        async with aiohttp.ClientSession(headers={"Origin": self._demo.base}) as http:
            for text in self.messages:
                await self._ask(http, site, text)

        async def missed() -> bool:
            return (await self.call("GET", "/gaps"))["questions"] == len(self.messages)

        await eventually(missed, seconds=120, what="what nothing answered")
        for name in self.names:
            await self.call("POST", "/documents", {"title": name, "text": name})
            await self.call("POST", "/qa-pairs", {"question": name, "answer": name})

    async def documents_are_read(self) -> bool:
        found = (await self.call("GET", "/documents?limit=200"))["items"]
        return all(one["status"] in ("ready", "failed") for one in found)

    async def _ask(self, http: aiohttp.ClientSession, site: str, text: str) -> None:
        """One message of a new visitor."""
        base = f"{self._demo.base}/api/v1/visitor"
        async with http.post(f"{base}/session", json={"site_key": site}) as answer:
            token = (await answer.json())["token"]
        body = {"client_id": "m-1", "parts": [{"type": "text", "text": text}]}
        async with http.post(f"{base}/messages", json=body, headers={"Authorization": f"Bearer {token}"}) as answer:
            assert answer.status < 300, await answer.text()


class Walk:
    """The owner's pages, one after the other; what is wrong on them, and what of the strangers' was to be read."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.wrong: list[str] = []
        self._base = base

    async def read(self, path: str, shown: str, open_all: str | None = None) -> int:
        """How many of the texts a page shows: where ``shown`` is, and in what each button ``open_all`` opens."""
        await self.page.goto(f"{self._base}/{path}")
        await expect(self.page.locator(shown).first).to_be_visible(timeout=SLOW)
        await self.page.wait_for_load_state("networkidle")  # a page may hold several lists
        await self._show_all()
        words = [await self._look()]
        for n in count() if open_all else ():
            buttons: Locator = self.page.get_by_role("button", name=open_all)
            if n >= await buttons.count():
                break
            await buttons.nth(n).click()
            await expect(self.page.get_by_role("dialog").locator("pre")).to_be_visible(timeout=SLOW)
            words.append(await self._look())
            await self.page.keyboard.press("Escape")
            await expect(self.page.get_by_role("dialog")).to_have_count(0)
        return _seen("\n".join(words))

    async def search(self, words: str) -> int:
        """How many of the texts the owner's own search shows."""
        await self.page.goto(f"{self._base}/knowledge/search")
        await self.page.get_by_label("Question", exact=True).fill(words)
        await self.page.keyboard.press("Enter")
        await expect(self.page.get_by_role("article").first).to_be_visible(timeout=SLOW)
        return _seen(await self._look())

    async def _show_all(self) -> None:
        """Press *Show more* until no list has more; the button goes with a list's last page, maybe under the press."""
        more = self.page.get_by_role("button", name="Show more").first
        for _ in range(MOST_PAGES):
            if not await more.is_visible():
                return
            with suppress(PlaywrightTimeout):
                await more.click(timeout=2_000)
        raise AssertionError(f"{self.page.url} still has more after {MOST_PAGES} pages")

    async def _look(self) -> str:
        self.wrong += await self.page.evaluate(ACTING)
        return str(await self.page.evaluate("() => document.body.textContent"))


def _seen(read: str) -> int:
    """How many of the texts stand there, as they are or as JSON."""
    return sum(text in read or json.dumps(text, ensure_ascii=False)[1:-1] in read for text in TEXTS)


async def test_strangers_words_stay_words_on_the_owners_pages(demo: DemoHub, opened: Opened) -> None:
    hostile = Hostile(demo)
    await hostile.come()
    page = await desk(demo, opened, "owner", f"{hostile.slug}/knowledge")
    walk = Walk(page, f"{demo.base}/admin/{hostile.slug}")
    every = len(TEXTS)
    assert await walk.read("knowledge", "a[href*='/documents/']") == every
    assert await walk.read("gaps?tab=pairs", "[data-state]") == every
    assert await walk.read("ledger", "table", open_all="Details") == every
    assert await walk.read("gaps", "article") > every / 4, "like questions stand together, with some of them"
    await eventually(hostile.documents_are_read, seconds=120, what="every document")
    assert await walk.search("onerror alert") > 0
    assert await walk.read("tenants", "table") > 0
    assert await walk.read("channels", "#content h1") > 0
    for path in ("audit", "overview", "reports", "usage", "start", "bot", "system"):
        await walk.read(path, "#content h1")
    document = (await hostile.call("GET", "/documents"))["items"][0]["id"]
    assert await walk.read(f"knowledge/documents/{document}", "#content h1") > 0
    assert walk.wrong == [], sorted({one[:90] for one in walk.wrong})[:20]
