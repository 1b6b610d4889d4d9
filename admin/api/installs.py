"""Installing a shared app over HTTP: a link, the way to the platform's page, and the page people come back to."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import Annotated, Any
from uuid import UUID

from aiohttp import web
from pydantic import Field

from hub.accounts.installs import LINK_LIFETIME, Consent, InstallDesk
from hub.accounts.permissions import Permission
from hub.core.errors import HubError
from hub.core.ids import AppId
from hub.http.access import ANY_KEY, PLATFORM, PUBLIC, Call
from hub.http.model import Model, View
from hub.http.routes import Route

COOKIE = "hub_install"
_COOKIE_SECONDS = 600
_CSP = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - Switchboard</title><link rel="stylesheet" href="/api/docs.css"></head>
<body><main><h1>{title}</h1><p>{text}</p></main></body></html>
"""


class InstallWish(Model):
    tenant: Annotated[str, Field(min_length=1, max_length=100, examples=["acme"])]
    """Whose channel it becomes, by id or slug."""


class InstallLink(View):
    url: str
    """Open it in the browser of whoever may install apps there. It belongs to the tenant: pass it on with care."""
    expires_at: datetime


class Ticket(Model):
    ticket: Annotated[str, Field(min_length=1, max_length=2048)]


class InstallsApi:
    """The routes by which a shared app is installed."""

    def __init__(self, *, desk: InstallDesk) -> None:
        self._desk = desk

    async def link(self, call: Call, app: UUID, body: InstallWish) -> InstallLink:
        found = await call.enter(body.tenant, Permission.CHANNELS_WRITE)
        url = await self._desk.link(AppId(app), found.id)
        return InstallLink(url=url, expires_at=datetime.now(UTC) + LINK_LIFETIME)

    async def begin(self, call: Call, app: UUID, query: Ticket) -> web.Response:
        try:
            consent = await self._desk.begin(AppId(app), query.ticket)
        except HubError as error:
            return _page("This link does not work", str(error), error.status)
        return self._away(AppId(app), consent)

    async def finish(self, call: Call, app: UUID) -> web.Response:
        browser = call.request.cookies.get(COOKIE, "")
        try:
            row = await self._desk.finish(AppId(app), dict(call.request.query), browser)
        except HubError as error:
            return _page("Not connected", str(error), error.status)
        answer = _page("Connected", f"{row.name} is connected. You can close this window.", 200)
        answer.del_cookie(COOKIE, path=f"/api/v1/apps/{app}/callback")
        return answer

    async def manifest(self, app: UUID) -> dict[str, Any]:
        return dict(await self._desk.manifest(AppId(app)))

    def _away(self, app: AppId, consent: Consent) -> web.Response:
        answer = web.Response(status=302, headers={"Location": consent.url})
        # Lax: the platform's return is a link followed from another site, and nothing else brings the cookie.
        answer.set_cookie(
            COOKIE,
            consent.browser,
            max_age=_COOKIE_SECONDS,
            path=f"/api/v1/apps/{app}/callback",
            httponly=True,
            samesite="Lax",
            secure=self._desk.callback(app).startswith("https://"),
        )
        return answer

    def routes(self) -> list[Route]:
        """The routes of this file."""
        one, tags = "/api/v1/apps/{app}", ("apps",)
        return [
            Route(method="POST", path=f"{one}/install", handler=self.link, access=ANY_KEY, name="link_app_install",
                  summary="A link to install a shared app", tags=tags, problems=(403, 404),
                  description="For the operator, and for keys and members of the tenant with `channels:write`."),
            Route(method="GET", path=f"{one}/install", handler=self.begin, access=PUBLIC, name="begin_app_install",
                  summary="Go to the platform's page of consent", tags=tags, status=302, produces="text/html",
                  returns=str),
            Route(method="GET", path=f"{one}/callback", handler=self.finish, access=PUBLIC, name="finish_app_install",
                  summary="Where the platform sends people back", tags=tags, produces="text/html", returns=str),
            Route(method="GET", path=f"{one}/manifest", handler=self.manifest, access=PLATFORM,
                  name="get_app_manifest", summary="The app's manifest, to paste at the platform", tags=tags),
        ]  # fmt: skip


def _page(title: str, text: str, status: int) -> web.Response:
    body = _PAGE.format(title=escape(title), text=escape(text))
    return web.Response(text=body, status=status, content_type="text/html", headers={"Content-Security-Policy": _CSP})
