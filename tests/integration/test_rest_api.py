"""The REST API on a real database: tenants, channels, keys, documents, webhooks, chat, apps."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest

from support.api_calls import TELEGRAM, refused, update
from support.api_site import SECRET, Site


async def test_tenants_are_made_changed_and_deleted_with_their_files(site: Site, tmp_path: Path) -> None:
    made = await site.made("/api/v1/tenants", {"slug": "acme", "name": "Acme", "settings": {"locale": "de"}})
    assert made["settings"] == {"locale": "de"}
    await refused(await site.call("POST", "/api/v1/tenants", json={"slug": "acme", "name": "x"}), 409, "slug")
    await refused(await site.call("POST", "/api/v1/tenants", json={"slug": "Not Good", "name": "x"}), 422, "slug")
    lookalike = {"slug": str(uuid4()), "name": "x"}
    await refused(await site.call("POST", "/api/v1/tenants", json=lookalike), 422, "slug")
    assert (await (await site.call("GET", "/api/v1/tenants/acme")).json())["id"] == made["id"]
    note = {"title": "Hours", "text": "We open at nine."}
    assert (await site.call("POST", "/api/v1/tenants/acme/documents", json=note)).status == 202
    kept = tmp_path / "blobs" / made["id"]
    assert [path for path in kept.rglob("*") if path.is_file()]
    changed = await site.call("PATCH", "/api/v1/tenants/acme", json={"enabled": False})
    assert (await changed.json())["enabled"] is False
    body = await refused(await site.call("GET", "/api/v1/tenants/acme/channels"), 403)
    assert body["code"] == "tenant_disabled"
    assert (await site.call("DELETE", "/api/v1/tenants/acme")).status == 204
    assert not kept.exists()
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


async def test_documents_come_in_the_order_asked_for_page_by_page(site: Site) -> None:
    tenant = await site.tenant()
    base = f"/api/v1/tenants/{tenant}/documents"
    for title, text in (("Zebra", "One."), ("apple", "Two, and more."), ("Mango", "Three and more."), ("mango", "4.")):
        await site.made(base, {"title": title, "text": text})

    async def titles(query: str) -> list[str]:
        found: list[str] = []
        cursor = ""
        while True:
            page = await (await site.call("GET", f"{base}?limit=2{query}{cursor}")).json()
            found += [one["title"] for one in page["items"]]
            if page["next_cursor"] is None:
                return found
            cursor = f"&cursor={page['next_cursor']}"

    assert await titles("") == ["mango", "Mango", "apple", "Zebra"]
    assert await titles("&order=asc") == ["Zebra", "apple", "Mango", "mango"]
    assert await titles("&sort=title&order=asc") == ["apple", "Mango", "mango", "Zebra"]
    assert await titles("&sort=size") == ["Mango", "apple", "Zebra", "mango"]
    await refused(await site.call("GET", f"{base}?sort=colour"), 422, "sort")
    for sort in ("title", "created_at"):
        first = await (await site.call("GET", f"{base}?limit=1&sort={sort}")).json()
        await site.call("DELETE", f"{base}/{first['items'][0]['id']}")
        behind = await site.call("GET", f"{base}?sort={sort}&cursor={first['next_cursor']}")
        if sort == "title":
            await refused(behind, 422, "cursor")
        else:
            assert len((await behind.json())["items"]) == 2


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
