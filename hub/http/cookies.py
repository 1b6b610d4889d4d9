"""The session cookie, and the proof that a change comes from a page of ours."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web

from hub.accounts.principals import People
from hub.core.errors import Forbidden
from hub.security.tokens import same_secret

CSRF_HEADER = "X-CSRF-Token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS = frozenset({"text/plain", "application/x-www-form-urlencoded"})
"""What a form of any site can send without asking first; no page of ours does."""


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """Where a person's session stands in the browser.

    Over https it is ``__Host-`` and Secure: no other host and no unencrypted page can set or read it. Over plain http
    (a machine of one's own) browsers refuse both marks, so it goes without them there, under another name.
    """

    secure: bool = False

    @property
    def name(self) -> str:
        """The cookie's name."""
        return "__Host-hub_session" if self.secure else "hub_session"

    def read(self, request: web.Request) -> str | None:
        """The session's token, if the browser sent one."""
        return request.cookies.get(self.name)

    def keep(self, token: str, seconds: float) -> str:
        """The Set-Cookie header for a new session."""
        return self._header(token, f"Max-Age={int(seconds)}")

    def forget(self) -> str:
        """The Set-Cookie header that takes the cookie away."""
        return self._header("", "Max-Age=0")

    def _header(self, value: str, age: str) -> str:
        mark = "; Secure" if self.secure else ""
        return f"{self.name}={value}; Path=/; HttpOnly; SameSite=Strict; {age}{mark}"


@dataclass(frozen=True, slots=True)
class JourneyCookie:
    """What a browser keeps while it is away at a provider's page, marked as the session's cookie is. One a provider,
    so that two tabs may be away at two of them."""

    secure: bool = False

    def name(self, provider: str) -> str:
        """The cookie's name."""
        return f"{'__Host-' if self.secure else ''}hub_provider_{provider}"

    def read(self, request: web.Request, provider: str) -> str:
        """What the browser kept; empty where it kept nothing."""
        return request.cookies.get(self.name(provider), "")

    def keep(self, provider: str, value: str, seconds: float) -> str:
        """The Set-Cookie header for the way out."""
        return self._header(provider, value, int(seconds))

    def forget(self, provider: str) -> str:
        """The Set-Cookie header that takes the cookie away."""
        return self._header(provider, "", 0)

    def _header(self, provider: str, value: str, age: int) -> str:
        # Lax: the way back is a link followed from another site, and nothing else brings the cookie.
        mark = "; Secure" if self.secure else ""
        return f"{self.name(provider)}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{mark}"


@dataclass(frozen=True, slots=True)
class OwnPages:
    """Tells requests of our own pages from those that other sites make a browser send."""

    secure: bool = False
    public_url: str | None = None

    def check(self, request: web.Request, *, must_say: bool) -> None:
        """Raise ``Forbidden`` for another site's request. ``must_say``: a request that does not say where it comes
        from is refused too; without it, it passes as a program's."""
        origin = request.headers.get("Origin")
        if origin is None:
            site = request.headers.get("Sec-Fetch-Site")
            if site == "same-origin" or (site is None and not must_say):
                return
        elif self._ours(origin, request.host):
            return
        raise Forbidden("This must be sent from a page of this hub.", field="Origin")

    def _ours(self, origin: str, host: str) -> bool:
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        if parts.path or parts.query or parts.fragment or parts.scheme not in ("http", "https"):
            return False
        if self.secure and parts.scheme != "https":
            return False
        public = urlsplit(self.public_url or "")
        if public.netloc and origin.lower() == f"{public.scheme}://{public.netloc}".lower():
            return True
        return parts.netloc.lower() == host.lower()


def check_change(request: web.Request, token: str, people: People, own: OwnPages) -> None:
    """Raise ``Forbidden`` unless a cookie's bearer meant this change: it comes from our page, with its token."""
    own.check(request, must_say=True)
    if request.content_type in _FORMS:
        raise Forbidden("Bodies are sent as JSON.", field="Content-Type")
    offered = request.headers.get(CSRF_HEADER, "")
    if not same_secret(offered, people.csrf_token(token)):
        raise Forbidden(
            f"The header {CSRF_HEADER} is missing or belongs to another session. GET /api/v1/me gives it out.",
            field=CSRF_HEADER,
        )
