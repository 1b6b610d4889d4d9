"""A visitor's list of conversations: begun anew, found, named, deleted, over REST and sockets, and nobody else's."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.core.errors import NotFound, Unauthenticated
from hub.security.tokens import VisitorTokens
from support.database import Database
from support.running_hub import ORIGIN, Site, Visit, eventually, hub_in_process

LIST = "/api/v1/visitor/conversations"


async def ask(visit: Visit, event: str, **data: Any) -> dict[str, Any]:
    answer: dict[str, Any] = await visit.client.call(event, data, namespace="/visitor", timeout=60)
    return answer


def words(text: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": text}]


async def rest(hub: Site, visit: Visit, method: str, path: str, **more: Any) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {visit.token}", "Origin": ORIGIN}
    return await hub.call(method, path, key=None, headers=headers, **more)


async def titles(hub: Site, visit: Visit, typed: str = "") -> list[str]:
    status, body = await rest(hub, visit, "GET", LIST + (f"?q={typed}" if typed else ""))
    assert status == 200, body
    return [item["title"] for item in body["items"]]


async def test_conversations_are_begun_found_named_and_deleted(database: Database, tmp_path: Path) -> None:
    async with hub_in_process(database, tmp_path) as hub:
        tenant = await hub.tenant()
        site = await hub.website(tenant)
        async with hub.visit(site) as anna, hub.visit(site) as ben:
            assert await titles(hub, anna) == []
            first = await anna.say("How *long* may I [return](https://x.example/) shoes?", "client-0001")
            await anna.reply()
            await ben.say("Something of Ben's", "client-0001")

            # Two quick messages of a conversation begun anew meet in one; a repeated one is stored once.
            fresh = {"fresh": "new-one-1"}
            assert (await ask(anna, "resume", fresh=True))["conversation"] is None
            sent = [
                await ask(anna, "message", client_id=f"client-010{n}", parts=words(f"Umbrella {n}"), **fresh)
                for n in (1, 2, 1)
            ]
            (second,) = {s["conversation_id"] for s in sent}
            assert second != first["conversation_id"] and [s["seq"] for s in sent[:2]] != [None, None]

            async def both_named() -> bool:
                found = await titles(hub, anna)
                return len(found) == 2 and None not in found

            await eventually(both_named, what="titles for both")
            assert (await titles(hub, anna))[1] == "How long may I return shoes?"
            assert len(await titles(hub, anna, "umbrella")) == 1
            assert await titles(hub, anna, "shoes") == ["How long may I return shoes?"]
            assert await titles(hub, anna, "ben") == []

            # The older one is looked at again and goes on; what is written there stays there.
            older = await ask(anna, "resume", conversation_id=first["conversation_id"])
            assert older["conversation"]["id"] == first["conversation_id"] and len(older["messages"]) == 2
            more = await ask(
                anna,
                "message",
                client_id="client-0200",
                parts=words("And hats?"),
                conversation_id=first["conversation_id"],
            )
            assert more["conversation_id"] == first["conversation_id"]
            told = await eventually(
                lambda: [m for m in anna.got("message") if m["seq"] == more["seq"] + 1], what="the answer there"
            )
            assert told[0]["conversation_id"] == first["conversation_id"]

            one = f"{LIST}/{first['conversation_id']}"
            assert (await rest(hub, anna, "PATCH", one, json={"title": "  Shoes \n and hats "}))[0] == 204
            assert (await titles(hub, anna))[0] == "Shoes and hats"
            for method, body in (("PATCH", {"title": "Ben's now"}), ("DELETE", None)):
                assert (await rest(hub, ben, method, one, json=body))[0] == 404
            assert (await rest(hub, anna, "PATCH", one, json={"title": "   "}))[0] == 422
            foreign = await ask(ben, "resume", conversation_id=first["conversation_id"])
            assert foreign["conversation"]["id"] not in (first["conversation_id"], second)
            refused = await ask(
                ben, "message", client_id="client-0300", parts=words("x"), conversation_id=first["conversation_id"]
            )
            assert refused["error"]["code"] == "not_found"

            assert (await rest(hub, anna, "DELETE", one))[0] == 204
            assert len(await titles(hub, anna)) == 1
            assert (
                await hub.rows("select 1 from hub.message where conversation_id = $1", first["conversation_id"]) == []
            )
            after = await ask(anna, "resume", conversation_id=first["conversation_id"])
            assert after["conversation"]["id"] == second


async def test_being_forgotten_on_one_site_leaves_what_was_said_on_others(database: Database, tmp_path: Path) -> None:
    async with hub_in_process(database, tmp_path) as hub:
        tenant = await hub.tenant()
        sites, tokens, secret = [], [], "a-secret-of-the-shop-that-is-long-enough"
        for name in ("Shop", "Blog"):
            credentials = {"allowed_origins": [ORIGIN], "identity_secret": f"{secret}-{name}"}
            body = {"kind": "webchat", "name": name, "credentials": credentials}
            site = (await hub.ok("POST", f"/api/v1/tenants/{tenant}/channels", json=body))["id"]
            signed = hmac.new(f"{secret}-{name}".encode(), b"anna", hashlib.sha256).hexdigest()
            visit = {"site_key": site, "identity": {"user": "anna", "hash": signed}}
            opened = await hub.ok("POST", "/api/v1/visitor/session", key=None, json=visit, headers={"Origin": ORIGIN})
            sites.append(site)
            tokens.append(opened["token"])
        for token, form in zip(tokens, ("one", "two"), strict=True):
            headers = {"Authorization": f"Bearer {token}", "Origin": ORIGIN}
            file = {"file": f"file of site {form}".encode()}
            kept = await hub.ok("POST", "/api/v1/visitor/files", key=None, data=file, headers=headers)
            parts = [*words(f"Said on {form}"), {"type": "media", "kind": "document", "file_id": kept["file_id"]}]
            said = {"client_id": "client-0001", "parts": parts}
            await hub.ok("POST", "/api/v1/visitor/messages", key=None, json=said, headers=headers)
        assert len(await hub.rows("select 1 from hub.contact")) == 1, "the tenant's one customer"
        assert hub.house is not None
        blobs = [row["blob_key"] for row in await hub.rows("select blob_key from hub.file order by created_at")]

        for nth, left in ((0, 1), (1, 0)):
            headers = {"Authorization": f"Bearer {tokens[nth]}", "Origin": ORIGIN}
            for _ in range(2):  # idempotent
                assert (await hub.call("DELETE", "/api/v1/visitor", key=None, headers=headers))[0] == 204
            remaining = await hub.rows("select channel_id::text from hub.conversation")
            assert [row["channel_id"] for row in remaining] == sites[nth + 1 :]
            assert len(await hub.rows("select 1 from hub.contact")) == left
            keys = [row["blob_key"] for row in await hub.rows("select blob_key from hub.file")]
            assert keys == blobs[nth + 1 :]
            for key in blobs[: nth + 1]:
                with pytest.raises(NotFound):
                    await hub.house.blobs.get(key)


async def test_a_token_that_gets_old_is_replaced_at_the_next_visit(database: Database, tmp_path: Path) -> None:
    async with hub_in_process(database, tmp_path) as hub:
        site = await hub.website(await hub.tenant())
        async with hub.visit(site) as anna:
            said = await anna.say("Hello", "client-0001")
            assert "token" not in await ask(anna, "resume"), "a young token stays"
            token = anna.token
        assert hub.house is not None
        tokens = VisitorTokens(hub.house.secret_keys)
        visitor = tokens.read(token)
        old = tokens.issue(visitor, now=datetime.now(UTC) - timedelta(days=29))
        async with hub.connect(site, old) as anna:
            newer = (await ask(anna, "resume"))["token"]
            assert newer != old and tokens.read(newer) == visitor and tokens.renewed(newer) is None
            assert "token" not in await ask(anna, "resume"), "once a connection"
        async with hub.connect(site, newer) as anna:
            assert (await ask(anna, "resume"))["conversation"]["id"] == said["conversation_id"]
        with pytest.raises(Unauthenticated):
            tokens.renewed(tokens.issue(visitor, now=datetime.now(UTC) - timedelta(days=31)))
