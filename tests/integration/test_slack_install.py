"""Installing a shared Slack app from the link to the first message, through the running hub and the simulated Slack."""

from __future__ import annotations

from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from hub.simulator.slack.platform import DEMO_APP, DEMO_SIGNING_SECRET
from support.database import Database
from support.running_hub import Site, eventually, hub_in_process

PUBLIC = "https://hub.example"
APP = {"app_id": DEMO_APP, "client_id": "1.2", "client_secret": "c-secret", "signing_secret": DEMO_SIGNING_SECRET}


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    async with hub_in_process(database, tmp_path, public_url=PUBLIC) as site:
        site.simulator.slack.add_app()
        yield site


async def app_of(hub: Site) -> str:
    body = {"kind": "slack", "name": "Ours", "credentials": APP}
    return str((await hub.ok("POST", "/api/v1/apps", json=body))["id"])


async def open_page(hub: Site, url: str, cookie: str | None = None) -> tuple[int, str, str, SimpleCookie]:
    """What a browser gets at one of the hub's own addresses: status, where it is sent on, the page, cookies."""
    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}" == PUBLIC, url
    headers = {"Cookie": f"hub_install={cookie}"} if cookie else {}
    path = f"{hub.base}{parts.path}?{parts.query}"
    async with hub.http.get(path, headers=headers, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location", ""), await answer.text(), answer.cookies


async def consent(hub: Site, url: str) -> str:
    """The owner agrees at Slack; gives the address Slack sends the browser back to."""
    async with hub.http.get(url, allow_redirects=False) as answer:
        assert answer.status == 302, await answer.text()
        return answer.headers["Location"]


async def walk(hub: Site, app: str, tenant: str) -> tuple[int, str]:
    """The whole way of an owner, from the link to the page at its end."""
    link = (await hub.ok("POST", f"/api/v1/apps/{app}/install", json={"tenant": tenant}))["url"]
    status, away, _, cookies = await open_page(hub, link)
    assert status == 302 and away.startswith(hub.simulator.slack_url.removesuffix("/api"))
    cookie = cookies["hub_install"]
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", True)
    assert cookie["path"] == f"/api/v1/apps/{app}/callback"
    status, _, page, _ = await open_page(hub, await consent(hub, away), cookie.value)
    return status, page


async def test_from_the_link_to_the_first_message(hub: Site) -> None:
    tenant, app = await hub.tenant(), await app_of(hub)
    status, page = await walk(hub, app, tenant)
    assert status == 200 and "Simulated workspace is connected" in page
    (channel,) = (await hub.ok("GET", f"/api/v1/tenants/{tenant}/channels"))["items"]
    assert (channel["kind"], channel["name"], channel["enabled"]) == ("slack", "Simulated workspace", True)
    checked = await hub.ok("POST", f"/api/v1/tenants/{tenant}/channels/{channel['id']}/check")
    assert checked["ok"], checked

    hub.simulator.slack.connect(f"{hub.base}/webhooks/slack")
    person = hub.simulator.slack.user("Ada")
    person.say("hello from slack")

    def answered() -> bool:
        sent = hub.simulator.record.calls("slack", "chat.postMessage")
        return any("hello from slack" in str(call.params.get("text", "")) for call in sent)

    await eventually(answered, what="the answer in Slack")

    status, _ = await walk(hub, app, tenant)  # again: the same channel, with the new token
    assert status == 200
    assert len((await hub.ok("GET", f"/api/v1/tenants/{tenant}/channels"))["items"]) == 1
    status, page = await walk(hub, app, await hub.tenant("other"))
    assert status == 409 and "another company" in page


async def test_who_did_not_begin_gets_nothing(hub: Site) -> None:
    tenant, app = await hub.tenant(), await app_of(hub)
    link = (await hub.ok("POST", f"/api/v1/apps/{app}/install", json={"tenant": tenant}))["url"]
    _, away, _, cookies = await open_page(hub, link)
    back, mine = await consent(hub, away), cookies["hub_install"].value
    state = dict(part.split("=", 1) for part in urlsplit(back).query.split("&"))["state"]
    forged = [
        (back, None),  # another browser
        (back, "x" * 43),
        (back.replace(state, f"{state[:-1]}{'0' if state[-1] != '0' else '1'}"), mine),
        (back.split("?")[0], mine),
        (f"{back.split('?')[0]}?code=code-1-1&state=%00%FF", mine),
    ]
    for url, cookie in forged:
        status, _, page, _ = await open_page(hub, url, cookie)
        assert status == 401 and "<h1>Not connected</h1>" in page, (url, status)
    declined = f"{back.split('?')[0]}?error=access_denied&state={state}"
    status, _, page, _ = await open_page(hub, declined, mine)
    assert status == 422 and "cancelled" in page
    for ticket in ("", "x", "a.b.c"):
        status, away, _, _ = await open_page(hub, f"{link.split('?')[0]}?ticket={ticket}")
        assert status in (401, 422) and not away
    assert (await hub.ok("GET", f"/api/v1/tenants/{tenant}/channels"))["items"] == []
    assert not hub.simulator.record.calls("slack", "oauth.v2.access")


async def test_who_may_make_a_link(hub: Site) -> None:
    tenant, other, app = await hub.tenant(), await hub.tenant("other"), await app_of(hub)

    async def key(of: str, *scopes: str) -> str:
        body = {"name": "k", "scopes": list(scopes)}
        return str((await hub.ok("POST", f"/api/v1/tenants/{of}/api-keys", json=body))["key"])

    async def ask(key: str | None, to: str, of: str = app) -> tuple[int, Any]:
        return await hub.call("POST", f"/api/v1/apps/{of}/install", key=key, json={"tenant": to})

    assert (await ask(await key(tenant, "channels:write"), tenant))[0] == 200
    assert (await ask(await key(tenant, "channels:write"), "acme"))[0] == 200
    assert (await ask(await key(tenant, "channels:read"), tenant))[0] == 403
    assert (await ask(await key(other, "channels:write"), tenant))[0] == 404
    assert (await ask(None, tenant))[0] == 401
    assert (await ask(await key(tenant, "channels:write"), tenant, "0199aabb-0000-7000-8000-00000000abcd"))[0] == 404
    meta = {"kind": "messenger", "name": "M", "credentials": {"app_id": "1", "app_secret": "s", "verify_token": "v"}}
    page = str((await hub.ok("POST", "/api/v1/apps", json=meta))["id"])
    status, told = await hub.call("POST", f"/api/v1/apps/{page}/install", json={"tenant": tenant})
    assert (status, "not installed by consent" in told["detail"]) == (422, True)
    shown = await hub.ok("GET", f"/api/v1/apps/{app}/manifest")
    assert shown["oauth_config"]["redirect_urls"] == [f"{PUBLIC}/api/v1/apps/{app}/callback"]
    assert shown["settings"]["event_subscriptions"]["request_url"] == f"{PUBLIC}/webhooks/slack"
    assert (await hub.call("GET", f"/api/v1/apps/{app}/manifest", key=await key(tenant, "channels:read")))[0] == 403
