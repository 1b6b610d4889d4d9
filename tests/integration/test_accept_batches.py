"""Group commit: what arrives together is stored together, and nobody pays for somebody else's message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import asyncpg
import pytest

from hub.core.errors import Unavailable
from hub.core.ids import AccountKey, ChannelId, ChannelKind, ConversationId, PlatformId, TenantId, ThreadKey, uuid7
from hub.core.messages import Alias, Event, EventType, Sender, Text
from hub.inbox import batches
from hub.inbox.accept import Accept, Accepted
from hub.jobs.wakers import LocalWaker
from hub.store.directory import TenantRow
from hub.store.errors import StoreError
from hub.store.session import Store
from support.database import Database

_numbers = count(1)


STATE = """
select c.thread_key, c.state, c.pending, c.last_seq, c.due_at is null as idle,
       (select jsonb_agg(jsonb_build_array(m.seq, m.parts, m.author_kind, m.author_name, m.status) order by m.seq)
          from hub.message m where m.conversation_id = c.id) as messages,
       (select jsonb_agg(e.type order by e.seq) from hub.event e where e.conversation_id = c.id) as log,
       (select jsonb_agg(jsonb_build_array(i.type, i.outcome, i.reason) order by i.ord)
          from hub.inbox i where i.conversation_id = c.id) as inbox
  from hub.conversation c where c.channel_id = $1 order by c.thread_key"""


class Wire:
    """The store's accept, with a switch: while it is off, calls stand still. Counts them."""

    def __init__(self, store: Store) -> None:
        self._accept = store.accept
        self.open = asyncio.Event()
        self.open.set()
        self.calls: list[tuple[ChannelId, str]] = []
        self.hasty: list[str] = []
        self.broken: Exception | None = None

    async def accept(self, tenant: TenantId, channel: ChannelId, events: str, *, patient: bool = True) -> str:
        self.calls.append((channel, events))
        if not patient:
            self.hasty.append(events)
        await self.open.wait()
        if self.broken is not None:
            raise self.broken
        return await self._accept(tenant, channel, events, patient=patient)


class Listener:
    def __init__(self) -> None:
        self.heard: list[tuple[ConversationId, int]] = []

    async def announce(self, tenant: TenantId, conversation: ConversationId, seq: int) -> None:
        self.heard.append((conversation, seq))


@pytest.fixture
def wire(store: Store) -> Wire:
    return Wire(store)


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def accept(wire: Wire, listener: Listener) -> Accept:
    return Accept(store=wire, waker=LocalWaker(), announcer=listener)


@pytest.fixture
async def channel(store: Store, tenant: TenantRow) -> ChannelId:
    return await new_channel(store, tenant.id)


@pytest.fixture
async def above(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection that row-level security does not bind."""
    connection = await asyncpg.connect(database.superuser_url)
    yield connection
    await connection.close()


async def new_channel(store: Store, tenant: TenantId, account: str = "1") -> ChannelId:
    id = ChannelId(uuid7())
    async with store.begin(tenant) as tx:
        await tx.channels.add(
            id, kind=ChannelKind("telegram"), name="Bot", account=AccountKey(account), secret=b"x", settings={}
        )
    return id


def said(person: str, text: str = "Where is it?", **more: Any) -> Event:
    number = next(_numbers)
    event = Event(
        type=EventType.MESSAGE,
        channel=ChannelKind("telegram"),
        account=AccountKey("1"),
        platform_id=PlatformId(str(number)),
        at=datetime.now(UTC),
        sender=Sender((Alias("telegram.user", person),), name=person.title()),
        thread=ThreadKey(person),
        order=float(number),
        message_id=PlatformId(f"{person}:{number}"),
        parts=(Text(text),),
    )
    return replace(event, **more)


@asynccontextmanager
async def held_up(wire: Wire, accept: Accept, tenant: TenantId, channel: ChannelId) -> AsyncIterator[None]:
    """Whatever is sent inside the block waits behind a call that stands still until the block ends."""
    wire.open.clear()
    first = asyncio.create_task(accept(tenant, channel, [said("ahead")]))
    while not wire.calls:
        await asyncio.sleep(0)
    yield
    await asyncio.sleep(0.01)  # everybody has taken a place in line
    wire.open.set()
    await first


async def all_of(tasks: Sequence[asyncio.Task[list[Accepted]]]) -> list[Accepted | BaseException]:
    found = await asyncio.gather(*tasks, return_exceptions=True)
    return [f if isinstance(f, BaseException) else f[0] for f in found]


async def test_what_waits_for_a_call_goes_together_in_the_next(
    store: Store, tenant: TenantRow, channel: ChannelId, wire: Wire, accept: Accept, listener: Listener
) -> None:
    people = ["ada", "ben", "cleo"]
    for person in people:
        await accept(tenant.id, channel, [said(person)])
    wire.calls.clear()
    async with held_up(wire, accept, tenant.id, channel):
        tasks = [asyncio.create_task(accept(tenant.id, channel, [said(people[n % 3])])) for n in range(12)]
    answers = await all_of(tasks)
    assert len(wire.calls) == 2, "the one that was under way, and one for all twelve"
    assert [a.seq for a in answers if isinstance(a, Accepted)] == [2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5]
    await asyncio.sleep(0)
    newest = dict(listener.heard)
    for answer in answers:
        assert isinstance(answer, Accepted)
        assert answer.outcome is None
        assert answer.conversation_id is not None
        assert newest[answer.conversation_id] == 5


async def test_a_call_takes_a_bounded_batch(
    tenant: TenantRow, channel: ChannelId, wire: Wire, accept: Accept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MOST_EVENTS", 5)
    async with held_up(wire, accept, tenant.id, channel):
        small = [asyncio.create_task(accept(tenant.id, channel, [said("ada")])) for _ in range(8)]
        large = [asyncio.create_task(accept(tenant.id, channel, [said("ben") for _ in range(7)]))]
    await all_of(small)
    assert [a.seq for a in await large[0]] == [1, 2, 3, 4, 5, 6, 7]
    assert [events.count('"received_event"') for _, events in wire.calls] == [1, 5, 3, 7]


async def test_a_thread_named_like_somebody_elses_conversation_gets_one_of_its_own(
    store: Store, tenant: TenantRow, channel: ChannelId, accept: Accept
) -> None:
    (first,) = await accept(tenant.id, channel, [said("ada")])
    other = await new_channel(store, tenant.id, account="2")
    (second,) = await accept(tenant.id, other, [said("ben", thread=ThreadKey(str(first.conversation_id)))])
    assert (second.seq, second.conversation_id is not None) == (1, True)
    assert second.conversation_id != first.conversation_id


async def test_the_same_event_twice_in_a_batch_has_one_effect(
    tenant: TenantRow, channel: ChannelId, wire: Wire, accept: Accept, above: asyncpg.Connection
) -> None:
    await accept(tenant.id, channel, [said("ada")])
    known, new = said("ada"), said("ben")
    async with held_up(wire, accept, tenant.id, channel):
        sent = [known, new, known, said("ada"), new, known]
        tasks = [asyncio.create_task(accept(tenant.id, channel, [event])) for event in sent]
    answers = [a for a in await all_of(tasks) if isinstance(a, Accepted)]
    assert [a.duplicate for a in answers] == [False, False, True, False, True, True]
    assert {a.message_id for a in (answers[0], answers[2], answers[5])} == {answers[0].message_id}
    assert answers[4].message_id == answers[1].message_id
    assert [a.seq for a in answers] == [2, 1, 2, 3, 1, 2]
    (stored,) = await above.fetch("select count(*) as n, count(distinct platform_id) as keys from hub.inbox")
    assert (stored["n"], stored["keys"]) == (5, 5)


async def test_a_poisoned_event_fails_alone(
    tenant: TenantRow, channel: ChannelId, wire: Wire, accept: Accept, above: asyncpg.Connection
) -> None:
    await accept(tenant.id, channel, [said("ada")])
    async with held_up(wire, accept, tenant.id, channel):
        poisoned = said("ben", "half \x00 a word")
        sent = [said("ada"), poisoned, said("cleo"), said("ada")]
        tasks = [asyncio.create_task(accept(tenant.id, channel, [event])) for event in sent]
    answers = await all_of(tasks)
    assert isinstance(answers[1], Unavailable)
    assert [a.seq for a in answers if isinstance(a, Accepted)] == [2, 1, 3]
    (stored,) = await above.fetch("select count(*) as n from hub.message")
    assert stored["n"] == 5, "the good ones, the first and the one ahead; nothing of the poisoned one"
    assert (await accept(tenant.id, channel, [said("ada")]))[0].seq == 4, "the line goes on"


async def test_a_locked_conversation_holds_up_itself_alone_and_keeps_its_order(
    store: Store, tenant: TenantRow, channel: ChannelId, wire: Wire, accept: Accept, above: asyncpg.Connection
) -> None:
    people = ["ada", "ben", "cleo"]
    conversations = {p: (await accept(tenant.id, channel, [said(p)]))[0].conversation_id for p in people}
    wire.hasty.clear()
    async with store.begin(tenant.id) as tx:
        await tx.conversations.get(conversations["ada"], lock=True)
        stuck, others = [], []
        for n in range(3):
            stuck.append(asyncio.create_task(accept(tenant.id, channel, [said("ada", f"Number {n}")])))
            others += [asyncio.create_task(accept(tenant.id, channel, [said(p)])) for p in people[1:]]
            await asyncio.sleep(0.3)
        answers = await all_of(others)
        assert [a.seq for a in answers if isinstance(a, Accepted)] == [2, 2, 3, 3, 4, 4]
        assert not any(task.done() for task in stuck)
        assert sum('"Ada"' in events for events in wire.hasty) == 1, "found out once that it is held"
    answers = await all_of(stuck)
    assert [a.seq for a in answers if isinstance(a, Accepted)] == [2, 3, 4]
    rows = await above.fetch(
        "select parts->0->>'text' as text from hub.message where conversation_id = $1 order by seq",
        conversations["ada"],
    )
    assert [row["text"] for row in rows[1:]] == ["Number 0", "Number 1", "Number 2"]


async def test_a_batch_holds_one_channel_and_one_tenant(
    store: Store, tenant: TenantRow, other_tenant: TenantRow, wire: Wire, accept: Accept
) -> None:
    places = [(t.id, await new_channel(store, t.id)) for t in (tenant, other_tenant, tenant)]
    async with held_up(wire, accept, *places[0]):
        tasks = [asyncio.create_task(accept(*places[n % 3], [said(f"person{n % 3}")])) for n in range(9)]
    answers = await all_of(tasks)
    assert [a.seq for a in answers if isinstance(a, Accepted)] == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    for channel, events in wire.calls:
        alone = {f"person{n}" for n, place in enumerate(places) if place[1] == channel}
        assert not any(f'"person{n}"' in events for n in range(3) if f"person{n}" not in alone)


async def test_with_the_database_away_everybody_is_told_and_nobody_is_tried_alone(
    tenant: TenantRow, channel: ChannelId, wire: Wire, accept: Accept
) -> None:
    await accept(tenant.id, channel, [said("ada")])
    wire.calls.clear()
    wire.broken = StoreError("away")
    wire.open.clear()
    tasks = [asyncio.create_task(accept(tenant.id, channel, [said("ada")])) for _ in range(10)]
    await asyncio.sleep(0.01)
    wire.open.set()
    assert all(isinstance(a, Unavailable) for a in await all_of(tasks))
    assert len(wire.calls) <= 2
    wire.broken = None
    assert (await accept(tenant.id, channel, [said("ada")]))[0].seq == 2


async def test_the_line_is_bounded_in_length_and_in_time(
    tenant: TenantRow, channel: ChannelId, wire: Wire, accept: Accept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MOST_WAITING", 3)
    async with held_up(wire, accept, tenant.id, channel):
        waiting = [asyncio.create_task(accept(tenant.id, channel, [said("ada")])) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Unavailable):
            await accept(tenant.id, channel, [said("ada")])
        monkeypatch.setattr(batches, "LONGEST_WAIT", -1.0)
    assert all(isinstance(a, Unavailable) for a in await all_of(waiting))
    monkeypatch.undo()
    assert (await accept(tenant.id, channel, [said("ada")]))[0].seq == 1


async def test_one_batch_does_what_single_calls_do(
    store: Store, tenant: TenantRow, other_tenant: TenantRow, accept: Accept, above: asyncpg.Connection
) -> None:
    """New people, known ones, a changed name, two aliases, a repetition, a group, an edit, a deletion, a colleague."""

    def story() -> list[Event]:
        aliases = Sender((Alias("telegram.user", "ada"), Alias("telegram.chat", "ada2")), name="Ada")
        first, again = said("ada"), said("ben")
        group = {"direct": False, "thread": ThreadKey("group"), "mentioned": True}
        return [
            first,
            said("ada", sender=aliases),
            said("ada", sender=aliases),
            again,
            said("ben"),
            said("ben", sender=Sender((Alias("telegram.user", "ben"),), name="Benjamin")),
            said("ben", sender=Sender((Alias("telegram.user", "ben"),), name="Benjamin")),
            again,
            said("cleo", **group),
            said("ada", **group),
            said("ada", type=EventType.EDIT, target=first.message_id, parts=(Text("Where are they?"),)),
            said("dora", sender=Sender((Alias("telegram.user", "dora"),), is_bot=True)),
            said("ben", type=EventType.DELETE, target=again.message_id),
            said("ada", type=EventType.ECHO),
            said("ada", "Hello again"),
        ]

    told: list[list[tuple[Any, ...]]] = []
    kept: list[list[tuple[Any, ...]]] = []
    for owner, together in ((tenant.id, False), (other_tenant.id, True)):
        channel = await new_channel(store, owner)
        answers: list[Accepted] = []
        for events in (story(), story()):  # of strangers, then of people who are known
            for part in [events] if together else [[event] for event in events]:
                answers += await accept(owner, channel, part, pause=0.0)
        told.append([(a.duplicate, a.seq, a.outcome, a.reason, a.message_id is None) for a in answers])
        kept.append([tuple(row) for row in await above.fetch(STATE, channel)])
    assert told[0] == told[1]
    assert kept[0] == kept[1]
    assert len(kept[0]) == 3
