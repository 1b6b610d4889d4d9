"""Visitors and colleagues over REST on a real database: who may see, say and do what."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from uuid import uuid4

import aiohttp

from support.api_calls import ORIGIN, refused, say, visit
from support.api_site import Site


async def test_a_colleague_takes_over_writes_and_gives_back(site: Site) -> None:
    tenant = await site.tenant()
    visitor = await visit(site, await site.web_channel(tenant))
    conversation = (await say(site, visitor, "c-1"))["conversation_id"]
    base = f"/api/v1/tenants/{tenant}/conversations/{conversation}"
    taken = await (await site.call("POST", f"{base}/takeover", json={"by": "ada"})).json()
    assert (taken["conversation"]["state"], taken["conversation"]["assignee"]) == ("agent", "ada")
    assert (taken["in_flight"], taken["cancelled"], taken["withdrawn"]) == ([], [], None)
    headers = {"Idempotency-Key": "reply-1"}
    for _ in range(2):
        answer = await site.call("POST", f"{base}/messages", json={"text": "I am Ada."}, headers=headers)
        assert answer.status == 201
    sent = await answer.json()
    assert (sent["author"]["kind"], sent["direction"]) == ("agent", "out")
    note = await site.made(f"{base}/notes", {"text": "A difficult one."})
    assert note["kind"] == "note"
    seen = await site.call("GET", f"/api/v1/visitor/conversations/{conversation}/messages", key=None, headers=visitor)
    shown = (await seen.json())["items"]
    assert [m["parts"][0]["text"] for m in shown] == ["Hello", "I am Ada."]
    assert shown[0]["client_id"] == "c-1"
    assert (await (await site.call("POST", f"{base}/return")).json())["state"] == "bot"
    await refused(await site.call("POST", f"{base}/return"), 409, "state")
    assert (await (await site.call("POST", f"{base}/assign", json={"assignee": None})).json())["conversation"][
        "state"
    ] == "waiting"
    assert (await (await site.call("POST", f"{base}/resolve")).json())["state"] == "resolved"
    assert (await (await site.call("GET", f"{base}/policy")).json())["verdict"] == "allow"
    for body, field in [({}, "text"), ({"text": "a", "parts": [{"type": "text", "text": "b"}]}, "text"),
                        ({"parts": [{"type": "moon"}]}, "parts.0"), ({"text": "\x00"}, "text"),
                        ({"parts": [{"type": "media", "kind": "image", "file_id": str(uuid4())}]}, "parts.0.file_id"),
                        ]:  # fmt: skip
        await refused(await site.call("POST", f"{base}/messages", json=body), 422, field)
    assert site.told.announced


async def test_one_tenant_sees_nothing_of_another(site: Site) -> None:
    tenant, other = await site.tenant(), await site.tenant("other")
    visitor = await visit(site, await site.web_channel(tenant))
    conversation = (await say(site, visitor, "c-1"))["conversation_id"]
    document = (await site.made(f"/api/v1/tenants/{tenant}/documents", {"title": "T", "text": "Canary text."}))["id"]
    base = f"/api/v1/tenants/{other}"
    for path in (f"conversations/{conversation}", f"conversations/{conversation}/messages", f"documents/{document}"):
        await refused(await site.call("GET", f"{base}/{path}"), 404)
    for act in ("takeover", "return", "resolve"):
        await refused(await site.call("POST", f"{base}/conversations/{conversation}/{act}"), 404)
    for listing in ("conversations", "documents", "contacts", "channels", "api-keys", "contexts"):
        assert (await (await site.call("GET", f"{base}/{listing}")).json())["items"] == []


async def test_two_quick_messages_of_a_newcomer_are_one_conversation(site: Site) -> None:
    tenant = await site.tenant()
    visitor = await visit(site, await site.web_channel(tenant))
    said = await asyncio.gather(*[say(site, visitor, f"c-{n}") for n in range(4)], say(site, visitor, "c-0"))
    assert len({s["conversation_id"] for s in said}) == 1
    assert len({s["id"] for s in said}) == 4
    (conversation,) = (await (await site.call("GET", f"/api/v1/tenants/{tenant}/conversations")).json())["items"]
    assert conversation["last_seq"] == 4


async def test_only_a_sites_own_pages_may_talk(site: Site) -> None:
    tenant = await site.tenant()
    channel = await site.web_channel(tenant, "https://*.shop.example")
    for origin, allowed in [("https://www.shop.example", True), ("https://a.b.shop.example", True),
                            ("https://shop.example", False), ("http://www.shop.example", False),
                            ("https://www.shop.example:8443", False), ("https://www.shop.example:443", True),
                            ("https://evilshop.example", False), ("https://www.shop.example.evil.example", False),
                            ("null", False), ("https://x@www.shop.example", False)]:  # fmt: skip
        answer = await site.call(
            "POST", "/api/v1/visitor/session", key=None, json={"site_key": channel}, headers={"Origin": origin}
        )
        assert answer.status == (200 if allowed else 403), origin
        assert answer.headers.get("Access-Control-Allow-Origin") == (origin if allowed else None)
        config = await site.call(
            "GET", f"/api/v1/visitor/config?site_key={channel}", key=None, headers={"Origin": origin}
        )
        assert config.status == (200 if allowed else 403), origin
        assert config.headers.get("Access-Control-Allow-Origin") == (origin if allowed else None)
    for key in ("nonsense", str(uuid4())):
        await refused(
            await site.call("POST", "/api/v1/visitor/session", key=None, json={"site_key": key}), 404, "site_key"
        )


async def test_visitors_are_kept_apart(site: Site) -> None:
    tenant = await site.tenant()
    channel = await site.web_channel(tenant)
    one, two = await visit(site, channel), await visit(site, channel)
    conversation = (await say(site, one, "c-1"))["conversation_id"]
    path = f"/api/v1/visitor/conversations/{conversation}/messages"
    await refused(await site.call("GET", path, key=None, headers=two), 404, "conversation")
    body = {"client_id": "c-2", "parts": [{"type": "text", "text": "x"}], "conversation": conversation}
    await refused(await site.call("POST", "/api/v1/visitor/messages", key=None, json=body, headers=two), 404)
    await refused(await site.call("GET", path, key=None, headers={**ORIGIN, "Authorization": "Bearer x"}), 401)
    foreign = {**one, "Origin": "https://evil.example"}
    await refused(await site.call("GET", path, key=None, headers=foreign), 403)
    bad = {"client_id": "c-3", "parts": [{"type": "text", "text": 5}]}
    await refused(await site.call("POST", "/api/v1/visitor/messages", key=None, json=bad, headers=one), 422)
    assert (await site.call("DELETE", "/api/v1/visitor", key=None, headers=one)).status == 204
    assert (await (await site.call("GET", f"/api/v1/tenants/{tenant}/conversations")).json())["items"] == []


async def test_signed_in_visitors_are_vouched_for(site: Site) -> None:
    tenant = await site.tenant()
    secret = "s" * 40
    credentials = {"allowed_origins": ["https://shop.example"], "identity_secret": secret}
    body = {"kind": "webchat", "name": "x", "credentials": credentials, "settings": {"require_identity": True}}
    channel = (await site.made(f"/api/v1/tenants/{tenant}/channels", body))["id"]
    good = hmac.new(secret.encode(), b"ada", hashlib.sha256).hexdigest()
    devices = [await visit(site, channel, identity={"user": "ada", "hash": good}) for _ in range(2)]
    said = [await say(site, device, f"c-{n}") for n, device in enumerate(devices)]
    assert said[0]["conversation_id"] == said[1]["conversation_id"]
    forged = [{"user": "bob", "hash": good}, {"user": "ADA", "hash": good}, {"user": "ada", "hash": "0" * 64}]
    for identity in [*forged, None]:
        asked = {"site_key": channel, **({"identity": identity} if identity else {})}
        await refused(await site.call("POST", "/api/v1/visitor/session", key=None, json=asked, headers=ORIGIN), 403)


async def test_files_go_up_and_come_down_as_attachments(site: Site) -> None:
    tenant = await site.tenant()
    channel = await site.web_channel(tenant)
    one, two = await visit(site, channel), await visit(site, channel)
    form = aiohttp.FormData()
    form.add_field("file", b"<html><script>alert(1)</script>", filename="ä;b.html", content_type="image/png")
    answer = await site.call("POST", "/api/v1/visitor/files", key=None, data=form, headers=one)
    assert answer.status == 201, await answer.text()
    file = await answer.json()
    down = await site.call("GET", file["url"], key=None)
    assert await down.read() == b"<html><script>alert(1)</script>"
    assert down.headers["Content-Disposition"].startswith("attachment")
    assert down.headers["X-Content-Type-Options"] == "nosniff"
    assert down.content_type == "application/octet-stream"
    assert "sandbox" in down.headers["Content-Security-Policy"]
    await refused(await site.call("GET", file["url"] + "x", key=None), 404, "token")
    part = {"type": "media", "kind": "document", "file_id": file["file_id"]}
    body = {"client_id": "c-1", "parts": [part]}
    await refused(await site.call("POST", "/api/v1/visitor/messages", key=None, json=body, headers=two), 422)
    assert (await site.call("POST", "/api/v1/visitor/messages", key=None, json=body, headers=one)).status == 201


async def test_a_forgotten_visitors_files_are_gone(site: Site) -> None:
    tenant = await site.tenant()
    channel = await site.web_channel(tenant)
    urls = []
    visitors = [await visit(site, channel), await visit(site, channel)]
    for visitor in visitors:
        form = aiohttp.FormData()
        form.add_field("file", b"canary", filename="note.txt")
        sent = await site.call("POST", "/api/v1/visitor/files", key=None, data=form, headers=visitor)
        urls.append((await sent.json())["url"])
    assert (await site.call("DELETE", "/api/v1/visitor", key=None, headers=visitors[0])).status == 204
    assert [(await site.call("GET", url, key=None)).status for url in urls] == [404, 200]
