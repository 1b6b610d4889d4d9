"""Asking the REST API as a visitor, a platform or an operator, in short."""

from __future__ import annotations

from typing import Any

import aiohttp

from support.api_site import SECRET, Site

ORIGIN = {"Origin": "https://shop.example"}
TELEGRAM = {"X-Telegram-Bot-Api-Secret-Token": SECRET}


def update(number: int, text: str = "Hello") -> dict[str, Any]:
    """A Telegram update with a text message."""
    person = {"id": 77, "is_bot": False, "first_name": "Ada"}
    message = {"message_id": number, "date": 1_790_000_000, "chat": {"id": 77, "type": "private"}, "from": person}
    return {"update_id": number, "message": {**message, "text": text}}


async def refused(answer: aiohttp.ClientResponse, status: int, field: str | None = None) -> dict[str, Any]:
    body: dict[str, Any] = await answer.json(content_type=None)
    assert (answer.status, body["status"]) == (status, status), body
    assert answer.content_type == "application/problem+json"
    if field is not None:
        assert body["field"] == field, body
    return body


async def visit(site: Site, channel: str, **more: Any) -> dict[str, str]:
    answer = await site.call(
        "POST", "/api/v1/visitor/session", key=None, json={"site_key": channel, **more}, headers=ORIGIN
    )
    assert answer.status == 200, await answer.text()
    return {**ORIGIN, "Authorization": f"Bearer {(await answer.json())['token']}"}


async def say(site: Site, visitor: dict[str, str], client_id: str, text: str = "Hello") -> dict[str, Any]:
    body = {"client_id": client_id, "parts": [{"type": "text", "text": text}]}
    answer = await site.call("POST", "/api/v1/visitor/messages", key=None, json=body, headers=visitor)
    assert answer.status == 201, await answer.text()
    said: dict[str, Any] = await answer.json()
    return said
