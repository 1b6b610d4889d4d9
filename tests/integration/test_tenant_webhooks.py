"""Tenants' webhooks against a real receiver: signed, complete, in order, at least once, and stopped when told."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from standardwebhooks import WebhookVerificationError

from hub.core.ids import ConversationId, uuid7
from support.hook_receiver import Receiver, receiving
from support.running_hub import eventually
from support.webhook_desk import Desk


async def test_what_is_pushed_is_signed_and_is_what_is_pulled(desk: Desk) -> None:
    hook = await desk.hook()
    assert hook["secret"].startswith("whsec_")
    assert "secret" not in await desk.view(hook)
    await desk.hub.telegram(desk.tenant)
    ada = desk.hub.person("Ada")
    ada.say("Good morning")
    await ada.reply()
    pulled = (await desk.hub.ok("GET", f"{desk.base}/events"))["items"]

    async def all_there() -> bool:
        pulled[:] = (await desk.hub.ok("GET", f"{desk.base}/events"))["items"]
        return len(pulled) >= 3 and len(desk.receiver.requests) >= len(pulled)

    await eventually(all_there, what="the events")
    assert {e["type"] for e in pulled} >= {"conversation.opened", "message.received", "message.sent"}
    pushed = [taken.verified(hook["secret"]) for taken in desk.receiver.requests]
    assert sorted(pushed, key=lambda e: e["seq"]) == pulled
    first = desk.receiver.requests[0]
    assert first.id == first.event["id"]
    assert set(first.event) == {"id", "seq", "type", "timestamp", "tenant_id", "schema_version", "data"}
    assert first.event["schema_version"] == 1
    assert first.event["data"]["conversation_id"]
    changed = replace(first, body=first.body.replace(b"message", b"massage", 1).replace(b"conversation", b"c", 1))
    with pytest.raises(WebhookVerificationError):
        changed.verified(hook["secret"])

    async def noted() -> bool:
        return [d["state"] for d in await desk.deliveries(hook)] == ["delivered"] * len(pulled)

    await eventually(noted, what="the note of every delivery")


async def test_a_failed_try_is_repeated_under_the_same_id_and_never_before_retry_after(desk: Desk) -> None:
    hook = await desk.hook()
    desk.receiver.answers.append(web.Response(status=500, text="x" * 50_000))
    await desk.happen(1)
    await eventually(lambda: len(desk.receiver.requests) == 1, what="the first try")

    async def waits() -> Any:
        (row,) = await desk.deliveries(hook)
        return row if row["status"] == 500 else None

    row = await eventually(waits, what="the noted failure")
    assert (row["state"], row["attempts"], len(row["response"])) == ("ready", 1, 20_000)
    desk.receiver.answers.append(web.Response(status=429, headers={"Retry-After": "2"}))
    await desk.hurry()
    await eventually(lambda: len(desk.receiver.requests) == 2, what="the second try")
    await desk.happen(1)  # the endpoint asked for time: another event must not come earlier either
    await eventually(lambda: len(desk.receiver.requests) >= 3, what="the third try")
    assert desk.receiver.requests[2].at - desk.receiver.requests[1].at >= 1.9
    await desk.hurry()

    async def through() -> bool:
        return {d["state"] for d in await desk.deliveries(hook)} == {"delivered"}

    await eventually(through, what="delivery of both")
    tries = [taken for taken in desk.receiver.requests if taken.event["data"] == {"number": 0}]
    assert len({taken.id for taken in desk.receiver.requests}) == 2
    assert tries[0].body == desk.receiver.requests[0].body
    for taken in desk.receiver.requests:
        assert taken.verified(hook["secret"])


async def test_gone_switches_the_endpoint_off_and_a_replay_brings_what_it_missed(desk: Desk) -> None:
    hook = await desk.hook()
    desk.receiver.answers.append(web.Response(status=410))
    await desk.happen(3, ConversationId(uuid7()))

    async def off() -> bool:
        return not (await desk.view(hook))["enabled"]

    await eventually(off, what="the switch")
    assert "410" in (await desk.view(hook))["disabled_reason"]

    async def given_up() -> bool:
        return {d["state"] for d in await desk.deliveries(hook)} == {"dead"}

    await eventually(given_up, what="the end of what waited")
    await desk.happen(2)
    await asyncio.sleep(1.5)
    assert len(desk.receiver.requests) == 1
    status, _ = await desk.hub.call("POST", f"{desk.base}/webhooks/{hook['id']}/replay", json={"first": 0})
    assert status == 409
    await desk.hub.ok("PATCH", f"{desk.base}/webhooks/{hook['id']}", json={"enabled": True})

    async def all_told() -> list[dict[str, Any]] | None:
        # Events are told once no older transaction of the server is open, and other tests use the same server.
        events: list[dict[str, Any]] = (await desk.hub.ok("GET", f"{desk.base}/events"))["items"]
        return events if len(events) == 5 else None

    events = await eventually(all_told, what="the events")
    body = {"first": events[1]["seq"], "last": events[3]["seq"]}
    replayed = await desk.hub.ok("POST", f"{desk.base}/webhooks/{hook['id']}/replay", json=body)
    assert replayed == {"replayed": 3, "next": None}
    await eventually(lambda: len(desk.receiver.requests) == 4, what="the replayed")
    assert {t.id for t in desk.receiver.requests[1:]} == {e["id"] for e in events[1:4]}
    done = next(d for d in await desk.deliveries(hook) if d["event_id"] == events[1]["id"])
    await desk.hub.ok("POST", f"{desk.base}/deliveries/{done['id']}/replay")
    await eventually(lambda: len(desk.receiver.requests) == 5, what="the one replayed")
    assert desk.receiver.requests[4].id == events[1]["id"]


async def test_a_failing_endpoint_rests_and_one_try_asks_whether_it_is_back(desk: Desk) -> None:
    broken, well = await desk.hook("/broken"), await desk.hook("/well")
    desk.receiver.decide = lambda event: 500
    await desk.hub.ok("PATCH", f"{desk.base}/webhooks/{well['id']}", json={"types": ["document.indexed"]})
    await desk.happen(10)

    async def open_circuit() -> bool:
        return bool((await desk.view(broken))["failures"] >= 5)

    await eventually(open_circuit, what="the failures")

    async def rests() -> bool:
        return not await desk.hub.rows("select 1 from hub.webhook_delivery where lease_owner is not null")

    await eventually(rests, what="an end of the tries that were under way")
    tried = len(desk.receiver.of("/broken"))
    assert 5 <= tried <= 10
    await desk.happen(30)
    await asyncio.sleep(1.5)
    assert len(desk.receiver.of("/broken")) == tried, "the circuit is open"
    await desk.hurry()
    await eventually(lambda: len(desk.receiver.of("/broken")) > tried, what="a try")
    await asyncio.sleep(0.7)
    assert len(desk.receiver.of("/broken")) == tried + 1, "one try alone asks"
    desk.receiver.decide = lambda event: 204
    await desk.happen(1, type="document.indexed")
    await eventually(lambda: len(desk.receiver.of("/well")) == 1, what="the other endpoint's event")
    await desk.hurry()

    async def through() -> bool:
        await desk.hurry()
        return len(await desk.deliveries(broken, "delivered")) == 10 + 30 + 1

    await eventually(through, what="all events")
    assert (await desk.view(broken))["failures"] == 0


async def test_events_of_a_conversation_come_in_order_and_hold_up_no_other(desk: Desk) -> None:
    await desk.hook()
    slow, other = ConversationId(uuid7()), ConversationId(uuid7())
    desk.receiver.answers.append(web.Response(status=500))
    await desk.happen(1, slow)

    async def failed() -> Any:
        return await desk.hub.rows(
            "update hub.webhook_delivery set due_at = now() + interval '1 hour' where status = 500 returning 1"
        )

    await eventually(failed, what="the first try")
    await desk.happen(5, slow)
    await desk.happen(5, other)
    await eventually(lambda: len(desk.receiver.kept) >= 5, what="the other conversation")
    await desk.hurry()
    await eventually(lambda: len(desk.receiver.kept) == 11, what="the rest")
    arrived = [int(taken.event["seq"]) for taken in desk.receiver.kept]
    held = sorted(arrived)[:6]  # the slow conversation's events happened first
    assert arrived[0] not in held, "the other conversation did not wait for the one that failed"
    assert [seq for seq in arrived if seq in held] == held
    assert [seq for seq in arrived if seq not in held] == sorted(arrived)[6:]


async def test_closed_addresses_are_refused_when_set_and_when_called(desk: Desk, receiver: Receiver) -> None:
    for url in (
        "http://hooks.example.com/x",
        f"https://127.0.0.1:{receiver.port + 1}/x",
        "https://169.254.169.254/latest",
        "https://[::1]/x",
        "https://localhost/x",
        "ftp://hooks.example.com/x",
        "https://user:word@hooks.example.com/x",
    ):
        status, answer = await desk.hub.call("POST", f"{desk.base}/webhooks", json={"url": url})
        assert (status, answer["code"]) == (422, "blocked_address"), url
    hook = await desk.hook()
    # As if a name had led elsewhere since: the call itself is checked too.
    async with receiving() as closed:
        await desk.hub.rows("update hub.webhook set url = $1", closed.url())
        await desk.happen(1)

        async def refused() -> Any:
            rows = await desk.deliveries(hook)
            return rows[0]["error"] if rows and rows[0]["error"] else None

        assert "not open" in await eventually(refused, what="the refusal")
        assert closed.requests == []
    async with receiving() as target:
        await desk.hub.rows("update hub.webhook set url = $1", receiver.url())
        receiver.answers.append(web.Response(status=307, headers={"Location": target.url()}))
        await desk.happen(1)
        await eventually(lambda: receiver.requests, what="the redirect")
        await asyncio.sleep(0.5)
        assert target.requests == []


async def test_a_sender_killed_between_send_and_settle_sends_again_under_the_same_id(
    desk: Desk, receiver: Receiver
) -> None:
    hook = await desk.hook()
    receiver.held = 2
    await desk.happen(1)
    await eventually(lambda: len(receiver.requests) == 1, what="the first try")
    # The process is gone: its claim runs out, and whatever it would still write must find the fence closed.
    await desk.hub.rows("update hub.webhook_delivery set due_at = now()")
    await eventually(lambda: len(receiver.requests) == 2, what="the second try")
    receiver.hold.set()

    async def settled() -> Any:
        return await desk.deliveries(hook, "delivered")

    (row,) = await eventually(settled, what="the settled row")
    assert row["attempts"] == 2
    assert len({taken.id for taken in receiver.requests}) == 1
    assert receiver.requests[0].body == receiver.requests[1].body


async def test_after_75_hours_an_event_is_dead_and_after_five_days_the_endpoint_is_off(desk: Desk) -> None:
    hook = await desk.hook()
    desk.receiver.decide = lambda event: 500
    await desk.happen(1)

    async def tried() -> Any:
        rows = await desk.deliveries(hook)
        return rows and rows[0]["status"] == 500

    await eventually(tried, what="the first try")
    await desk.hub.rows("update hub.webhook_delivery set ready_at = now() - interval '74 hours 59 minutes'")
    await desk.hurry()
    await eventually(lambda: len(desk.receiver.requests) == 2, what="a try within the 75 hours")
    assert [d["state"] for d in await desk.deliveries(hook)] == ["ready"]
    await desk.hub.rows("update hub.webhook_delivery set ready_at = now() - interval '75 hours'")
    await desk.hurry()

    async def dead() -> Any:
        await desk.hurry()
        return await desk.deliveries(hook, "dead")

    await eventually(dead, what="its end")
    assert (await desk.view(hook))["enabled"]
    await desk.hub.rows("update hub.webhook set failing_since = now() - interval '5 days'")
    await desk.happen(1)

    async def off() -> bool:
        return not (await desk.view(hook))["enabled"]

    await eventually(off, what="the switch")
    assert "five days" in (await desk.view(hook))["disabled_reason"]
