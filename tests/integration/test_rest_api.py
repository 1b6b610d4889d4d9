"""The REST API on a real database: tenants, channels, keys, conversations, documents, visitors, webhooks."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

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


async def test_tenants_are_made_changed_and_deleted(site: Site) -> None:
    made = await site.made("/api/v1/tenants", {"slug": "acme", "name": "Acme", "settings": {"locale": "de"}})
    assert made["settings"] == {"locale": "de"}
    await refused(await site.call("POST", "/api/v1/tenants", json={"slug": "acme", "name": "x"}), 409, "slug")
    await refused(await site.call("POST", "/api/v1/tenants", json={"slug": "Not Good", "name": "x"}), 422, "slug")
    lookalike = {"slug": str(uuid4()), "name": "x"}
    await refused(await site.call("POST", "/api/v1/tenants", json=lookalike), 422, "slug")
    assert (await (await site.call("GET", "/api/v1/tenants/acme")).json())["id"] == made["id"]
    changed = await site.call("PATCH", "/api/v1/tenants/acme", json={"enabled": False})
    assert (await changed.json())["enabled"] is False
    body = await refused(await site.call("GET", "/api/v1/tenants/acme/channels"), 403)
    assert body["code"] == "tenant_disabled"
    assert (await site.call("DELETE", "/api/v1/tenants/acme")).status == 204
    await refused(await site.call("GET", "/api/v1/tenants/acme"), 404)


async def test_lists_are_paged_to_the_end(site: Site) -> None:
    for number in range(5):
        await site.tenant(f"t-{number}")
    seen: list[str] = []
    cursor = ""
    while True:
        page = await (await site.call("GET", f"/api/v1/tenants?limit=2{cursor}")).json()
        seen += [item["slug"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [f"t-{n}" for n in range(5)]
    await refused(await site.call("GET", "/api/v1/tenants?cursor=AAAA"), 422, "cursor")


async def test_credentials_go_in_and_never_come_out(site: Site) -> None:
    tenant = await site.tenant()
    channel = await site.telegram_channel(tenant)
    path = f"/api/v1/tenants/{tenant}/channels/{channel}"
    text = await (await site.call("GET", path)).text()
    assert SECRET not in text and "AAAA" not in text
    assert f"https://hub/webhooks/telegram/{channel}" in text
    bad = {"kind": "telegram", "name": "x", "credentials": {"bot_token": "nonsense", "secret_token": "x"}}
    await refused(await site.call("POST", f"/api/v1/tenants/{tenant}/channels", json=bad), 422, "credentials.bot_token")
    other = await site.tenant("other")
    same = {"bot_token": "123456:" + "A" * 35, "secret_token": SECRET}
    again = {"kind": "telegram", "name": "x", "credentials": same}
    await refused(await site.call("POST", f"/api/v1/tenants/{other}/channels", json=again), 409, "credentials")
    unknown = {"kind": "pigeon", "name": "x", "credentials": {}}
    await refused(await site.call("POST", f"/api/v1/tenants/{tenant}/channels", json=unknown), 422, "kind")
    assert (await (await site.call("GET", f"{path}/capabilities")).json())["text_limit"] == 4096
    assert (await site.call("DELETE", path)).status == 204
    await refused(await site.call("GET", path), 404, "channel")


async def test_keys_are_shown_once_scoped_and_taken_back(site: Site) -> None:
    tenant = await site.tenant()
    base = f"/api/v1/tenants/{tenant}/api-keys"
    made = await site.made(base, {"name": "n", "scopes": ["tenant:read", "keys:write"]})
    key = made["key"]
    assert key not in await (await site.call("GET", base)).text()
    assert (await site.call("GET", f"/api/v1/tenants/{tenant}", key=key)).status == 200
    await refused(await site.call("GET", f"/api/v1/tenants/{tenant}/conversations", key=key), 403)
    await refused(await site.call("GET", "/api/v1/tenants", key=key), 403)
    greedy = {"name": "more", "scopes": ["chat"]}
    await refused(await site.call("POST", base, json=greedy, key=key), 403, "scopes")
    past = {"name": "n", "scopes": ["chat"], "expires_at": "2001-01-01T00:00:00Z"}
    await refused(await site.call("POST", base, json=past), 422, "expires_at")
    await refused(await site.call("POST", base, json={"name": "n", "scopes": ["fly"]}), 422, "scopes.0")
    other = await site.tenant("other")
    await refused(await site.call("GET", f"/api/v1/tenants/{other}", key=key), 404)
    assert (await site.call("DELETE", f"{base}/{made['id']}")).status == 204
    await refused(await site.call("GET", f"/api/v1/tenants/{tenant}", key=key), 401)


async def test_a_repeated_post_makes_one_key_and_leaves_no_secret_in_clear(site: Site) -> None:
    tenant = await site.tenant()
    base, body = f"/api/v1/tenants/{tenant}/api-keys", {"name": "n", "scopes": ["chat"]}
    headers = {"Idempotency-Key": "once-1"}
    answers = [await site.call("POST", base, json=body, headers=headers) for _ in range(2)]
    first, second = [await a.json() for a in answers]
    assert first == second
    assert len((await (await site.call("GET", base)).json())["items"]) == 1
    await refused(await site.call("POST", base, json={**body, "name": "m"}, headers=headers), 422, "Idempotency-Key")


async def test_the_same_key_at_once_happens_once(site: Site) -> None:
    headers = {"Idempotency-Key": "once-2"}
    body = {"slug": "race", "name": "Race"}
    answers = await asyncio.gather(
        *[site.call("POST", "/api/v1/tenants", json=body, headers=headers) for _ in range(6)]
    )
    assert {a.status for a in answers} <= {201, 409}
    assert sum(a.status == 201 for a in answers) >= 1
    assert len((await (await site.call("GET", "/api/v1/tenants")).json())["items"]) == 1


async def test_webhooks_store_once_and_refuse_forgeries(site: Site) -> None:
    tenant = await site.tenant()
    channel = await site.telegram_channel(tenant)
    path = f"/webhooks/telegram/{channel}"
    for _ in range(2):
        answer = await site.call("POST", path, key=None, json=update(1), headers=TELEGRAM)
        assert (answer.status, await answer.json()) == (200, {"outcome": "accepted"})
    for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "wrong"}, {"X-Telegram-Bot-Api-Secret-Token": ""}):
        await refused(await site.call("POST", path, key=None, json=update(2), headers=headers), 401)
    (conversation,) = (await (await site.call("GET", f"/api/v1/tenants/{tenant}/conversations")).json())["items"]
    messages = f"/api/v1/tenants/{tenant}/conversations/{conversation['id']}/messages"
    assert [m["parts"] for m in (await (await site.call("GET", messages)).json())["items"]] == [
        [{"type": "text", "text": "Hello"}]
    ]
    for missing in (f"/webhooks/telegram/{uuid4()}", "/webhooks/telegram/nonsense", "/webhooks/pigeon/x",
                    f"/webhooks/webchat/{channel}", "/webhooks/telegram"):  # fmt: skip
        await refused(await site.call("POST", missing, key=None, json=update(3), headers=TELEGRAM), 404)
    large = b"x" * (3 * 1024 * 1024 + 1)
    await refused(await site.call("POST", path, key=None, data=large, headers=TELEGRAM), 413)
    garbage = await site.call("POST", path, key=None, data=b"\xff{not json", headers=TELEGRAM)
    assert garbage.status == 200
    assert ("telegram", "forged") in site.counted


async def test_a_disabled_tenants_webhooks_are_ignored(site: Site) -> None:
    tenant = await site.tenant()
    channel = await site.telegram_channel(tenant)
    await site.call("PATCH", f"/api/v1/tenants/{tenant}", json={"enabled": False})
    answer = await site.call("POST", f"/webhooks/telegram/{channel}", key=None, json=update(1), headers=TELEGRAM)
    assert (answer.status, await answer.json()) == (200, {"outcome": "ignored(disabled)"})
    await site.call("PATCH", f"/api/v1/tenants/{tenant}", json={"enabled": True})
    assert (await (await site.call("GET", f"/api/v1/tenants/{tenant}/conversations")).json())["items"] == []


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


async def test_documents_are_taken_in_by_file_text_and_address(site: Site) -> None:
    tenant = await site.tenant()
    base = f"/api/v1/tenants/{tenant}/documents"

    def form(**fields: str) -> aiohttp.FormData:
        data = aiohttp.FormData(quote_fields=False)
        data.add_field("file", b"# Delivery\n\nTwo days.", filename="../../etc/delivery.md")
        for name, value in fields.items():
            data.add_field(name, value)
        return data

    answer = await site.call("POST", base, data=form(title="Delivery", context="shop", metadata='{"lang": "en"}'))
    assert answer.status == 202, await answer.text()
    made = await answer.json()
    assert (made["status"], made["name"], made["metadata"]) == ("queued", "delivery.md", {"lang": "en"})
    again = await (await site.call("POST", base, data=form(title="Delivery", context="shop"))).json()
    assert again["id"] == made["id"]
    text = await site.made(base, {"title": "Returns", "text": "Within 14 days.", "external_id": "faq-1"})
    assert (await site.made(base, {"title": "R", "text": "Within 30 days.", "external_id": "faq-1"}))["id"] == text[
        "id"
    ]
    items = await (await site.call("GET", f"{base}?limit=1")).json()
    assert items["next_cursor"] is not None
    assert [d["title"] for d in (await (await site.call("GET", f"{base}?context=shop")).json())["items"]] == [
        "Delivery"
    ]
    found = await site.call("POST", f"/api/v1/tenants/{tenant}/search", json={"query": "delivery"})
    assert (found.status, (await found.json())["items"]) == (200, [])
    lost = {"query": "x", "context": "nowhere"}
    await refused(await site.call("POST", f"/api/v1/tenants/{tenant}/search", json=lost), 422, "context")
    assert (await site.call("POST", f"{base}/{made['id']}/reindex")).status == 202
    assert (await site.call("DELETE", f"{base}/{made['id']}")).status == 204
    await refused(await site.call("GET", f"{base}/{made['id']}"), 404, "document")


async def test_bad_documents_are_refused_by_name(site: Site) -> None:
    tenant = await site.tenant()
    base = f"/api/v1/tenants/{tenant}/documents"
    for body, status, field in [({}, 422, "text"), ({"text": "x"}, 422, "title"),
                                ({"url": "ftp://x.example"}, 422, "url"),
                                ({"url": "http://127.0.0.1:1/x"}, 422, None), ({"title": "t", "text": 5}, 422, "text"),
                                ({"title": "t", "text": "a", "url": "http://x.example"}, 422, "text"),
                                ({"title": "t", "text": "a", "metadata": []}, 422, "metadata")]:  # fmt: skip
        await refused(await site.call("POST", base, json=body), status, field)
    await refused(await site.call("POST", base, data=b"x", headers={"Content-Type": "text/plain"}), 415)
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    for raw in (b"", b"--x", b"--x\r\n\r\n", b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--", b"garbage"):
        answer = await site.call("POST", base, data=raw, headers=broken)
        assert answer.status in (400, 422), (raw, answer.status, await answer.text())
    await refused(await site.call("POST", base, data=b"x", headers={"Content-Type": "multipart/form-data"}), 400)
    for name, value, field in [("metadata", "[]", "metadata"), ("metadata", "{", None), ("colour", "red", "colour"),
                               ("title", "a\x00", "title")]:  # fmt: skip
        data = aiohttp.FormData()
        data.add_field("file", b"x", filename="x.txt")
        data.add_field(name, value)
        answer = await site.call("POST", base, data=data)
        assert answer.status in (400, 422)
        if field:
            await refused(answer, 422, field)
    empty = aiohttp.FormData()
    empty.add_field("file", b"", filename="x.txt")
    await refused(await site.call("POST", base, data=empty), 422, "file")
    large = aiohttp.FormData()
    large.add_field("file", b"x" * (25 * 1024 * 1024 + 1), filename="x.txt")
    await refused(await site.call("POST", base, data=large), 413, "file")
    assert (await (await site.call("GET", base)).json())["items"] == []


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


async def test_chat_answers_as_json_and_as_events(site: Site) -> None:
    tenant = await site.tenant()
    base = f"/api/v1/tenants/{tenant}/chat"
    answer = await (await site.call("POST", base, json={"message": "Hello"})).json()
    assert answer["handoff"] == {"state": "waiting", "reason": "wish"}
    stream = await site.call("POST", f"{base}/stream", json={"message": "Hello"})
    assert stream.content_type == "text/event-stream"
    names = [line[7:] for line in (await stream.text()).splitlines() if line.startswith("event: ")]
    assert names == ["delta", "withdrawn", "message", "done"]
    for body, field in [({}, "message"), ({"message": ""}, "message"), ({"message": "x" * 8001}, "message"),
                        ({"message": "x", "conversation_id": "y"}, "conversation_id")]:  # fmt: skip
        await refused(await site.call("POST", f"{base}/stream", json=body), 422, field)


async def test_apps_are_the_operators_and_keep_their_secrets(site: Site) -> None:
    slack = {"app_id": "A1", "client_id": "c", "client_secret": "hidden-1", "signing_secret": "hidden-2"}
    made = await site.made("/api/v1/apps", {"kind": "slack", "name": "Ours", "credentials": slack})
    text = await (await site.call("GET", "/api/v1/apps")).text()
    assert "hidden" not in text and made["id"] in text
    again = {"kind": "slack", "name": "Ours", "credentials": slack}
    await refused(await site.call("POST", "/api/v1/apps", json=again), 409)
    short = {"kind": "slack", "name": "x", "credentials": {"app_id": "A2"}}
    await refused(await site.call("POST", "/api/v1/apps", json=short), 422, "credentials.client_id")
    renamed = await site.call("PATCH", f"/api/v1/apps/{made['id']}", json={"name": "Theirs"})
    assert (await renamed.json())["name"] == "Theirs"
    assert (await site.call("DELETE", f"/api/v1/apps/{made['id']}")).status == 204
    await refused(await site.call("GET", f"/api/v1/apps/{made['id']}"), 404, "app")


@pytest.mark.parametrize("path", ["conversations/not-an-id", "channels/not-an-id", "documents/not-an-id"])
async def test_bad_ids_name_their_field(site: Site, path: str) -> None:
    tenant = await site.tenant()
    body = await refused(await site.call("GET", f"/api/v1/tenants/{tenant}/{path}"), 422)
    assert body["field"] == path.split("/")[0].removesuffix("s")
