"""What hints missed, a room reads from the store; and a process knows whom it watches."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from hub.core.conversations import State
from hub.core.ids import ConversationId, TenantId, uuid7
from hub.realtime.ports import Page, Standing
from hub.realtime.rooms import Rooms


class Wire:
    """Sockets that only write down what they are told."""

    def __init__(self) -> None:
        self.members: dict[str, set[str]] = {}
        self.told: list[tuple[str, int]] = []
        self.news: list[tuple[str, int | None]] = []

    async def enter(self, sid: str, room: str) -> None:
        self.members.setdefault(room, set()).add(sid)

    async def leave(self, sid: str, room: str) -> None:
        self.members[room].discard(sid)

    def occupied(self, room: str) -> bool:
        return bool(self.members.get(room))

    async def emit(self, event: str, data: Mapping[str, Any], *, room: str, namespace: str = "") -> None:
        if event == "message":
            self.told.append((room, data["seq"]))
        else:
            self.news.append((event, data.get("seq")))


class Stored:
    """Conversations of which each holds as many messages as ``last`` says."""

    def __init__(self) -> None:
        self.last: dict[ConversationId, int] = {}
        self.seen = 0
        self.reads = 0

    async def page(self, tenant: TenantId, conversation: ConversationId, *, after: int | None, limit: int) -> Page:
        self.reads += 1
        last = self.last[conversation]
        seqs = range((after or 0) + 1, last + 1)
        messages = [{"id": str(uuid7()), "seq": seq} for seq in seqs]
        return Page(Standing(conversation, State.BOT, 0, seen=self.seen), messages, last, False)


async def test_a_room_tells_what_it_missed_and_only_rooms_of_that_tenant_read() -> None:
    wire, stored = Wire(), Stored()
    rooms = Rooms(wire=wire, conversations=stored)  # type: ignore[arg-type]  # fakes with what rooms use
    mine, other = TenantId(uuid7()), TenantId(uuid7())
    places = [(mine, ConversationId(uuid7())), (mine, ConversationId(uuid7())), (other, ConversationId(uuid7()))]
    for tenant, conversation in places:
        stored.last[conversation] = 1
        await rooms.join("sid", tenant, conversation)
        await rooms.read(tenant, conversation, None)
    assert rooms.interest.tenants == {mine, other}
    for _, conversation in places:
        stored.last[conversation] = 3
    rooms.catch_up(mine)
    async with asyncio.timeout(60):
        while len(wire.told) < 4:
            await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    assert sorted(seq for _, seq in wire.told) == [2, 2, 3, 3]
    assert not any(str(other) in room for room, _ in wire.told)
    for tenant, conversation in places:
        await rooms.leave("sid", tenant, conversation)
    assert rooms.interest.tenants == frozenset()
    await rooms.close()


async def test_a_room_is_told_how_far_the_colleague_has_read_and_never_that_it_was_less() -> None:
    wire, stored = Wire(), Stored()
    rooms = Rooms(wire=wire, conversations=stored)  # type: ignore[arg-type]  # fakes with what rooms use
    tenant, conversation = TenantId(uuid7()), ConversationId(uuid7())
    stored.last[conversation] = 3
    await rooms.join("sid", tenant, conversation)
    await rooms.read(tenant, conversation, None)
    for reads, seen in enumerate((2, 1, 3), start=stored.reads + 1):
        stored.seen = seen
        await rooms.announce(tenant, conversation, 3)
        async with asyncio.timeout(60):
            while stored.reads < reads:
                await asyncio.sleep(0)
    assert wire.news == [("read", 2), ("read", 3)]
    await rooms.close()
