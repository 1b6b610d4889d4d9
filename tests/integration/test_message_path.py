"""The way of a message through the real hub: webhook to reply, once each and in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from hub.core.ids import AccountKey, ChannelId, ChannelKind, PlatformId, TenantId, ThreadKey
from hub.core.messages import Alias, Event, EventType, Part, Reaction, Sender, Text
from hub.run.process import working
from hub.simulator.faults import Fault, Kind
from support.database import Database
from support.running_hub import Site, eventually, hub_in_process


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    async with hub_in_process(database, tmp_path) as site:
        yield site


def update(number: int, text: str, *, person: int = 77, message: int | None = None, **more: Any) -> dict[str, Any]:
    """An update with a text message, as Telegram writes it."""
    user = {"id": person, "is_bot": False, "first_name": "Ada"}
    said = {"message_id": message or number, "date": 1_790_000_000 + number, "chat": {"id": person, "type": "private"}}
    return {"update_id": number, "message": {**said, "from": user, "text": text, **more}}


def edited(number: int, text: str, message: int, person: int = 77) -> dict[str, Any]:
    changed = update(number, text, person=person, message=message)["message"]
    return {"update_id": number, "edited_message": {**changed, "edit_date": 1_790_000_100 + number}}


async def test_a_duplicate_webhook_is_one_message_and_one_reply(hub: Site) -> None:
    tenant = await hub.tenant()
    channel = await hub.telegram(tenant)
    hub.simulator.faults.add(Fault(Kind.DUPLICATE, upstream="telegram", methods=frozenset({"webhook"})))
    ada = hub.person("Ada")
    ada.say("Where is my parcel?")
    await ada.reply()
    record = hub.simulator.record
    await eventually(lambda: [d.status for d in record.deliveries] == [200, 200], what="the update's second delivery")
    again = update(5_000, "Once more by hand")
    answers = await asyncio.gather(*[hub.post_update(channel, again) for _ in range(8)])
    assert {status for status, _ in answers} == {200}
    await eventually(lambda: len(hub.simulator.record.calls("telegram", "sendMessage")) >= 2, what="the second reply")
    await asyncio.sleep(1.3)  # a sweep would find what was doubled
    assert hub.replies(ada) == ["Where is my parcel?"]
    assert hub.asked() == 2
    stored = await hub.rows("select parts->0->>'text' as text from hub.message where direction = 'in' order by at")
    assert sorted(row["text"] for row in stored) == ["Once more by hand", "Where is my parcel?"]


async def test_quick_messages_of_newcomers_are_one_conversation_in_order_with_one_answer(hub: Site) -> None:
    tenant = await hub.tenant()
    channel = await hub.telegram(tenant)
    people = range(900, 908)
    for person in people:
        hub.simulator.telegram.user(f"P{person}", bot=hub.simulator.telegram.bot(), number=person)
    # Slow answers, so that what comes meanwhile must be merged.
    all_said = asyncio.Event()
    hub.simulator.faults.add(Fault(Kind.SLOW_START, seconds=60, until=all_said, upstream="model"))

    async def burst(person: int) -> None:
        sends = [hub.post_update(channel, update(person * 100 + n, f"{person}/{n}", person=person)) for n in range(8)]
        assert {status for status, _ in await asyncio.gather(*sends)} == {200}

    await asyncio.gather(*[burst(p) for p in people])
    all_said.set()
    await eventually(lambda: len(hub.simulator.record.messages()) >= len(people), what="all answers")
    await eventually(lambda: settled(hub), what="an end of all work")
    assert len(await hub.rows("select 1 from hub.contact")) == len(people)
    conversations = await hub.conversations(tenant)
    assert len(conversations) == len(people)
    sent = hub.simulator.record.messages()
    assert sorted(int(entry.chat) for entry in sent) == list(people), "one answer each"
    prompts = [e.params["messages"] for e in hub.simulator.record.calls("model", "chat")]
    asked = [[m["content"] for m in prompt if m["role"] == "user"] for prompt in prompts]
    for person in people:
        assert [f"{person}/{n}" for n in range(8)] in asked, "the whole burst in the platform's order"
    for conversation in conversations:
        stored = await hub.messages(tenant, conversation["id"])
        assert [m["seq"] for m in stored] == list(range(1, 10))
        assert len({m["parts"][0]["text"] for m in stored if m["direction"] == "in"}) == 8


async def settled(hub: Site) -> bool:
    waiting = await hub.rows(
        """select 1 from hub.inbox where outcome is null
           union all select 1 from hub.outbox where state in ('ready', 'sending')"""
    )
    return not waiting


def event(kind: EventType, id: str, text: str = "", *, target: str | None = None, part: Part | None = None) -> Event:
    said = part or (Text(text) if text else None)
    return Event(
        type=kind,
        channel=ChannelKind("telegram"),
        account=AccountKey("123456"),
        platform_id=PlatformId(id),
        at=datetime.now(UTC),
        sender=Sender(ids=(Alias("telegram.user", "77"),), name="Ada"),
        thread=ThreadKey("77"),
        message_id=None if target else PlatformId(id),
        target=PlatformId(target) if target else None,
        parts=(said,) if said else (),
    )


async def test_a_batch_with_edits_deletions_and_reactions_is_answered_as_it_reads_in_the_end(
    database: Database, tmp_path: Path
) -> None:
    async with hub_in_process(database, tmp_path, worker=False) as hub:
        assert hub.house is not None
        tenant = await hub.tenant()
        channel = await hub.telegram(tenant)
        ada = hub.simulator.telegram.user("Ada", bot=hub.simulator.telegram.bot(), number=77)
        batch = [
            event(EventType.MESSAGE, "m1", "What does shiping cost?"),
            event(EventType.MESSAGE, "m2", "Forget this one"),
            event(EventType.EDIT, "e1", "What does shipping cost?", target="m1"),
            event(EventType.DELETE, "d1", target="m2"),
            event(EventType.REACTION, "r1", target="m1", part=Reaction("🔥")),
            event(EventType.EDIT, "e2", "of what nobody knows", target="m99"),
            event(EventType.MESSAGE, "m1", "What does shiping cost?"),
        ]
        accept = hub.house.accept
        accepted = await accept(TenantId(UUID(tenant)), ChannelId(UUID(channel)), batch)
        assert [(a.key, a.duplicate, a.outcome) for a in accepted] == [
            ("m1", False, None),
            ("m2", False, None),
            ("e1", False, "ignored"),
            ("d1", False, "ignored"),
            ("r1", False, "ignored"),
            ("e2", False, "ignored"),
            ("m1", True, None),
        ]
        async with working(hub.house):
            await ada.reply()
            await eventually(lambda: settled(hub), what="an end of all work")
        assert hub.replies(ada) == ["What does shipping cost?"]
        assert hub.asked() == 1
        (prompt,) = [e.params["messages"] for e in hub.simulator.record.calls("model", "chat")]
        assert "Forget this one" not in str(prompt)
        assert "shiping" not in str(prompt)
        rows = await hub.rows(
            "select edited_at, deleted_at, metadata from hub.message where direction = 'in' order by seq"
        )
        assert [(r["edited_at"] is not None, r["deleted_at"] is not None) for r in rows] == [
            (True, False),
            (False, True),
        ]
        assert "🔥" in rows[0]["metadata"]
        reasons = await hub.rows("select platform_id, reason from hub.inbox where outcome = 'ignored' order by 1")
        assert {r["platform_id"]: r["reason"] for r in reasons} == {
            "d1": "deleted",
            "e1": "edited",
            "e2": "unknown_target",
            "m2": "deleted",
            "r1": "reaction",
        }


async def test_words_changed_or_deleted_while_the_bot_thinks_are_answered_as_they_are_now(hub: Site) -> None:
    tenant = await hub.tenant()
    channel = await hub.telegram(tenant)
    ada = hub.person("Ada")
    courier, changed = hub.simulator.telegram.courier(ada.bot), asyncio.Event()
    hub.simulator.faults.add(Fault(Kind.SLOW_START, seconds=60, until=changed, upstream="model"))
    said = ada.say("Do you ship to Norwya?")
    await eventually(lambda: hub.asked() == 1, what="the model's question")
    ada.edit(said["message_id"], "Do you ship to Norway?")
    await courier.drained()
    changed.set()
    first = await ada.reply()
    await eventually(lambda: settled(hub), what="an end of all work")
    assert hub.replies(ada) == ["Do you ship to Norway?"]
    changed.clear()
    said = ada.say("My card number is 1234")
    await eventually(lambda: hub.asked() == 3, what="the model's question")
    assert hub.house is not None
    stored = await hub.rows("select platform_id from hub.platform_message p join hub.message m on m.id = p.message_id"
                            " where m.direction = 'in' order by m.seq desc limit 1")  # fmt: skip
    deletion = event(EventType.DELETE, "gone", target=stored[0]["platform_id"])
    await hub.house.accept(TenantId(UUID(tenant)), ChannelId(UUID(channel)), [deletion])
    changed.set()
    await eventually(lambda: _lease_free(hub), what="an end of the turn")
    await asyncio.sleep(0.3)
    assert hub.replies(ada) == [first["text"]], "what was taken back is not answered"


async def _lease_free(hub: Site) -> bool:
    return not await hub.rows("select 1 from hub.conversation where lease_owner is not null or due_at is not null")


async def test_an_edited_answered_question_opens_a_new_turn(hub: Site) -> None:
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    ada = hub.person("Ada")
    said = ada.say("Do you ship to Norway?")
    first = await ada.reply()
    ada.edit(said["message_id"], "Do you ship to Sweden?")
    second = await ada.reply(after=first["message_id"])
    assert (first["text"], second["text"]) == ("Do you ship to Norway?", "Do you ship to Sweden?")
    (conversation,) = await hub.conversations(tenant)
    assert [m["direction"] for m in await hub.messages(tenant, conversation["id"])] == ["in", "out", "out"]
    ada.react(said["message_id"], "👍")
    await hub.simulator.telegram.courier(ada.bot).drained()
    await asyncio.sleep(1.2)
    assert len(hub.replies(ada)) == 2, "a reaction is no question"


async def test_a_blocked_contact_is_kept_and_not_answered(hub: Site) -> None:
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    ada = hub.person("Ada")
    ada.say("first")
    await ada.reply()
    await hub.rows("update hub.contact set blocked = true")
    ada.say("second")
    await hub.simulator.telegram.courier(ada.bot).drained()
    await eventually(lambda: settled(hub), what="an end of all work")
    await asyncio.sleep(1.3)
    assert hub.replies(ada) == ["first"]
    (conversation,) = await hub.conversations(tenant)
    assert [m["parts"][0]["text"] for m in await hub.messages(tenant, conversation["id"])] == [
        "first",
        "first",
        "second",
    ]
    (kept,) = await hub.rows("select outcome, reason from hub.inbox where reason = 'blocked'")
    assert kept["outcome"] == "ignored"
    (row,) = await hub.rows("select pending, due_at from hub.conversation")
    assert (row["pending"], row["due_at"]) == (0, None), "nobody looks at it for ever"


@pytest.mark.parametrize("what", ["tenant", "channel"])
async def test_what_is_switched_off_takes_webhooks_and_refuses_the_api(hub: Site, what: str) -> None:
    tenant = await hub.tenant()
    channel = await hub.telegram(tenant)
    hub.simulator.telegram.user("Ada", bot=hub.simulator.telegram.bot(), number=77)
    path = f"/api/v1/tenants/{tenant}" + ("" if what == "tenant" else f"/channels/{channel}")
    await hub.ok("PATCH", path, json={"enabled": False})
    assert await hub.post_update(channel, update(1, "Hello?")) == (200, {"outcome": "ignored(disabled)"})
    (row,) = await hub.rows("select outcome, reason, event from hub.inbox")
    assert (row["outcome"], row["reason"]) == ("ignored", "disabled")
    assert "Hello?" in row["event"], "kept for whoever wants to know"
    assert await hub.rows("select 1 from hub.message union all select 1 from hub.contact") == []
    if what == "tenant":
        key = (await hub.ok("GET", f"/api/v1/tenants/{tenant}"))["id"]
        assert key == tenant
        for method, route in (("GET", "conversations"), ("GET", "documents"), ("POST", "search"), ("POST", "chat")):
            body = {"json": {"query": "x", "message": "x"}} if method == "POST" else {}
            status, problem = await hub.call(method, f"/api/v1/tenants/{tenant}/{route}", **body)
            assert (status, problem["status"]) == (403, 403), (route, problem)
    await asyncio.sleep(1.2)
    assert hub.asked() == 0
    await hub.ok("PATCH", path, json={"enabled": True})
    assert (await hub.post_update(channel, update(2, "And now?")))[1] == {"outcome": "accepted"}
    await eventually(lambda: hub.simulator.record.messages(77), what="a reply after switching on")


async def test_forged_unknown_and_broken_webhooks_leave_no_trace(hub: Site) -> None:
    tenant = await hub.tenant()
    channel = await hub.telegram(tenant)
    for secret in (None, "", "wrong", "telegram-secret-token-0002", "telegram-secret-token-0001x"):
        status, problem = await hub.post_update(channel, update(1, "forged"), secret)
        assert (status, problem["status"]) == (401, 401), secret
        assert "stack" not in str(problem).lower()
    for unknown in (str(uuid4()), "not-a-uuid", "00000000-0000-0000-0000-000000000000"):
        assert (await hub.post_update(unknown, update(1, "lost")))[0] == 404
    assert (await hub.call("POST", f"/webhooks/carrier-pigeon/{channel}", key=None, json={}))[0] == 404
    assert (await hub.call("POST", f"/webhooks/webchat/{channel}", key=None, json={}))[0] in (401, 404)
    assert await hub.rows("select 1 from hub.inbox") == []
    broken = [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"{}", b'{"update_id": "x"}', b"[" * 5_000,
              b'{"update_id": 7, "message": {"text": 5}}', b'{"update_id": 8, "message": []}',
              b'{"update_id": 1e400, "message": {}}', b'{"update_id": 9, "hologram": {"x": "\\u0000"}}',
              b'{"update_id": 10, "message": {"message_id": 1, "chat": {"id": 1}, "text": "\\u0000 \\ud800"}}',
              ]  # fmt: skip
    for raw in broken:
        status, _ = await hub.post_update(channel, raw)
        assert status == 200 or 400 <= status < 500, (raw[:80], status)
    kept = await hub.rows("select type, event->>'raw' is not null as raw from hub.inbox where type = 'unknown'")
    assert kept, "what is not understood is kept"
    assert all(row["raw"] for row in kept)
    too_large = await hub.post_update(channel, b'{"x": "' + b"a" * (4 << 20) + b'"}')
    assert too_large[0] == 413


async def test_a_database_that_is_down_is_503_and_the_redelivery_is_answered(
    own_database: Database, tmp_path: Path
) -> None:
    async with hub_in_process(own_database, tmp_path, database_pool=4) as hub:
        tenant = await hub.tenant()
        channel, website = await hub.telegram(tenant), await hub.website(tenant)
        ada = hub.simulator.telegram.user("Ada", bot=hub.simulator.telegram.bot(), number=77)
        assert (await hub.post_update(channel, update(1, "before")))[0] == 200
        await ada.reply()
        async with hub.visit(website) as visit:
            async with database_down(own_database):
                for wait in (0.0, 5.2):  # the second time the channel has left the cache
                    await asyncio.sleep(wait)
                    status, problem = await hub.post_update(channel, update(2, "while it is down"))
                    assert (status, problem["status"]) == (503, 503), problem
                status, problem = await hub.call("GET", f"/api/v1/tenants/{tenant}/conversations")
                assert (status, problem["code"]) == (503, "store_unavailable"), problem
                refused = await visit.say("while it is down", "client-0001")
                assert refused["error"]["code"] in ("unavailable", "store_unavailable"), refused
                assert (await hub.call("GET", "/readyz", key=None))[0] == 503
                assert (await hub.call("GET", "/healthz", key=None))[0] == 200
            assert (await hub.post_update(channel, update(2, "while it is down")))[0] == 200
            assert (await visit.say("while it is down", "client-0001"))["seq"] == 1
            await eventually(lambda: hub.replies(ada) == ["before", "while it is down"], what="the redelivery's answer")
            assert (await visit.reply())["parts"][0]["text"] == "while it is down"
        assert (await hub.call("GET", "/readyz", key=None))[0] == 200


@asynccontextmanager
async def database_down(database: Database) -> AsyncIterator[None]:
    """Every connection is cut and none is let in."""
    connection = await asyncpg.connect(database.superuser_url.rpartition("/")[0] + "/postgres")
    try:
        await connection.execute(f'alter database "{database.name}" allow_connections false')
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", database.name
        )
        yield
        await connection.execute(f'alter database "{database.name}" allow_connections true')
    finally:
        await connection.close()
