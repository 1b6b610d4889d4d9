"""A colleague's picture: given, shown to customers without a session, replaced, taken away; and what is none."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from PIL import Image

from hub.accounts.permissions import Role
from support.api_calls import refused, say, visit
from support.api_site import Site
from support.signed_in import Browser, person

PICTURE = "/api/v1/me/picture"
GPS = "Latitude 52.5 of a home"


def photo(colour: str = "teal", kind: str = "JPEG", size: tuple[int, int] = (640, 480)) -> bytes:
    """A picture as a telephone takes it: with a place in it, and lying on its side."""
    made, notes = io.BytesIO(), Image.Exif()
    notes[0x010E], notes[0x0112] = GPS, 6
    Image.new("RGB", size, colour).save(made, kind, exif=notes)
    return made.getvalue()


def form(data: bytes, name: str = "me.jpg") -> aiohttp.FormData:
    made = aiohttp.FormData()
    made.add_field("file", data, filename=name, content_type="image/jpeg")
    return made


async def shown(site: Site, address: str) -> tuple[aiohttp.ClientResponse, bytes]:
    """What a stranger's browser gets at an address."""
    answer = await site.call("GET", address, key=None, headers={"Origin": "https://shop.example"})
    return answer, await answer.read()


async def test_a_picture_is_given_shown_replaced_and_taken_away(site: Site) -> None:
    tenant = await site.tenant()
    maria = await person(site, "maria@example.com", tenant=tenant)
    assert (await maria.ok("GET", "/api/v1/me"))["person"]["picture"] is None
    await refused(await maria.send("GET", PICTURE), 404)

    first = (await maria.ok("PUT", PICTURE, data=form(photo())))["picture"]
    assert re.fullmatch(r"/files/people/[0-9a-f]{32}", first)
    assert (await maria.ok("GET", "/api/v1/me"))["person"]["picture"] == first
    (member,) = (await maria.ok("GET", f"/api/v1/tenants/{tenant}/members"))["items"]
    assert member["picture"] == first

    answer, data = await shown(site, first)
    assert (answer.status, answer.content_type) == (200, "image/webp")
    told = answer.headers
    assert (told["X-Content-Type-Options"], told["Cross-Origin-Resource-Policy"]) == ("nosniff", "cross-origin")
    assert told["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert told["Content-Disposition"].startswith("attachment")
    assert GPS.encode() not in data
    with Image.open(io.BytesIO(data)) as kept:
        assert (kept.format, kept.size, dict(kept.getexif())) == ("WEBP", (256, 256), {})
    assert await (await maria.send("GET", PICTURE)).read() == data

    second = (await maria.ok("PUT", PICTURE, data=form(photo("red", "PNG"))))["picture"]
    assert second != first
    assert [(await shown(site, address))[0].status for address in (first, second)] == [404, 200]
    for _ in range(2):
        await maria.ok("DELETE", PICTURE)
    assert (await shown(site, second))[0].status == 404
    assert (await maria.ok("GET", "/api/v1/me"))["person"]["picture"] is None
    for guess in ("0" * 32, "..%2Fpeople", "x", "A" * 32):
        await refused((await shown(site, f"/files/people/{guess}"))[0], 404)


def _vast() -> bytes:
    """A few bytes that say they are a picture of 900 million pixels."""
    vast = (30_000).to_bytes(4, "big")
    head = b"IHDR" + vast + vast + bytes((8, 2, 0, 0, 0))
    chunk = (13).to_bytes(4, "big") + head + zlib.crc32(head).to_bytes(4, "big")
    return b"\x89PNG\r\n\x1a\n" + chunk + (4).to_bytes(4, "big") + b"IDAT" + bytes(8)


NO_PICTURES: dict[str, Callable[[], bytes]] = {
    "a drawing that can run": lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "a page": lambda: b"<!doctype html><script>alert(1)</script>",
    "words": lambda: b"GIF, or so I say",
    "half a picture": lambda: photo()[:400],
    "a head alone": lambda: b"\x89PNG\r\n\x1a\n",
    "a vast one": _vast,
    "another kind of picture": lambda: photo(kind="TIFF"),
}


async def test_what_is_no_picture_is_refused_in_words_and_changes_nothing(site: Site) -> None:
    maria = await person(site, "maria@example.com")
    kept = (await maria.ok("PUT", PICTURE, data=form(photo())))["picture"]
    for name, make in NO_PICTURES.items():
        problem = await refused(await maria.send("PUT", PICTURE, data=form(make())), 422, "file")
        assert "icture" in problem["detail"], name
    await refused(await maria.send("PUT", PICTURE, data=form(photo() + bytes(5 * 1024 * 1024))), 413)
    await refused(await maria.send("PUT", PICTURE, json={"file": "x"}), 415)
    assert (await maria.ok("GET", "/api/v1/me"))["person"]["picture"] == kept
    for method in ("GET", "PUT", "DELETE"):
        await refused(await Browser(site).send(method, PICTURE, data=None), 401)


@pytest.mark.parametrize("former", [False, True], ids=["colleague", "former colleague"])
async def test_a_customer_sees_how_who_answers_looks_and_no_other_tenant_does(site: Site, former: bool) -> None:
    tenant, other = await site.tenant(), await site.tenant("other")
    owner = await person(site, "owner@example.com", tenant=tenant)
    maria = await person(site, "maria@example.com", tenant=tenant, role=Role.AGENT)
    picture = (await maria.ok("PUT", PICTURE, data=form(photo())))["picture"]
    id = (await maria.ok("GET", "/api/v1/me"))["person"]["id"]

    async def author_at(tenant: str, **by: str) -> dict[str, Any]:
        visitor = await visit(site, await site.web_channel(tenant))
        conversation = (await say(site, visitor, "c-1"))["conversation_id"]
        path = f"/api/v1/tenants/{tenant}/conversations/{conversation}/messages"
        if by:
            assert (await site.call("POST", path, json={"text": "Hello.", **by})).status == 201
        else:
            await maria.ok("POST", path, json={"text": "Hello."})
            if former:
                await owner.ok("DELETE", f"/api/v1/tenants/{tenant}/members/{id}")
        told = f"/api/v1/visitor/conversations/{conversation}/messages"
        said = (await (await site.call("GET", told, key=None, headers=visitor)).json())["items"]
        author: dict[str, Any] = said[-1]["author"]
        return author

    name = {"kind": "agent", "id": None, "name": "Maria"}
    assert await author_at(tenant) == {**name, "picture": None if former else picture}
    assert await author_at(other, by=id, name="Maria") == {**name, "picture": None}
