"""People with browsers of their own, for tests of what needs one."""

from __future__ import annotations

from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

import aiohttp

from hub.accounts.permissions import Role
from hub.core.ids import TenantId
from support.api_site import Site

PASSWORD = "seven quiet lamps hum"
COOKIE = "hub_session"
_CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass
class Browser:
    """A browser on our own pages: sends its cookie, the origin and, with changes, the session's token."""

    site: Site
    cookie: str | None = None
    csrf: str | None = None
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        url = self.site.client.make_url("/")
        return f"{url.scheme}://{url.host}:{url.port}"

    async def send(self, method: str, path: str, **more: Any) -> aiohttp.ClientResponse:
        headers = {"Origin": self.origin} if method in _CHANGES else {}
        if self.cookie is not None:
            headers["Cookie"] = f"{COOKIE}={self.cookie}"
        if self.csrf is not None and method in _CHANGES:
            headers["X-CSRF-Token"] = self.csrf
        headers |= self.extra | more.pop("headers", {})
        # The client's own jar would send what an earlier answer set, whoever asks.
        self.site.client.session.cookie_jar.clear()
        answer = await self.site.client.request(method, path, headers=headers, **more)
        await self._note(answer)
        return answer

    async def ok(self, method: str, path: str, **more: Any) -> Any:
        answer = await self.send(method, path, **more)
        assert answer.status in (200, 201, 202, 204), (answer.status, await answer.text())
        return await answer.json() if answer.content_type == "application/json" else None

    async def sign_in(self, email: str, password: str = PASSWORD) -> dict[str, Any]:
        me: dict[str, Any] = await self.ok("POST", "/api/v1/auth/sign-in", json={"email": email, "password": password})
        return me

    async def _note(self, answer: aiohttp.ClientResponse) -> None:
        for header in answer.headers.getall("Set-Cookie", []):
            morsel = SimpleCookie(header).get(COOKIE)
            if morsel is not None:
                self.cookie = morsel.value or None
        if answer.status == 200 and answer.content_type == "application/json":
            body = await answer.json()
            if isinstance(body, dict) and "csrf_token" in body:
                self.csrf = body["csrf_token"]


async def person(
    site: Site,
    email: str,
    *,
    tenant: str | None = None,
    role: Role | None = None,
    platform_admin: bool = False,
    password: str = PASSWORD,
) -> Browser:
    """Somebody who can sign in, and did."""
    from uuid import UUID

    await site.people.create(
        email,
        email.partition("@")[0].title(),
        password=password,
        tenant=TenantId(UUID(tenant)) if tenant else None,
        role=role,
        platform_admin=platform_admin,
    )
    browser = Browser(site)
    await browser.sign_in(email, password)
    return browser
