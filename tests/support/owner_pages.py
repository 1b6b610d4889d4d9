"""The desk as its owner uses it: signed in on the running demo, watched for what a page must never do."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from support.browser import AXE
from support.demo_hub import DemoHub
from support.running_hub import eventually

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page

SLOW = 60_000
_ONE_OF_EACH: dict[str, dict[str, Any]] = {
    "channels": {"kind": "webchat", "name": "Shop", "credentials": {"allowed_origins": ["https://shop.example"]}},
    "documents": {"title": "Delivery", "text": "# Delivery\n\nTwo days within the country."},
}
_WATCH = """() => {
  window.complaints = [];
  addEventListener("securitypolicyviolation", (e) => complaints.push(`${e.violatedDirective} ${e.blockedURI}`));
}"""


class OwnerPages:
    """One browser context that is signed in as one of the demo's people."""

    def __init__(self, demo: DemoHub, context: BrowserContext) -> None:
        self.demo = demo
        self.complaints: list[str] = []
        self._context = context

    async def sign_in(self, who: str = "owner") -> Page:
        """The desk after signing in."""
        found = re.search(rf"({re.escape(who)}@demo\.example)\s+(\S+)", self.demo.said())
        assert found is not None, self.demo.said()
        page = await self._context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog {dialog.message}"))
        page.set_default_timeout(SLOW)
        await page.goto(f"{self.demo.base}/admin/")
        await page.get_by_label("E-mail address").fill(found[1])
        await page.get_by_label("Password", exact=True).fill(found[2])
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/inbox/**")
        return page

    async def open(self, page: Page, path: str, title: str | re.Pattern[str] | None, company: str = "demo") -> None:
        """Go to a page of a company and wait for its title, where it has one."""
        await page.goto(f"{self.demo.base}/admin/{company}/{path}")
        if title is not None:
            await page.get_by_role("heading", level=1, name=title).wait_for()

    async def beside(self, address: str) -> Page:
        """Another page of the same browser, as a customer's."""
        page = await self._context.new_page()
        page.set_default_timeout(SLOW)
        await page.goto(address)
        return page

    async def company(self, name: str) -> str:
        """A new company of its own, in which nothing happened yet; its slug."""
        made = await self.demo.call("POST", "/tenants", {"name": name, "slug": f"{name.lower()}-{time.time_ns()}"})
        return str(made["slug"])

    async def knows(self, company: str, title: str, text: str) -> None:
        """Give a company's bot something to read, and wait until it has read it."""
        await self.demo.call("POST", f"/tenants/{company}/documents", {"title": title, "text": text})
        await self.until_ready(company)

    async def until_ready(self, company: str) -> None:
        """Wait until a company's documents are read."""

        async def ready() -> bool:
            documents = (await self.demo.call("GET", f"/tenants/{company}/documents?limit=200"))["items"]
            return bool(documents) and all(one["status"] in ("ready", "failed") for one in documents)

        await eventually(ready, seconds=300, what="the documents")

    @asynccontextmanager
    async def details(self) -> AsyncIterator[list[str]]:
        """The pages of a channel, a document and an endpoint of the demo, which are gone afterwards."""
        till = {"url": f"http://127.0.0.1:{self.demo.outside_port}/till", "description": "Till"}
        made: dict[str, str] = {}
        try:
            for kind, body in (*_ONE_OF_EACH.items(), ("webhooks", till)):
                made[kind] = (await self.demo.call("POST", f"/tenants/demo/{kind}", body))["id"]
            await self.demo.call("PATCH", f"/tenants/demo/webhooks/{made['webhooks']}", {"enabled": False})
            await self.calm()
            document = f"knowledge/documents/{made['documents']}"
            yield [
                *(f"channels/{made['channels']}", document, f"{document}?tab=answers", f"{document}?tab=changes"),
                f"webhooks/{made['webhooks']}",
            ]
        finally:
            for kind, id in made.items():
                await self.demo.call("DELETE", f"/tenants/demo/{kind}/{id}")

    async def calm(self) -> None:
        """Wait until the demo has read its own documents: on a slow machine everybody else's stand behind them."""
        await self.until_ready("demo")

    async def close(self) -> None:
        """End, and fail over anything the pages complained of."""
        for page in self._context.pages:
            self.complaints += await page.evaluate("() => window.complaints ?? []")
        await self._context.close()
        assert self.complaints == []


@pytest.fixture
async def owner(demo: DemoHub, browser: Browser) -> AsyncIterator[OwnerPages]:
    """The owner's browser."""
    context = await browser.new_context(
        locale="en-GB", timezone_id="UTC", viewport={"width": 1400, "height": 900}, reduced_motion="reduce"
    )
    await context.add_init_script(f"({_WATCH})()")
    pages = OwnerPages(demo, context)
    yield pages
    await pages.close()


_OF_COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules whose findings differ from one colour scheme to the other; what else axe looks at stays as it was."""


async def axe(page: Page, *, within: str | None = None, colours: bool = False) -> list[str]:
    """The serious and critical findings on a page, or in the part of it that a selector names; of ``colours`` alone,
    where the page was looked at in the other scheme already."""
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(AXE.read_text())
    asked = {"resultTypes": ["violations"], **({"runOnly": _OF_COLOURS} if colours else {})}
    found = await page.evaluate("([within, asked]) => axe.run(within ?? document, asked)", [within, asked])
    return [
        f"{one['id']}: {node['html'][:200]} {' '.join(check['message'] for check in node['any'])}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
