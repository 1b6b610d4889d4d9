"""How an owner sets a site's bubble up, what visitors tell before they write, and how they rate what they got."""

from __future__ import annotations

import asyncio
import datetime
from pathlib import Path
from typing import Any

import asyncpg

from support.database import Database
from support.running_hub import ORIGIN, Site, eventually, hub_in_process

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f6"
    "45400000000049454e44ae426082"
)
LOOKS: dict[str, Any] = {
    "name": "Northwind",
    "color": "#7a1f5c",
    "position": "left",
    "size": "large",
    "theme": "dark",
    "launcher_text": "Ask us",
    "greetings": [{"text": "About our prices?", "path": "/pricing*", "starts": "08:00", "ends": "20:00"}],
    "css": ":host { --bubble-radius: 4px }",
    "prechat": {
        "fields": [{"name": "email", "required": True}, {"name": "order", "label": "Order number"}],
        "consent": "You may keep what I write for a year.",
        "consent_url": "https://shop.example/privacy",
    },
}


async def config(hub: Site, site: str) -> dict[str, Any]:
    path = f"/api/v1/visitor/config?site_key={site}"
    found: dict[str, Any] = await hub.ok("GET", path, key=None, headers={"Origin": ORIGIN})
    return found


async def test_an_owner_sets_the_bubble_up_and_visitors_get_it(database: Database, tmp_path: Path) -> None:
    async with hub_in_process(database, tmp_path) as hub:
        tenant = await hub.tenant()
        site = await hub.website(tenant)
        path = f"/api/v1/tenants/{tenant}/channels/{site}/site"
        plain = await config(hub, site)
        assert (plain["name"], plain["color"], plain["open"], plain["prechat"]) == ("Chat", None, True, None)
        form = {"file": PICTURE}
        avatar = (await hub.ok("POST", f"/api/v1/tenants/{tenant}/files", data=form))["file_id"]
        await hub.ok("PUT", path, json={**LOOKS, "avatar": avatar})
        got = await config(hub, site)
        assert {name: got[name] for name in LOOKS if name not in ("greetings", "prechat")} == {
            name: LOOKS[name] for name in LOOKS if name not in ("greetings", "prechat")
        }
        assert got["greetings"][0]["path"] == "/pricing*"
        assert got["prechat"]["fields"][1] == {"name": "order", "label": "Order number", "required": False}
        assert await hub.ok("GET", got["avatar"], key=None) == PICTURE
        for field, value in (
            ("css", "a{background:url(https://evil.example/x)}"),
            ("css", "@import 'https://evil.example'"),
            ("css", r"a{b:\75rl(x)}"),
            ("color", "red;}"),
            ("avatar", tenant),
            ("position", "middle"),
            ("moon", 1),
        ):
            status, problem = await hub.call("PUT", path, json={field: value})
            assert status == 422, (field, value, problem)
        telegram = await hub.telegram(tenant)
        assert (await hub.call("GET", f"/api/v1/tenants/{tenant}/channels/{telegram}/site"))[0] == 404
        async with hub.visit(site) as visitor:
            theirs = {"Authorization": f"Bearer {visitor.token}", "Origin": ORIGIN}
            sent = await hub.ok("POST", "/api/v1/visitor/files", key=None, headers=theirs, data={"file": PICTURE})
        status, problem = await hub.call("PUT", path, json={"avatar": sent["file_id"]})
        assert (status, problem["field"]) == (422, "avatar"), "a customer's picture would be shown to everybody"

        # One calendar for the bot's words, the queue and the bubble.
        always_closed = {"name": "Never", "zone": "UTC", "weekly": {"0": []}}
        tomorrow = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=1)
        always_closed["exceptions"] = {str(tomorrow): {"open": [["09:00", "17:00"]]}}
        calendar = await hub.ok("POST", f"/api/v1/tenants/{tenant}/calendars", json=always_closed)
        desk = {"settings": {"desk": {"calendar": calendar["id"]}}}
        await hub.ok("PATCH", f"/api/v1/tenants/{tenant}", json=desk)
        closed = await config(hub, site)
        assert closed["open"] is False and closed["opens_at"].startswith(f"{tomorrow}T09:00")


async def both_are_kept(hub: Site, visitor: dict[str, str]) -> None:
    """What a visitor fills in while a colleague changes the same customer takes nothing of it away."""
    colleague = await asyncpg.connect(hub.database.superuser_url)
    try:
        change = colleague.transaction()
        await change.start()
        await colleague.execute("""update hub.contact set attributes = attributes || '{"tariff": "Pro"}'""")
        body = {"fields": {"order": "4712"}}
        form = asyncio.create_task(hub.ok("PUT", "/api/v1/visitor/profile", key=None, headers=visitor, json=body))
        waits = """select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()
                    and query like '%hub.contact%'"""
        await eventually(lambda: hub.rows(waits), what="the form to wait for the colleague")
        await change.commit()
        await form
        (kept,) = await colleague.fetch("select attributes::text as told from hub.contact")
        assert "Pro" in kept["told"] and "4712" in kept["told"], kept
    finally:
        await colleague.close()


async def test_what_visitors_tell_before_and_after_is_kept_and_shown_to_owners(
    database: Database, tmp_path: Path
) -> None:
    async with hub_in_process(database, tmp_path) as hub:
        tenant = await hub.tenant()
        site = await hub.website(tenant)
        base = f"/api/v1/tenants/{tenant}"
        await hub.ok("PUT", f"{base}/channels/{site}/site", json=LOOKS)
        async with hub.visit(site) as anna, hub.visit(site) as ben:
            headers = {"Authorization": f"Bearer {anna.token}", "Origin": ORIGIN}
            foreign = {"Authorization": f"Bearer {ben.token}", "Origin": ORIGIN}
            fields = {"email": "anna@customer.example", "name": "Anna", "order": "4711"}
            told = {"fields": fields, "consent": True}
            # Whoever comes without the bubble is asked all the same, over sockets and REST.
            refused = await anna.say("Hello", "client-0000")
            assert refused["error"]["code"] == "profile_needed", refused
            say = {"client_id": "client-0000", "parts": [{"type": "text", "text": "Hello"}]}
            for half in ({}, {"fields": fields}, {"fields": {"name": "Anna"}, "consent": True}):
                if half:
                    body = {"fields": {}, **half}
                    await hub.ok("PUT", "/api/v1/visitor/profile", key=None, headers=foreign, json=body)
                status, problem = await hub.call(
                    "POST", "/api/v1/visitor/messages", key=None, headers=foreign, json=say
                )
                assert (status, problem["code"]) == (403, "profile_needed"), problem
                await hub.rows("delete from hub.contact")
            assert await hub.rows("select 1 from hub.message") == []
            for _ in range(2):
                await hub.ok("PUT", "/api/v1/visitor/profile", key=None, headers=headers, json=told)
            for bad in ({"email": "anna"}, {"shoe_size": "39"}):
                status, _ = await hub.call(
                    "PUT", "/api/v1/visitor/profile", key=None, headers=headers, json={"fields": bad}
                )
                assert status == 422
            await both_are_kept(hub, headers)
            said = await anna.say("Hello", "client-0001")
            (contact,) = (await hub.ok("GET", f"{base}/contacts"))["items"]
            assert contact["name"] == "Anna"
            (kept,) = await hub.rows("select attributes::text as told from hub.contact")
            for word in ("anna@customer.example", "4712", "You may keep what I write", "consent_at"):
                assert word in kept["told"]

            await anna.reply()
            conversation = said["conversation_id"]
            await hub.act(tenant, conversation, "takeover", by="ada")
            await hub.ok("POST", f"{base}/conversations/{conversation}/messages", json={"text": "Ada here."})
            await hub.act(tenant, conversation, "resolve")
            await eventually(lambda: [c for c in anna.got("conversation") if c["state"] == "resolved"], what="the end")
            path = f"/api/v1/visitor/conversations/{conversation}/rating"
            assert (await hub.call("PUT", path, key=None, headers=foreign, json={"score": 1}))[0] == 404
            for score in (0, 6, "5"):
                assert (await hub.call("PUT", path, key=None, headers=headers, json={"score": score}))[0] == 422
            await hub.ok("PUT", path, key=None, headers=headers, json={"score": 2, "comment": "Slow."})
            await hub.ok("PUT", path, key=None, headers=headers, json={"score": 4})
            (rating,) = (await hub.ok("GET", f"{base}/ratings?score=4"))["items"]
            assert (rating["conversation_id"], rating["comment"]) == (conversation, "Slow.")
            summary = await hub.ok("GET", f"{base}/ratings/summary")
            assert (summary["count"], summary["average"], summary["satisfied"]) == (1, 4.0, 1.0)
            events = await hub.ok("GET", f"{base}/events?type=feedback.received")
            assert [e["data"]["score"] for e in events["items"]] == [2, 4]


async def test_who_was_let_in_before_must_sign_in_once_the_site_demands_it(database: Database, tmp_path: Path) -> None:
    async with hub_in_process(database, tmp_path) as hub:
        tenant = await hub.tenant()
        site = await hub.website(tenant)
        status, opened = await hub.call("POST", "/api/v1/visitor/session", key=None, json={"site_key": site})
        assert status in (200, 201)
        status, _ = await hub.call("GET", "/api/v1/visitor/conversations", key=opened["token"])
        assert status == 200
        await hub.ok("PUT", f"/api/v1/tenants/{tenant}/channels/{site}/site", json={"require_identity": True})
        status, refused = await hub.call("GET", "/api/v1/visitor/conversations", key=opened["token"])
        assert (status, refused["code"]) == (401, "unauthenticated")
