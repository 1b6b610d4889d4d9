"""A second tenant sees and changes nothing of the first: over REST, route by route from the router itself; over
sockets; and by search. A new route, path parameter or body that is not classified here fails the test."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from socketio.exceptions import ConnectionError as Refused

from hub.accounts.permissions import Scope
from hub.core.ids import TenantId
from hub.http.access import Who
from hub.http.routes import Route
from hub.realtime.schemas import FRAMES
from hub.run.web import WebSide
from support.bodies import smallest_body
from support.database import Database
from support.running_hub import OPERATOR, ORIGIN, Site, eventually, hub_in_process

CANARY = "xylocanary"
TEXT = {"text": "hello"}
BODIES: dict[str, Any] = {
    "ask": {"message": "hello"},
    "ask_streaming": {"message": "hello"},
    "change_tenant": {"name": "Renamed"},
    "create_channel": {"kind": "webchat", "name": "X", "credentials": {"allowed_origins": [ORIGIN]}},
    "change_channel": {"name": "Renamed"},
    "check_channel": None,
    "sync_templates": None,
    "create_document": {"title": "T", "text": "t"},
    "reindex_document": None,
    "create_context": {"name": "new"},
    "search": {"query": CANARY},
    "send_message": TEXT,
    "add_note": TEXT,
    "take_over_conversation": {},
    "return_conversation": {},
    "assign_conversation": {"assignee": "mallory"},
    "resolve_conversation": {},
    "snooze_conversation": {"minutes": 60},
    "change_view": {"name": "Mine", "filter": {"field": "state", "op": "is", "value": "waiting"}},
    "create_source": {"url": "https://no-such-host.example.com/mallory"},
    "create_webhook": {"url": "https://hooks.example.com/mallory"},
    "change_webhook": {"description": "mallory", "enabled": True},
    "rotate_webhook_secret": {},
    "replay_webhook": {"first": 0},
    "replay_delivery": {},
    "acknowledge_events": {"consumer": "mallory", "cursor": 0},
    "replay_messages": {"outcome": "dead"},
    "replay_deliveries": {"state": "unknown", "even_unknown": True},
    "create_api_key": {"name": "K", "scopes": ["chat"]},
    "send_visitor_message": {"client_id": "client-9999", "parts": [{"type": "text", "text": "hello"}]},
    "upload_visitor_file": None,
    "create_tenant": {"slug": "mallory", "name": "Mallory"},
    "create_app": {"kind": "slack", "name": "App", "credentials": {}},
    "change_app": {"name": "Renamed"},
    "add_evaluation_cases": {"cases": [{"question": "mallory"}]},
}
"""What routes that write are called with, where the smallest body that their model takes would be refused for another
reason: nothing but the tenant may stand in the way."""


PERSONS_ALONE = {"impersonate_member"}
"""Routes of a tenant that take a person who is signed in: a key is told so, whichever tenant it names."""


@dataclass(frozen=True)
class Party:
    """One tenant with something in every drawer."""

    ids: dict[str, str]
    key: str
    site: str
    token: str


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    async with hub_in_process(database, tmp_path) as site:
        yield site


async def party(hub: Site, slug: str, word: str, bot: int) -> Party:
    tenant = await hub.tenant(slug, company=word)
    base = f"/api/v1/tenants/{tenant}"
    key = await hub.ok("POST", f"{base}/api-keys", json={"name": word, "scopes": [s.value for s in Scope]})
    site = await hub.website(tenant)
    await hub.telegram(tenant, bot)
    hook = await hub.ok("POST", f"{base}/webhooks", json={"url": f"https://no-such-host.example.com/{word}"})
    document = await hub.ok(
        "POST",
        f"{base}/documents",
        json={"title": word, "text": f"The secret word is {word}.", "context": word, "external_id": "same-id"},
    )
    (context,) = (await hub.ok("GET", f"{base}/contexts"))["items"]
    async with hub.visit(site) as visit:
        said = await visit.say(f"My word is {word}", "client-0001")
        await visit.reply()
        token = visit.token

    source = await hub.ok("POST", f"{base}/sources", json={"url": f"https://no-such-host.example.com/{word}"})

    budget = await hub.ok("POST", f"{base}/budgets", json={"scope": "tenant", "period": "day", "amount": "1"})

    prompt = await hub.ok("POST", f"{base}/prompts", json={"instructions": f"Say {word}."})

    pair = await hub.ok("POST", f"{base}/qa-pairs", json={"question": f"What is {word}?", "answer": f"It is {word}."})

    data_set = (await hub.ok("POST", f"{base}/evaluation-sets", json={"name": word}))["id"]
    await hub.ok("POST", f"{base}/evaluation-sets/{data_set}/cases", json={"cases": [{"question": f"What is {word}?"}]})
    (case,) = (await hub.ok("GET", f"{base}/evaluation-sets/{data_set}/cases"))["items"]
    run = await hub.ok("POST", f"{base}/evaluation-sets/{data_set}/runs", json={})

    assert hub.house is not None
    async with hub.house.store.begin(TenantId(UUID(tenant))) as tx:
        vectors = await tx.embeddings.ensure_set(f"model-of-{word}", 384)

    async def ready() -> bool:
        return bool((await hub.ok("GET", f"{base}/documents/{document['id']}"))["status"] == "ready")

    await eventually(ready, what="the document")
    entry = (await hub.ok("GET", f"{base}/ledger/entries"))["items"][0]["id"]
    log = f"{base}/webhooks/{hook['id']}/deliveries"

    async def fanned_out() -> bool:
        return len((await hub.ok("GET", log))["items"]) > 0

    await eventually(fanned_out, what="an event for the webhook")
    # Switched off, so that it stands still: what waits for it is dead.
    await hub.ok("PATCH", f"{base}/webhooks/{hook['id']}", json={"enabled": False})
    ids = {
        "tenant": tenant,
        "webhook": str(hook["id"]),
        "delivery": str((await hub.ok("GET", log))["items"][0]["id"]),
        "channel": site,
        "document": str(document["id"]),
        "context": str(context["id"]),
        "source": str(source["id"]),
        "budget": str(budget["id"]),
        "prompt": str(prompt["id"]),
        "pair": str(pair["id"]),
        "data_set": str(data_set),
        "case": str(case["id"]),
        "run": str(run["id"]),
        "embedding_set": str(vectors.id),
        "conversation": str(said["conversation_id"]),
        "key": str(key["id"]),
        "entry": str(entry),
    }
    return Party(ids, str(key["key"]), site, token)


@pytest.fixture
async def two(hub: Site) -> tuple[Party, Party]:
    """The victim, whose every drawer holds the canary, and the intruder."""
    return await party(hub, "victim", CANARY, 111111), await party(hub, "intruder", "other", 222222)


def routes(hub: Site) -> list[Route]:
    assert hub.house is not None
    return WebSide(hub.house).routes()


def names(route: Route) -> set[str]:
    return set(re.findall(r"{([a-z_]+)", route.template))


async def everything_of(hub: Site, tenant: str) -> dict[str, str]:
    """A fingerprint of each table's rows of a tenant."""
    tables = await hub.rows("select table_name from information_schema.columns where table_schema = 'hub'"
                            " and column_name = 'tenant_id' and table_name <> 'api_key'")  # fmt: skip
    prints = {}
    for (table,) in tables:
        sql = f"select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from hub.{table} t"
        prints[table] = (await hub.rows(f"{sql} where tenant_id = $1", tenant))[0][0]
    prints["tenant"] = (await hub.rows("select t::text from hub.tenant t where id = $1", tenant))[0][0]
    prints["keys"] = (await hub.rows("select count(*)::text from hub.api_key where revoked_at is null"))[0][0]
    return prints


async def at_rest(hub: Site) -> bool:
    return not await hub.rows(
        """select 1 from hub.conversation where due_at is not null
           union all select 1 from hub.outbox where state in ('ready', 'sending')
           union all select 1 from hub.job where due_at is not null"""
    )


async def test_every_route_keeps_to_its_tenant(hub: Site, two: tuple[Party, Party]) -> None:
    victim, intruder = two
    await eventually(lambda: at_rest(hub), what="rest")
    before = await everything_of(hub, victim.ids["tenant"])
    tried = 0
    for route in routes(hub):
        who = route.access.who
        if who in (Who.PUBLIC, Who.SIGNED, Who.KEY, Who.PERSON):
            continue  # proven by their own tests; none of them takes a key to a tenant's rows
        body = BODIES[route.operation_id] if route.operation_id in BODIES else smallest_body(route)
        more: dict[str, Any] = {} if body is None else {"json": body}
        for key, ids in _ways(route, victim, intruder):
            path = re.sub(r"{([a-z_]+)[^}]*}", lambda m, ids=ids: ids.get(m.group(1), ids["document"]), route.path)
            headers = {"Origin": ORIGIN} if who is Who.VISITOR else {}
            status, answer = await hub.call(route.method, path, key=key, headers=headers, **more)
            refused = (401, 404) if route.operation_id in PERSONS_ALONE else (404,)
            expected = (403,) if who is Who.PLATFORM else refused
            assert status in expected, (route.method, path, status, answer)
            assert CANARY not in str(answer)
            tried += 1
    assert tried > 60, "the router was read"
    await eventually(lambda: at_rest(hub), what="rest")
    assert await everything_of(hub, victim.ids["tenant"]) == before, "nothing of the victim's was changed"


def _ways(route: Route, victim: Party, intruder: Party) -> list[tuple[str, dict[str, str]]]:
    """The keys and ids to try a route with: every way to reach a stranger's things."""
    own_path = {**victim.ids, "tenant": intruder.ids["tenant"]}
    others = names(route) - {"tenant"}
    if route.access.who is Who.PLATFORM:
        return [(intruder.key, victim.ids)]
    if route.access.who is Who.VISITOR:
        return [(intruder.token, victim.ids)] if others else []
    ways = [(intruder.key, victim.ids)]
    if others:
        ways += [(intruder.key, own_path), (OPERATOR, own_path)]
    return ways


async def test_what_lists_lists_its_own(hub: Site, two: tuple[Party, Party]) -> None:
    victim, intruder = two
    foreign = set(victim.ids.values())
    listed = 0
    for route in routes(hub):
        others = names(route) - {"tenant"}
        if route.method != "GET" or others or route.access.who not in (Who.TENANT, Who.VISITOR):
            continue
        path = route.path.replace("{tenant}", intruder.ids["tenant"])
        key = intruder.key if route.access.who is Who.TENANT else intruder.token
        status, answer = await hub.call(
            "GET", path, key=key, headers={"Origin": ORIGIN} if key == intruder.token else {}
        )
        assert status == 200, (path, answer)
        assert CANARY not in str(answer), path
        assert not [id for id in foreign if id in str(answer)], path
        listed += 1
    assert listed >= 7
    key = victim.key
    seen = await hub.ok("GET", f"/api/v1/tenants/{victim.ids['tenant']}/documents", key=key)
    assert CANARY in str(seen), "the victim itself sees its own"
    base = f"/api/v1/tenants/{intruder.ids['tenant']}"
    found = await hub.ok("POST", f"{base}/search", key=intruder.key, json={"query": CANARY})
    narrowed = {"query": CANARY, "filters": {"documents": [victim.ids["document"]]}}
    narrow = await hub.ok("POST", f"{base}/search", key=intruder.key, json=narrowed)
    assert found["items"] == narrow["items"] == []
    body = {"message": "hello", "conversation_id": victim.ids["conversation"]}
    assert (await hub.call("POST", f"{base}/chat", key=intruder.key, json=body))[0] == 404


async def test_a_foreign_cursor_or_filter_finds_nothing(hub: Site, two: tuple[Party, Party]) -> None:
    victim, intruder = two
    base = f"/api/v1/tenants/{intruder.ids['tenant']}/conversations"
    found = await hub.ok("GET", f"{base}?channel={victim.ids['channel']}", key=intruder.key)
    assert found["items"] == []
    page = await hub.ok("GET", f"/api/v1/tenants/{victim.ids['tenant']}/documents?limit=1", key=victim.key)
    if page["next_cursor"]:
        status, answer = await hub.call("GET", f"{base}?cursor={page['next_cursor']}", key=intruder.key)
        assert status in (200, 422)
        assert CANARY not in str(answer)


async def test_a_foreign_visitor_hears_and_reaches_nothing_over_the_socket(hub: Site, two: tuple[Party, Party]) -> None:
    victim, intruder = two
    with pytest.raises(Refused):
        async with hub.connect(victim.site, intruder.token):
            pass
    forged = victim.token[:-4] + ("AAAA" if not victim.token.endswith("AAAA") else "BBBB")
    with pytest.raises(Refused):
        async with hub.connect(victim.site, forged):
            pass
    message = (await hub.messages(victim.ids["tenant"], victim.ids["conversation"]))[0]
    async with hub.connect(intruder.site, intruder.token) as spy, hub.connect(victim.site, victim.token) as visit:
        await visit.client.call("resume", {"last_seq": 0}, namespace="/visitor", timeout=60)
        answers = []
        frames: list[tuple[str, dict[str, Any]]] = [
            ("resume", {"last_seq": 0, "conversation_id": victim.ids["conversation"]}),
            ("resume", {"last_seq": 0}),
            ("read", {"seq": 1, "conversation_id": victim.ids["conversation"]}),
            ("typing", {"active": True, "conversation_id": victim.ids["conversation"]}),
            ("feedback", {"message_id": message["id"], "value": "down"}),
            ("edit", {"message_id": message["id"], "text": "changed by a stranger"}),
            ("action", {"message_id": message["id"], "id": "person"}),
            ("stop", {"message_id": message["id"]}),
            ("regenerate", {"message_id": message["id"]}),
            ("message", {"client_id": "client-7777", "parts": [{"type": "text", "text": "hello"}],
                         "reply_to": message["id"]}),
        ]  # fmt: skip
        assert {event for event, _ in frames} == set(FRAMES), "an event that nobody tried"
        for event, data in frames:
            answers.append(await spy.client.call(event, data, namespace="/visitor", timeout=60))
        await visit.say(f"Again: {CANARY}", "client-0002")
        await visit.until("message.delta")
        await asyncio.sleep(0.5)
        assert CANARY not in json.dumps([answers, spy.heard])
        assert victim.ids["conversation"] not in json.dumps([answers, spy.heard])
        assert not [d for _, d in visit.heard if "stranger" in json.dumps(d)]
    texts = [m["parts"][0]["text"] for m in await hub.messages(victim.ids["tenant"], victim.ids["conversation"])]
    assert all(CANARY in text for text in texts)


async def test_search_finds_each_tenants_own_canary_and_no_other(hub: Site) -> None:
    tenants = {f"canary{n}word": await hub.tenant(f"tenant-{n}") for n in range(6)}
    for word, tenant in tenants.items():
        body = {"title": "Facts", "text": f"Everybody sells shoes. Only here {word} is sold."}
        await hub.ok("POST", f"/api/v1/tenants/{tenant}/documents", json=body)

    async def indexed() -> bool:
        return len(await hub.rows("select 1 from hub.document where status = 'ready'")) == len(tenants)

    await eventually(indexed, what="the documents")
    for tenant in tenants.values():
        for word, owner in tenants.items():
            found = await hub.ok("POST", f"/api/v1/tenants/{tenant}/search", json={"query": f"shoes {word}", "k": 50})
            texts = str([item["text"] for item in found["items"]])
            assert len(found["items"]) == 1, "every tenant has its own document alone"
            assert (word in texts) == (owner == tenant)
