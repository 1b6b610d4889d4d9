"""Everything a colleague may put into a message, as it arrives at the platform and on the website."""

from __future__ import annotations

import struct
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from support.database import Database
from support.running_hub import Site, eventually, hub_in_process


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    async with hub_in_process(database, tmp_path) as site:
        yield site


def png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + bytes(8) for _ in range(8)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


async def picture(hub: Site, tenant: str) -> str:
    form = aiohttp.FormData()
    form.add_field("file", png(), filename="shoe.png", content_type="image/png")
    return str((await hub.ok("POST", f"/api/v1/tenants/{tenant}/files", data=form))["file_id"])


async def test_each_part_reaches_telegram_in_its_own_form(hub: Site) -> None:
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    ada = hub.person("Ada")
    ada.say("Hello")
    await ada.reply()
    (conversation,) = [c["id"] for c in await hub.conversations(tenant)]
    parts: list[dict[str, Any]] = [
        {"type": "card", "title": "Shoe", "text": "Red", "image": await picture(hub, tenant),
         "options": [{"id": "b", "title": "Buy"}, {"id": "s", "title": "See", "url": "https://shop.example/"}]},
        {"type": "location", "latitude": 52.5, "longitude": 13.4, "name": "Shop", "address": "Main Street 1"},
        {"type": "contact", "name": "Bo", "phones": ["+49301"], "emails": ["bo@shop.example"]},
        {"type": "location_request", "text": "Where are you?"},
        {"type": "choices", "text": "Size?", "options": [{"id": "s", "title": "S", "description": "small"}]},
    ]  # fmt: skip
    for part in parts:
        await hub.ok("POST", f"/api/v1/tenants/{tenant}/conversations/{conversation}/messages", json={"parts": [part]})

    def arrived() -> dict[str, Any]:
        sent = hub.simulator.record.messages(ada.chat.id)[1:]
        return {entry.method: entry.params for entry in sent} if len(sent) >= 6 else {}

    sent = await eventually(arrived, what="every part")
    assert set(sent) == {"sendPhoto", "sendVenue", "sendContact", "sendMessage"}
    assert sent["sendPhoto"]["reply_markup"]["inline_keyboard"][0][0]["text"] == "Buy"
    assert sent["sendVenue"]["title"] == "Shop"
    assert sent["sendContact"]["phone_number"] == "+49301"


async def test_a_cards_picture_can_be_seen_on_the_website(hub: Site) -> None:
    tenant = await hub.tenant()
    website = await hub.website(tenant)
    async with hub.visit(website) as visit:
        await visit.say("Hello", "client-0001")
        await visit.reply()
        (conversation,) = [c["id"] for c in await hub.conversations(tenant)]
        card = {"type": "card", "title": "Shoe", "image": await picture(hub, tenant)}
        await hub.ok("POST", f"/api/v1/tenants/{tenant}/conversations/{conversation}/messages", json={"parts": [card]})

        def shown() -> str | None:
            parts = [part for message in visit.got("message") for part in message["parts"] if part["type"] == "card"]
            return str(parts[0]["image"]["url"]) if parts else None

        url = await eventually(shown, what="the card")
        async with hub.http.get(url if url.startswith("http") else hub.base + url) as answer:
            assert (answer.status, answer.content_type) == (200, "image/png")


@pytest.mark.parametrize(("part", "field"), [
    ({"type": "location", "latitude": 91, "longitude": 0}, "parts.0.location.latitude"),
    ({"type": "card", "title": "x", "image": "01a22214-ac11-771e-9e21-833c142775ad"}, "parts.0.image"),
    ({"type": "choices", "text": "x", "options": [{"id": "a", "title": "A", "url": "javascript:alert(1)"}]},
     "parts.0.choices.options.0.url"),
    ({"type": "hologram"}, "parts.0"),
])  # fmt: skip
async def test_a_part_that_does_not_fit_is_refused_by_name(hub: Site, part: dict[str, Any], field: str) -> None:
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    ada = hub.person("Ada")
    ada.say("Hello")
    await ada.reply()
    (conversation,) = [c["id"] for c in await hub.conversations(tenant)]
    path = f"/api/v1/tenants/{tenant}/conversations/{conversation}/messages"
    status, refusal = await hub.call("POST", path, json={"parts": [part]})
    assert (status, refusal["field"].replace(f".{part['type']}", "")) == (422, field.replace(f".{part['type']}", ""))
    assert [m["direction"] for m in await hub.messages(tenant, conversation)] == ["in", "out"]
