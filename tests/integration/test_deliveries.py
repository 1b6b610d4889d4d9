"""Sending under a platform's troubles: once, in order, never too early, and never silently given up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest

from hub.simulator.faults import Fault, Kind
from hub.simulator.record import Recorded
from hub.simulator.telegram.people import Person
from support.database import Database
from support.running_hub import Site, eventually, hub_in_process

SENDING = frozenset({"sendMessage"})


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    async with hub_in_process(database, tmp_path) as site:
        yield site


class Chat:
    """A colleague who talks to one person on Telegram."""

    def __init__(self, hub: Site, tenant: str, person: Person, conversation: str) -> None:
        self.hub, self.tenant, self.person, self.conversation = hub, tenant, person, conversation

    async def write(self, text: str) -> str:
        path = f"/api/v1/tenants/{self.tenant}/conversations/{self.conversation}/messages"
        return str((await self.hub.ok("POST", path, json={"text": text}))["id"])

    @property
    def sends(self) -> list[Recorded]:
        """Every try to send to this person, as Telegram saw it; what was refused before it was read is not told
        apart by chat."""
        return [
            e for e in self.hub.simulator.record.calls("telegram", "sendMessage") if e.chat in ("", str(self.person.id))
        ]

    @property
    def arrived(self) -> list[str]:
        return self.hub.replies(self.person)

    async def status(self, message: str) -> str:
        found = await self.hub.messages(self.tenant, self.conversation)
        return str(next(m["status"] for m in found if m["id"] == message))

    async def until(self, message: str, status: str) -> None:
        async def there() -> bool:
            return await self.status(message) == status

        await eventually(there, what=f"status '{status}'")


async def chats(hub: Site, *names: str) -> list[Chat]:
    """Conversations with people, taken over, whose greeting nobody answers."""
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    made = []
    for name in names:
        person = hub.person(name)
        known = {c["id"] for c in await hub.conversations(tenant)}
        person.say(f"I am {name}, a customer of yours")
        await person.reply()
        (conversation,) = [c["id"] for c in await hub.conversations(tenant) if c["id"] not in known]
        await hub.act(tenant, conversation, "takeover")
        made.append(Chat(hub, tenant, person, conversation))
    return made


async def test_a_429_is_never_retried_before_its_time(hub: Site) -> None:
    (ada,) = await chats(hub, "Ada")
    before = len(ada.sends)
    hub.simulator.faults.add(Fault(Kind.TOO_MANY, seconds=2.0, upstream="telegram", methods=SENDING, times=2))
    message = await ada.write("Good morning")
    await ada.until(message, "sent")
    tries = ada.sends[before:]
    assert [t.status for t in tries] == [429, 429, 200]
    for earlier, later in pairwise(tries):
        assert earlier.done is not None
        assert later.at - earlier.done >= 2.0
    assert ada.arrived[-1] == "Good morning"
    assert ada.arrived.count("Good morning") == 1


async def test_a_platform_out_of_order_is_tried_again_until_it_takes_the_message(hub: Site) -> None:
    (ada,) = await chats(hub, "Ada")
    before = len(ada.sends)
    hub.simulator.faults.add(Fault(Kind.SERVER_ERROR, upstream="telegram", methods=SENDING, times=2))
    message = await ada.write("Good morning")
    await ada.until(message, "sent")
    assert [t.status for t in ada.sends[before:]] == [500, 500, 200]
    assert ada.arrived.count("Good morning") == 1


async def test_what_never_works_ends_dead_with_words_and_blocks_nobody(hub: Site) -> None:
    (ada,) = await chats(hub, "Ada")
    hub.simulator.faults.add(Fault(Kind.SERVER_ERROR, upstream="telegram", methods=SENDING, times=1))
    message = await ada.write("Good morning")

    async def tried() -> object:
        return await hub.rows("select 1 from hub.outbox where state = 'ready' and error is not null")

    await eventually(tried, what="the first try")
    await hub.rows("update hub.outbox set created_at = now() - interval '25 hours' where state = 'ready'")
    hub.simulator.faults.add(Fault(Kind.SERVER_ERROR, upstream="telegram", methods=SENDING, times=1))
    await ada.until(message, "failed")
    after = await ada.write("Are you there?")
    await ada.until(after, "sent")
    assert ada.arrived[-1] == "Are you there?"
    assert "Good morning" not in ada.arrived


async def test_what_ends_each_process_that_sends_it_is_given_up_and_blocks_nobody(hub: Site) -> None:
    (ada,) = await chats(hub, "Ada")
    hub.simulator.faults.add(Fault(Kind.TOO_MANY, seconds=3600.0, upstream="telegram", methods=SENDING, times=1))
    message = await ada.write("Good morning")

    async def refused() -> object:
        return await hub.rows("select 1 from hub.outbox where state = 'ready' and error is not null")

    async def lost_again() -> None:
        await hub.rows("update hub.outbox set send_lease_owner = gen_random_uuid(), send_due_at = now()"
                       " where state = 'ready' and error is not null")  # fmt: skip

    await eventually(refused, what="the refusal")
    for crashes in range(1, 5):
        hub.simulator.faults.add(Fault(Kind.TOO_MANY, seconds=3600.0, upstream="telegram", methods=SENDING, times=1))
        await lost_again()

        async def counted(crashes: int = crashes) -> object:
            return await hub.rows("select 1 from hub.outbox where state = 'ready' and send_lease_owner is null"
                                  f" and send_due_at > now() and crashes = {crashes}")  # fmt: skip

        await eventually(counted, what=f"crash {crashes}, and another try")
    await lost_again()
    await ada.until(message, "failed")
    (row,) = await hub.rows("select id, error, code from hub.outbox where state = 'dead'")
    assert (row["code"], row["error"]) == ("crashed", "The process ended each time it sent this message.")
    await ada.until(await ada.write("Are you there?"), "sent")
    assert "Good morning" not in ada.arrived
    path = f"/api/v1/tenants/{ada.tenant}/ledger/deliveries/replay"
    await hub.ok("POST", path, json={"ids": [str(row["id"])]})
    await ada.until(message, "sent")
    assert ada.arrived[-1] == "Good morning"


async def test_a_refusal_for_good_is_dead_at_once_with_words_and_an_event(hub: Site) -> None:
    ada, bob = await chats(hub, "Ada", "Bob")
    ada.person.block()
    before = len(ada.sends)
    message = await ada.write("Good morning")
    await ada.until(message, "failed")
    await asyncio.sleep(1.2)
    assert [t.status for t in ada.sends[before:]] == [403], "not tried again"
    (row,) = await hub.rows("select state, error, code from hub.outbox where state = 'dead'")
    assert row["code"] == "403"
    assert "blocked the bot" in row["error"]
    (event,) = await hub.rows("select data->>'message_id' as id, data->>'error' as words from hub.event"
                              " where type = 'message.failed'")  # fmt: skip
    assert (event["id"], event["words"]) == (message, row["error"])
    await bob.until(await bob.write("Hello Bob"), "sent")


@pytest.mark.parametrize("kind", [Kind.RESET_AFTER_ACCEPT, Kind.HTML], ids=["reset", "bad gateway"])
async def test_a_lost_answer_is_unknown_and_never_sent_twice(hub: Site, kind: Kind) -> None:
    (ada,) = await chats(hub, "Ada")
    before = len(ada.sends)
    hub.simulator.faults.add(Fault(kind, upstream="telegram", methods=SENDING, times=1))
    message = await ada.write("Good morning")
    await ada.until(message, "unknown")
    later = await ada.write("Still here?")
    await ada.until(later, "sent")
    await asyncio.sleep(1.2)
    assert len(ada.sends[before:]) == 2, "the doubtful one was not repeated"
    assert ada.arrived.count("Good morning") == (1 if kind is Kind.RESET_AFTER_ACCEPT else 0)
    (event,) = await hub.rows("select data->>'error' as words from hub.event where type = 'message.failed'")
    assert "not known" in event["words"]


async def test_a_long_text_goes_on_at_the_part_that_failed(hub: Site) -> None:
    (ada,) = await chats(hub, "Ada")
    seen = len(ada.arrived)
    before = len(ada.sends)
    text = " ".join(f"Sentence {n} of a very long message to one customer." for n in range(140))
    assert 4_096 < len(text) < 8_000, "two parts"
    hub.simulator.faults.add(Fault(Kind.SERVER_ERROR, upstream="telegram", methods=SENDING, skip=1, times=1))
    message = await ada.write(text)
    await ada.until(message, "sent")
    parts = ada.arrived[seen:]
    assert [t.status for t in ada.sends[before:]] == [200, 500, 200]
    assert len(parts) == 2
    assert " ".join(" ".join(parts).split()) == text
    found = await hub.messages(ada.tenant, ada.conversation)
    (stored,) = [m for m in found if m["id"] == message]
    assert len(stored["platform_ids"]) == 2


async def test_order_is_kept_within_a_conversation_and_others_go_on(hub: Site) -> None:
    ada, bob = await chats(hub, "Ada", "Bob")
    seen = len(ada.arrived)
    hub.simulator.faults.add(Fault(Kind.TOO_MANY, seconds=60, upstream="telegram", methods=SENDING, times=1))
    first = await ada.write("one")

    async def refused() -> object:
        return await hub.rows("select 1 from hub.outbox where state = 'ready' and error is not null")

    await eventually(refused, what="the refusal")
    rest = [await ada.write(text) for text in ("two", "three", "four")]
    await bob.until(await bob.write("Hello Bob"), "sent")
    assert await ada.status(first) in ("queued", "sending"), "Bob did not wait for Ada"
    await hub.rows("update hub.outbox set send_due_at = now() where state = 'ready'")  # the minute is over
    for message in [first, *rest]:
        await ada.until(message, "sent")
    assert ada.arrived[seen:] == ["one", "two", "three", "four"]
