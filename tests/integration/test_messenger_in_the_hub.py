"""Messenger through the running hub: receipts, a person's late answer and shared apps."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hub.simulator.messenger.people import Person
from hub.simulator.messenger.platform import DEMO_PAGE, DEMO_SECRET
from support.database import Database
from support.running_hub import Site, eventually, hub_in_process


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    async with hub_in_process(database, tmp_path) as site:
        yield site


async def connect(hub: Site, tenant: str, **more: Any) -> str:
    """A Messenger channel for the simulator's page, whose app calls this hub."""
    page = hub.simulator.messenger.add_page()
    credentials = {
        "page_id": page.id,
        "page_access_token": page.token,
        "app_secret": page.app_secret,
        "verify_token": page.verify_token,
        **more,
    }
    body = {"kind": "messenger", "name": "Page", "credentials": credentials}
    channel = str((await hub.ok("POST", f"/api/v1/tenants/{tenant}/channels", json=body))["id"])
    headers = {"Authorization": f"Bearer {page.token}"}
    fields = "messages,messaging_postbacks,message_echoes,message_deliveries,message_reads"
    address = f"{hub.simulator.messenger_url}/v23.0/{page.id}/subscribed_apps"
    async with hub.http.post(address, json={"subscribed_fields": fields}, headers=headers) as answer:
        assert answer.status == 200
    address = f"{hub.base}/webhooks/messenger/{channel}"
    assert await hub.simulator.messenger.verify(address)
    hub.simulator.messenger.listen(address)
    return channel


async def talking(hub: Site, tenant: str, name: str = "Ada") -> tuple[Person, str]:
    """Somebody whose first question was answered, and their conversation."""
    person = hub.simulator.messenger.user(name)
    known = {c["id"] for c in await hub.conversations(tenant)}
    person.say(f"I am {name}, a customer of yours")
    await person.reply()
    (conversation,) = [c["id"] for c in await hub.conversations(tenant) if c["id"] not in known]
    return person, conversation


async def write(hub: Site, tenant: str, conversation: str, text: str) -> str:
    path = f"/api/v1/tenants/{tenant}/conversations/{conversation}/messages"
    return str((await hub.ok("POST", path, json={"text": text}))["id"])


async def until(hub: Site, tenant: str, conversation: str, message: str, status: str) -> None:
    async def there() -> bool:
        found = await hub.messages(tenant, conversation)
        return next(m["status"] for m in found if m["id"] == message) == status

    await eventually(there, what=f"status '{status}'")


async def test_an_answer_is_delivered_and_read_and_a_colleagues_hand_stops_the_bot(hub: Site) -> None:
    tenant = await hub.tenant()
    await connect(hub, tenant)
    ada, conversation = await talking(hub, tenant)
    answer = (await hub.messages(tenant, conversation))[-1]["id"]
    await until(hub, tenant, conversation, answer, "delivered")
    ada.read()
    await until(hub, tenant, conversation, answer, "read")
    ada.answered_by_hand("I am on it.")

    async def taken() -> bool:
        return (await hub.conversations(tenant))[0]["state"] == "agent"

    await eventually(taken, what="the person's floor")
    ada.say("Thank you")
    await hub.simulator.messenger.courier(ada.page).drained()
    assert [m["text"] for m in ada.inbox[1:]] == ["I am on it."]


async def test_a_person_answers_late_with_the_tag_and_the_bot_does_not(hub: Site) -> None:
    tenant = await hub.tenant()
    await connect(hub, tenant)
    ada, conversation = await talking(hub, tenant)
    await hub.act(tenant, conversation, "takeover")
    await hub.rows("update hub.conversation set last_inbound_at = now() - interval '30 hours'")
    ada.fall_silent(hours=30)
    await until(hub, tenant, conversation, await write(hub, tenant, conversation, "Sorry, so late"), "delivered")
    sent = hub.simulator.record.messages(ada.id)[-1].params
    assert (sent["messaging_type"], sent["tag"], sent["message"]["text"]) == (
        "MESSAGE_TAG",
        "HUMAN_AGENT",
        "Sorry, so late",
    )
    assert "tag" not in hub.simulator.record.messages(ada.id)[0].params


async def test_an_echo_of_our_app_on_a_shared_webhook_is_ours(hub: Site) -> None:
    tenant = await hub.tenant()
    page = hub.simulator.messenger.add_page()
    app = {"app_id": page.app_id, "app_secret": DEMO_SECRET, "verify_token": page.verify_token}
    await hub.ok("POST", "/api/v1/apps", json={"kind": "messenger", "name": "App", "credentials": app})
    await connect(hub, tenant, app_id=page.app_id)
    await talking(hub, tenant)
    for app_id, state in ((int(page.app_id), "bot"), (263902037430900, "agent")):
        message = {"mid": f"m_{app_id}", "is_echo": True, "app_id": app_id, "text": "Hello from elsewhere"}
        ada = hub.simulator.messenger.user("Ada")
        item = {"sender": {"id": DEMO_PAGE}, "recipient": {"id": ada.id}, "timestamp": 1_795_000_000_000}
        entries = [{"id": DEMO_PAGE, "messaging": [{**item, "message": message}]}, {"id": "999", "messaging": [item]}]
        raw = json.dumps({"object": "page", "entry": entries}).encode()
        headers = {"X-Hub-Signature-256": "sha256=" + hmac.new(DEMO_SECRET.encode(), raw, hashlib.sha256).hexdigest()}
        status, _ = await hub.call("POST", "/webhooks/messenger", key=None, data=raw, headers=headers)
        assert status == 200
        (conversation,) = await hub.conversations(tenant)
        assert conversation["state"] == state, app_id


async def test_a_typed_number_is_the_option_that_was_listed(hub: Site) -> None:
    tenant = await hub.tenant()
    await connect(hub, tenant)
    ada, conversation = await talking(hub, tenant)
    answer = (await hub.messages(tenant, conversation))[-1]["id"]
    await until(hub, tenant, conversation, answer, "delivered")
    options = [{"id": f"o{n}", "title": f"Option number {n} of many"} for n in range(1, 16)]
    await hub.rows(
        "update hub.message set parts = $1::jsonb where direction = 'out'",
        json.dumps([{"type": "choices", "text": "Which?", "options": options}]),
    )
    ada.say("14")
    await ada.reply(after=1)
    said = [m["parts"] for m in await hub.messages(tenant, conversation) if m["direction"] == "in"]
    assert said[-1] == [{"type": "choice", "id": "o14", "title": "Option number 14 of many"}]
