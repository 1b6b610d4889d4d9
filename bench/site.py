"""A hub to measure, seen from outside: tenants and channels made over REST, as anybody would."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import Request, urlopen

from bench.load import TELEGRAM_SECRET
from bench.machine import ADMIN_KEY


class Site:
    """The API of a running hub."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON that comes back. Raises ``HTTPError`` for an answer of 400 and above."""
        headers = {"Authorization": f"Bearer {ADMIN_KEY}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(f"{self.base}{path}", data, headers, method=method), timeout=30) as answer:
            raw = answer.read()
        return json.loads(raw) if raw else None

    def tenant(self, slug: str, **bot: Any) -> str:
        """A tenant's id."""
        body = {"slug": slug, "name": slug, "settings": {"bot": bot}}
        return str(self.call("POST", "/api/v1/tenants", body)["id"])

    def telegram(self, tenant: str, number: int = 123456) -> str:
        """The path of a new Telegram channel's webhook."""
        credentials = {"bot_token": f"{number}:{'A' * 35}", "secret_token": TELEGRAM_SECRET}
        body = {"kind": "telegram", "name": "Bench", "credentials": credentials}
        channel = self.call("POST", f"/api/v1/tenants/{tenant}/channels", body)["id"]
        return f"/webhooks/telegram/{channel}"
