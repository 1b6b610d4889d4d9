"""Browsers that sign in at the simulated issuer and at the simulated GitHub, over HTTP all the way."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import pytest

from hub.accounts.providers import Provider
from hub.run.providers import build_providers
from hub.security.outbound import OutboundClient
from hub.settings import Settings
from hub.simulator.identity.desk import Account
from hub.simulator.server import Simulator
from support.api_site import Site
from support.signed_in import COOKIE, Browser

APPLICATION, SECRET = "switchboard", "the-application-s-secret"


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator(seed=1) as running:
        yield running


@pytest.fixture
async def providers(simulator: Simulator) -> AsyncIterator[tuple[Provider, ...]]:
    settings = Settings(
        _env_file=None,
        oidc_issuer=simulator.oidc_url,
        oidc_name="Acme",
        oidc_client_id=APPLICATION,
        oidc_client_secret=SECRET,
        github_url=simulator.github_url,
        github_client_id=APPLICATION,
        github_client_secret=SECRET,
    )
    outbound = OutboundClient(allow=settings.sign_in_targets)
    yield tuple(build_providers(settings, outbound))
    await outbound.close()


@dataclass
class World:
    """The hub, both servers people sign in at, and a browser without a jar of its own."""

    site: Site
    simulator: Simulator
    http: aiohttp.ClientSession

    def account(self, subject: str, email: str, *, verified: bool = True) -> Account:
        made = Account(subject, email.partition("@")[0].title(), email, verified)
        self.simulator.github.add_account(made)
        return self.simulator.oidc.add_account(made)


@pytest.fixture
async def world(site: Site, simulator: Simulator) -> AsyncIterator[World]:
    home = Browser(site).origin
    for provider, desk in (("oidc", simulator.oidc), ("github", simulator.github)):
        desk.add_application(APPLICATION, SECRET, f"{home}/api/v1/auth/providers/{provider}/callback")
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield World(site, simulator, http)


@dataclass
class Landing:
    """Where the browser ended in the desk."""

    page: str
    query: dict[str, str] = field(default_factory=dict)

    @property
    def error(self) -> str | None:
        return self.query.get("error")


@dataclass
class Journey:
    """One browser's way to a provider and back."""

    world: World
    browser: Browser
    provider: str = "oidc"
    url: str = ""
    kept: str = ""

    async def start(self, path: str | None = None, **body: Any) -> Journey:
        """Ask the hub where to go."""
        address = path or f"/api/v1/auth/providers/{self.provider}/start"
        answer = await self.browser.send("POST", address, json=body)
        assert answer.status == 200, await answer.text()
        cookies = SimpleCookie()
        for header in answer.headers.getall("Set-Cookie"):
            assert "HttpOnly" in header and "SameSite=Lax" in header
            cookies.load(header)
        self.kept, self.url = cookies[f"hub_provider_{self.provider}"].value, str((await answer.json())["url"])
        return self

    async def choose(self, subject: str) -> str:
        """Say who one is at the provider's page ('' declines); the address it sends the browser back to."""
        async with self.world.http.get(self.url, allow_redirects=False) as page:
            text = await page.text()
            if page.status in (302, 303):
                return page.headers["Location"]
            assert page.status == 200, text
        name = re.search(r'name="request" value="([^"]+)"', text)
        assert name is not None, text
        form = {"request": name.group(1), "account": subject}
        action = self.url.partition("?")[0]
        async with self.world.http.post(action, data=form, allow_redirects=False) as answer:
            return answer.headers["Location"]

    async def back(self, address: str, *, kept: str | None = None) -> Landing:
        """Come back by an address; where it ends."""
        parts = urlsplit(address)
        cookie = f"hub_provider_{self.provider}={self.kept if kept is None else kept}"
        if self.browser.cookie:
            cookie += f"; {COOKIE}={self.browser.cookie}"
        path = f"{parts.path}?{parts.query}"
        answer = await self.browser.send("GET", path, headers={"Cookie": cookie}, allow_redirects=False)
        assert answer.status == 303, await answer.text()
        target = urlsplit(answer.headers["Location"])
        assert not target.netloc and target.path.startswith("/admin/"), target
        return Landing(answer.headers["Location"], dict(parse_qsl(target.query)))

    async def all(self, subject: str, **body: Any) -> Landing:
        """The whole way, in the desk's own steps."""
        await self.start(**body)
        return await self.back(await self.choose(subject))
