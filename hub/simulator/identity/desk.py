"""What both sign-in servers have: people, registered applications, requests under way, codes good for one use."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Generic, TypeVar
from urllib.parse import urlencode, urlsplit

from aiohttp import web

_MOST = 1_000
_CODE_SECONDS = 60.0
_STYLE = Path(__file__).parents[1] / "pages" / "identity" / "identity.css"
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody with an account here. ``subject`` never changes."""

    subject: str
    name: str
    email: str
    email_verified: bool = True


@dataclass(frozen=True, slots=True)
class Application:
    """Who may ask to have people signed in, and where they are sent back to."""

    id: str
    secret: str
    redirects: frozenset[str]


@dataclass(frozen=True, slots=True)
class Request:
    """One request for a sign-in."""

    application: Application
    redirect_uri: str
    state: str
    nonce: str
    challenge: str


@dataclass(frozen=True, slots=True)
class Grant:
    """Who signed in for which request. A code stands for it."""

    request: Request
    account: Account
    until: float


class Once(Generic[V]):
    """Things kept under a random name until they are taken, once. Past a bound the oldest go."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, V] = OrderedDict()

    def put(self, value: V) -> str:
        name = secrets.token_urlsafe(24)
        self._kept[name] = value
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return name

    def take(self, name: str) -> V | None:
        return self._kept.pop(name, None)


class SignInDesk:
    """The common half of both servers. ``title`` stands on the page where people choose who they are."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.accounts: dict[str, Account] = {}
        self.applications: dict[str, Application] = {}
        self.requests: Once[Request] = Once()
        self.codes: Once[Grant] = Once()

    def add_account(self, account: Account) -> Account:
        """Let somebody sign in here."""
        self.accounts[account.subject] = account
        return account

    def add_application(self, id: str, secret: str, *redirects: str) -> Application:
        """Register an application."""
        self.applications[id] = application = Application(id, secret, frozenset(redirects))
        return application

    def page(self, request: Request) -> web.Response:
        """Where somebody says who they are, or declines."""
        name = self.requests.put(request)
        people = "".join(
            f'<button name="account" value="{escape(account.subject)}">{escape(account.name)}'
            f"<span>{escape(account.email)}{'' if account.email_verified else ' (not verified)'}</span></button>"
            for account in self.accounts.values()
        )
        body = (
            f"<p>Continue to {escape(urlsplit(request.redirect_uri).netloc)} as:</p>"
            f'<form method="post"><input type="hidden" name="request" value="{name}">{people}'
            '<button class="no" name="account" value="">Do not continue</button></form>'
        )
        return page(self.title, body, to=request.redirect_uri)

    async def chosen(self, form: Mapping[str, object]) -> web.Response:
        """Send the browser back with a code, or with the news that somebody declined."""
        request = self.requests.take(str(form.get("request", "")))
        if request is None:
            return page("Too late", "<p>This page was used already. Begin again.</p>", status=400)
        account = self.accounts.get(str(form.get("account", "")))
        if account is None:
            return back(request, error="access_denied")
        return back(request, code=self.codes.put(Grant(request, account, time.monotonic() + _CODE_SECONDS)))

    def redeemed(self, code: str, application: Application, redirect_uri: str, verifier: str) -> Grant | None:
        """What a code stands for, once, for the application and address it was made for, with the right verifier."""
        grant = self.codes.take(code)
        if grant is None or time.monotonic() > grant.until:
            return None
        asked = grant.request
        if asked.application != application or asked.redirect_uri != redirect_uri:
            return None
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        return grant if secrets.compare_digest(digest, asked.challenge) else None

    async def style(self, request: web.Request) -> web.Response:
        """The page's style sheet."""
        text = await asyncio.to_thread(_STYLE.read_text, "utf-8")
        return web.Response(text=text, content_type="text/css")


def back(request: Request, **answer: str) -> web.Response:
    """The browser's way back to the application."""
    query = urlencode({**answer, "state": request.state})
    return web.Response(status=302, headers={"Location": f"{request.redirect_uri}?{query}"})


def page(title: str, body: str, *, to: str = "", status: int = 200) -> web.Response:
    """A page; its form may lead to ``to`` beside here."""
    place = urlsplit(to)
    target = f" {place.scheme}://{place.netloc}" if to else ""
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="/identity.css"></head>'
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    policy = (
        f"default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'{target}; frame-ancestors 'none'"
    )
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)


def strict(given: Mapping[str, object], needed: frozenset[str], also: frozenset[str] = frozenset()) -> str | None:
    """What is wrong with a request's parameters: one that is missing, empty or not known. None where all is well."""
    missing = sorted(name for name in needed if not given.get(name))
    if missing:
        return f"missing {missing[0]}"
    unknown = sorted(set(given) - needed - also)
    return f"unknown {unknown[0]}" if unknown else None
