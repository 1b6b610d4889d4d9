"""Who may speak: a person takes the floor from the bot in the middle of whatever it does, and gives it back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hub.run.process import working
from hub.simulator.faults import Fault, Kind
from support.database import Database
from support.running_hub import Site, eventually, hub_in_process

LONG = " ".join(f"This is sentence number {n} of a long answer." for n in range(1, 12))
SENDING = frozenset({"sendMessage"})


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    async with hub_in_process(database, tmp_path) as site:
        yield site


@pytest.fixture
async def slow_hub(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    """A hub whose model takes some ten seconds for ``LONG``."""
    async with hub_in_process(database, tmp_path, tokens_per_second=10.0) as site:
        yield site


async def only_conversation(hub: Site, tenant: str) -> str:
    (found,) = await hub.conversations(tenant)
    return str(found["id"])


async def idle(hub: Site) -> bool:
    """No turn is being thought and nothing waits to be sent."""
    return not await hub.rows(
        """select 1 from hub.conversation where lease_owner is not null or due_at is not null
           union all select 1 from hub.outbox where state in ('ready', 'sending')"""
    )


async def test_takeover_during_a_streamed_answer_withdraws_what_is_half_shown(slow_hub: Site) -> None:
    hub = slow_hub
    tenant = await hub.tenant()
    website = await hub.website(tenant)
    async with hub.visit(website) as visit:
        said = await visit.say(LONG, "client-0001")
        first = await visit.until("message.delta")
        assert LONG.startswith(first["text"].strip())
        taken = await hub.act(tenant, said["conversation_id"], "takeover", by="ada")
        assert taken["withdrawn"] == first["message_id"]
        assert (taken["in_flight"], taken["cancelled"]) == ([], [])
        assert (await visit.until("message.withdrawn"))["message_id"] == first["message_id"]
        deltas = len(visit.got("message.delta"))
        await eventually(lambda: idle(hub), what="an end of thinking")
        await asyncio.sleep(0.3)
        assert len(visit.got("message.delta")) == deltas, "nothing is shown after the withdrawal"
        assert visit.got("message") == [] or all(m["direction"] == "in" for m in visit.got("message"))
        kept = (await hub.messages(tenant, said["conversation_id"]))[-1]
        assert (kept["id"], kept["status"]) == (first["message_id"], "interrupted")
        assert LONG.startswith(kept["parts"][0]["text"]), "what was half shown is kept for colleagues"
        assert len(kept["parts"][0]["text"]) < len(LONG), "the model was stopped, not heard to the end"
        assert await hub.rows("select 1 from hub.outbox") == [], "and is never sent"
        async with hub.connect(website, visit.token) as again:
            page = await again.client.call("resume", {"last_seq": 0}, namespace="/visitor", timeout=60)
        assert [m["direction"] for m in page["messages"]] == ["in"]
        assert page["deltas"] == []
        assert page["conversation"]["state"] == "agent"
        path = f"/api/v1/tenants/{tenant}/conversations/{said['conversation_id']}/messages"
        await hub.ok("POST", path, json={"text": "Ada here.", "name": "Ada"})
        reply = await visit.reply()
        assert (reply["author"], reply["parts"][0]["text"]) == (
            {"kind": "agent", "id": None, "name": "Ada", "picture": None},
            "Ada here.",
        )


async def test_takeover_while_the_model_thinks_sends_nothing_on_telegram(hub: Site) -> None:
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    thought = asyncio.Event()
    hub.simulator.faults.add(Fault(Kind.SLOW_START, seconds=60, until=thought, upstream="model"))
    ada = hub.person("Ada")
    ada.say("Where is my parcel?")
    await eventually(lambda: hub.asked() == 1, what="the model's question")
    conversation = await only_conversation(hub, tenant)
    taken = await hub.act(tenant, conversation, "takeover", by="grace")
    assert (taken["conversation"]["state"], taken["conversation"]["assignee"]) == ("agent", "grace")
    assert (taken["in_flight"], taken["cancelled"]) == ([], [])
    thought.set()
    await eventually(lambda: idle(hub), what="an end of thinking")
    ada.say("Is anybody there?")
    await hub.simulator.telegram.courier(ada.bot).drained()

    async def outcomes() -> Any:
        rows = await hub.rows("select outcome, reason from hub.inbox order by received_at")
        return [tuple(row) for row in rows] if len(rows) == 2 and all(row["outcome"] for row in rows) else None

    told = await eventually(outcomes, what="what became of both")
    assert told == [("handed_over", "person_acted"), ("handed_over", "agent")]
    await asyncio.sleep(1.3)
    assert hub.replies(ada) == []


async def test_takeover_tells_what_was_on_the_wire_already(hub: Site) -> None:
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    taken_over = asyncio.Event()
    hub.simulator.faults.add(Fault(Kind.DELAY, seconds=20, until=taken_over, upstream="telegram", methods=SENDING))
    ada = hub.person("Ada")
    ada.say("First question?")
    await eventually(lambda: hub.simulator.record.calls("telegram", "sendMessage"), what="the send")
    ada.say("Second question?")
    conversation = await only_conversation(hub, tenant)

    async def two_answers() -> Any:
        return len(await hub.rows("select 1 from hub.outbox")) == 2

    await eventually(two_answers, what="the second answer's row")
    taken = await hub.act(tenant, conversation, "takeover")
    rows = await hub.rows("select message_id::text as id, state from hub.outbox order by seq")
    taken_over.set()
    assert [row["state"] for row in rows] == ["sending", "cancelled"]
    assert taken["in_flight"] == [rows[0]["id"]], "the first is on its way"
    assert taken["cancelled"] == [rows[1]["id"]], "the second was taken back in time"
    await eventually(lambda: idle(hub), what="an end of sending")
    await asyncio.sleep(0.3)
    assert hub.replies(ada) == ["First question?"], "nothing outside the list lands"
    status = {m["id"]: m["status"] for m in await hub.messages(tenant, conversation)}
    assert (status[rows[0]["id"]], status[rows[1]["id"]]) == ("sent", "cancelled")


async def test_a_reply_that_waits_for_its_next_try_is_cancelled_by_a_takeover(hub: Site) -> None:
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    hub.simulator.faults.add(Fault(Kind.TOO_MANY, seconds=60, upstream="telegram", methods=SENDING, times=1))
    ada = hub.person("Ada")
    ada.say("Hello there, bot")

    async def refused() -> Any:
        return await hub.rows(
            "select message_id::text as id from hub.outbox where state = 'ready' and error is not null"
        )

    ((message,),) = [tuple(r) for r in await eventually(refused, what="the refused send")]
    taken = await hub.act(tenant, await only_conversation(hub, tenant), "takeover")
    assert taken["cancelled"] == [message]
    await hub.rows(
        "update hub.outbox set send_due_at = now() where state = 'ready'"
    )  # as when the time Telegram asked for is over
    await asyncio.sleep(2.0)
    assert hub.replies(ada) == []
    assert len(hub.simulator.record.calls("telegram", "sendMessage")) == 1


async def test_a_bots_row_of_an_older_floor_that_comes_back_is_not_sent(hub: Site) -> None:
    """A send that was in flight at the takeover and is refused afterwards must not be tried again."""
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    ada = hub.person("Ada")
    ada.say("Hello there, bot")
    await ada.reply()
    await eventually(lambda: idle(hub), what="rest")
    conversation = await only_conversation(hub, tenant)
    await hub.act(tenant, conversation, "takeover")
    await hub.rows("update hub.outbox set state = 'ready', send_due_at = now(), finished_at = null")
    await eventually(lambda: idle(hub), what="rest")
    (row,) = await hub.rows("select state from hub.outbox")
    assert row["state"] == "cancelled"
    assert hub.replies(ada) == ["Hello there, bot"]
    assert len(hub.simulator.record.calls("telegram", "sendMessage")) == 1


async def test_after_the_return_the_bot_answers_only_what_comes_then(database: Database, tmp_path: Path) -> None:
    async with hub_in_process(database, tmp_path, worker=False) as hub:
        assert hub.house is not None
        tenant = await hub.tenant()
        await hub.telegram(tenant)
        ada, courier = hub.person("Ada"), hub.simulator.telegram.courier(hub.person("Ada").bot)
        async with working(hub.house):
            ada.say("one")
            await ada.reply()
            conversation = await only_conversation(hub, tenant)
            await hub.act(tenant, conversation, "takeover")
            ada.say("two, to the person")
            await courier.drained()
            await eventually(lambda: idle(hub), what="rest")
        # No worker looks at this one before the conversation is given back.
        ada.say("three, to the person")
        await courier.drained()
        await hub.act(tenant, conversation, "return")
        async with working(hub.house):
            await asyncio.sleep(1.3)
            assert hub.replies(ada) == ["one"], "what was said to the person stays the person's"
            ada.say("four")
            await eventually(lambda: len(hub.replies(ada)) == 2, what="the bot's answer")
            assert hub.replies(ada) == ["one", "four"]
        assert [dict(r) for r in await hub.rows("select pending, due_at from hub.conversation")] == [
            {"pending": 0, "due_at": None}
        ]


async def test_every_transition_is_an_event_and_a_resolved_conversation_opens_again(hub: Site) -> None:
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    ada = hub.person("Ada")
    ada.say("I want to talk to a person")
    await ada.reply()
    conversation = await only_conversation(hub, tenant)
    await hub.act(tenant, conversation, "takeover", by="grace")
    await hub.act(tenant, conversation, "return", by="grace")
    await hub.act(tenant, conversation, "assign", assignee="linus")
    await hub.act(tenant, conversation, "resolve", by="linus")
    status, _ = await hub.call("POST", f"/api/v1/tenants/{tenant}/conversations/{conversation}/return", json={})
    assert status == 200, "a resolved conversation may go back to the bot"
    await hub.act(tenant, conversation, "resolve", by="linus")
    status, problem = await hub.call("POST", f"/api/v1/tenants/{tenant}/conversations/{conversation}/resolve", json={})
    assert (status, problem["field"]) == (409, "state")
    ada.say("One more thing")
    await eventually(lambda: "One more thing" in hub.replies(ada), what="the answer after reopening")
    assert await only_conversation(hub, tenant) == conversation, "the same conversation is opened again"
    path = f"/api/v1/tenants/{tenant}/conversations/{conversation}/messages"
    await hub.ok("POST", path, json={"text": "Linus again."})
    await eventually(lambda: hub.replies(ada)[-1] == "Linus again.", what="the colleague's message")
    rows = await hub.rows("select type, data from hub.event order by seq")
    moves = [json.loads(r["data"]) for r in rows if r["type"] == "conversation.updated"]
    assert [(m["from"], m["state"], m["reason"]) for m in moves if "state" in m] == [
        ("bot", "waiting", "wish"),
        ("waiting", "agent", "agent_took_over"),
        ("agent", "bot", "returned"),
        ("bot", "agent", "assigned"),
        ("agent", "resolved", "resolved"),
        ("resolved", "bot", "returned"),
        ("bot", "resolved", "resolved"),
        ("resolved", "bot", "reopened"),
        ("bot", "agent", "person_acted"),
    ]
    named = [
        r["type"] for r in rows if r["type"].startswith(("handoff", "conversation.")) and "updated" not in r["type"]
    ]
    assert named == [
        "conversation.opened",
        "handoff.requested",
        "handoff.accepted",
        "handoff.returned",
        "handoff.accepted",
        "conversation.resolved",
        "handoff.returned",
        "conversation.resolved",
        "handoff.accepted",
    ]


@pytest.mark.parametrize(
    ("merge", "answers", "calls"), [("merge", ["two"], 2), ("queue", ["one", "two"], 2)], ids=["merged", "queued"]
)
async def test_a_message_that_comes_while_the_model_thinks(
    hub: Site, merge: str, answers: list[str], calls: int
) -> None:
    """The simulated model echoes the last words it was asked."""
    tenant = await hub.tenant(merge=merge)
    await hub.telegram(tenant)
    heard = asyncio.Event()
    hub.simulator.faults.add(Fault(Kind.SLOW_START, seconds=60, until=heard, upstream="model"))
    ada = hub.person("Ada")
    ada.say("one")
    await eventually(lambda: hub.asked() == 1, what="the model's question")
    ada.say("two")
    await hub.simulator.telegram.courier(ada.bot).drained()
    heard.set()
    await eventually(lambda: len(hub.replies(ada)) == len(answers), what="the answers")
    await eventually(lambda: idle(hub), what="rest")
    assert (hub.replies(ada), hub.asked()) == (answers, calls)
    prompts = [e.params["messages"] for e in hub.simulator.record.calls("model", "chat")]
    asked = [m["content"] for m in prompts[-1] if m["role"] == "user"]
    assert asked == ["one", "two"]
    outcomes = await hub.rows("select outcome from hub.inbox")
    assert [row["outcome"] for row in outcomes] == ["answered", "answered"]


async def test_a_note_among_colleagues_never_reaches_customer_or_model(hub: Site) -> None:
    tenant = await hub.tenant()
    website = await hub.website(tenant)
    async with hub.visit(website) as visit:
        said = await visit.say("Good to know you", "client-0001")
        await visit.reply()
        path = f"/api/v1/tenants/{tenant}/conversations/{said['conversation_id']}/notes"
        await hub.ok("POST", path, json={"text": "CANARY-4711 this one pays late"})
        await visit.say("What do you say about me?", "client-0002")
        await visit.until("message", count=2)
        await eventually(lambda: hub.asked() == 2, what="the second answer")
        prompts = [e.params["messages"] for e in hub.simulator.record.calls("model", "chat")]
        assert "CANARY-4711" not in json.dumps(prompts)
        page = await visit.client.call("resume", {"last_seq": 0}, namespace="/visitor", timeout=60)
        assert "CANARY-4711" not in json.dumps([page, visit.heard])
