"""The mail catcher: an SMTP server that keeps what it gets, and a page to read it on."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from dataclasses import asdict, dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from pathlib import Path

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session

_MOST = 500
_LARGEST = 5_000_000
_LINK = re.compile(r"https?://[^\s<>\"]+")
_STYLE = Path(__file__).with_name("pages") / "mail" / "mail.css"
_SAFE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Caught:
    """One mail that arrived."""

    id: int
    sender: str
    to: list[str]
    subject: str
    text: str
    html: str

    @property
    def links(self) -> list[str]:
        """Every web address in the text, in order."""
        return _LINK.findall(self.text)


class MailCatcher:
    """Takes every mail and delivers none. ``refuse`` makes it answer so (an SMTP line) instead of taking mail."""

    def __init__(self) -> None:
        self.caught: deque[Caught] = deque(maxlen=_MOST)
        self.refuse: str | None = None
        self._count = 0
        self._server: asyncio.Server | None = None
        self.url = ""

    async def start(self, host: str, port: int) -> None:
        """Listen. Raises ``OSError`` when the port is taken."""
        loop = asyncio.get_running_loop()
        # decode_data off: what arrives is bytes, whatever a mail claims to be.
        self._server = await loop.create_server(
            lambda: SMTP(self, data_size_limit=_LARGEST, hostname="mail-catcher", loop=loop), host, port
        )
        self.url = f"smtp://{host}:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """Close it again. Idempotent."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd calls it so
        """Keep one mail."""
        if self.refuse is not None:
            return self.refuse
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        message = message_from_bytes(content, _class=EmailMessage, policy=policy.default)
        self._count += 1
        self.caught.append(
            Caught(
                self._count,
                str(message.get("From", "")),
                list(envelope.rcpt_tos),
                str(message.get("Subject", "")),
                _part(message, "plain"),
                _part(message, "html"),
            )
        )
        return "250 Kept"

    def to(self, address: str) -> list[Caught]:
        """The mails for one address, oldest first."""
        return [mail for mail in self.caught if address in mail.to]

    def routes(self, app: web.Application) -> None:
        """The page under ``/mail/``, the same as JSON under ``/control/mail``."""
        app.router.add_get("/mail/", self._list)
        app.router.add_get("/mail/mail.css", self._css)
        app.router.add_get("/mail/{id:[0-9]+}", self._one)
        app.router.add_get("/control/mail", self._json)

    async def _list(self, request: web.Request) -> web.Response:
        rows = "".join(
            f'<li><a href="/mail/{mail.id}"><b>{escape(mail.subject) or "(no subject)"}</b>'
            f"<span>to {escape(', '.join(mail.to))}</span></a></li>"
            for mail in reversed(self.caught)
        )
        empty = "<p>No mail yet. What the hub sends to anybody arrives here and nowhere else; load the page again.</p>"
        return _page("Caught mail", f"<ul>{rows}</ul>" if rows else empty)

    async def _one(self, request: web.Request) -> web.Response:
        mail = next((m for m in self.caught if m.id == int(request.match_info["id"])), None)
        if mail is None:
            return _page("Not here any more", '<p><a href="/mail/">All mail</a></p>', 404)
        text = _LINK.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', escape(mail.text))
        facts = f"<dl><dt>From</dt><dd>{escape(mail.sender)}</dd><dt>To</dt><dd>{escape(', '.join(mail.to))}</dd></dl>"
        return _page(mail.subject, f'<p><a href="/mail/">All mail</a></p>{facts}<pre>{text}</pre>')

    async def _json(self, request: web.Request) -> web.Response:
        return web.json_response({"items": [asdict(mail) | {"links": mail.links} for mail in self.caught]})

    async def _css(self, request: web.Request) -> web.Response:
        style = await asyncio.to_thread(_STYLE.read_text, "utf-8")
        return web.Response(text=style, content_type="text/css", headers=_SAFE)


def _part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    content = body.get_content() if body is not None else ""
    return content if isinstance(content, str) else ""


def _page(title: str, body: str, status: int = 200) -> web.Response:
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)} - mail catcher</title><link rel="stylesheet" href="/mail/mail.css"></head>'
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    return web.Response(text=text, status=status, content_type="text/html", headers=_SAFE)
