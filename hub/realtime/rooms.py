"""One process's rooms: turns hints into messages read from the store, and passes growing answers on.

A hint says only that a conversation moved on. What browsers get is what the store says, in order, each message
with ``prev_seq``, how far this room had been told before; a client that knows less asks by ``resume``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import structlog

from hub.core.ids import ConversationId, MessageId, TenantId
from hub.inbox.revisions import Shown
from hub.realtime.interest import Interest
from hub.realtime.ports import Conversations, Page, Standing
from hub.realtime.streams import Delta, Streams
from hub.realtime.wire import NAMESPACE, Wire

log = structlog.get_logger(__name__)

PAGE = 50
_READ_SECONDS = 10.0


def room_name(tenant: TenantId, conversation: ConversationId) -> str:
    """The room of one conversation. Only the server makes this name; nothing a client says is part of it."""
    return f"t:{tenant}:c:{conversation}"


def visitor_room(tenant: TenantId, channel: UUID, visitor: str) -> str:
    """The room of one visitor's open windows."""
    return f"t:{tenant}:w:{channel}:v:{visitor}"


@dataclass(slots=True)
class _Room:
    """How far the room was told (None: nobody asked yet), what it knows, and whether more is wanted."""

    told: int | None = None
    standing: Standing | None = None
    wanted: bool = False
    pump: asyncio.Task[None] | None = None


class Rooms:
    """Who watches which conversation here. Also the sink of every feed."""

    def __init__(self, *, wire: Wire, conversations: Conversations) -> None:
        self._wire = wire
        self._conversations = conversations
        self._rooms: dict[tuple[TenantId, ConversationId], _Room] = {}
        self._streams = Streams()
        self.interest = Interest()
        self._behind: set[TenantId] = set()
        self._catching_up: asyncio.Task[None] | None = None

    async def join(self, sid: str, tenant: TenantId, conversation: ConversationId) -> None:
        """Let a socket hear a conversation. Safe to call again."""
        await self._wire.enter(sid, room_name(tenant, conversation))
        if (tenant, conversation) not in self._rooms:
            self._rooms[tenant, conversation] = _Room()
            self.interest.add(tenant)

    async def leave(self, sid: str, tenant: TenantId, conversation: ConversationId) -> None:
        """A socket no longer listens; an empty room is forgotten."""
        await self._wire.leave(sid, room_name(tenant, conversation))
        if self._wire.occupied(room_name(tenant, conversation)):
            return
        if self._rooms.pop((tenant, conversation), None) is not None:
            self.interest.remove(tenant)

    async def read(self, tenant: TenantId, conversation: ConversationId, after: int | None) -> Page | None:
        """A page for one socket that asks. Lets a new room start from there."""
        page = await self._conversations.page(tenant, conversation, after=after, limit=PAGE)
        room = self._rooms.get((tenant, conversation))
        if page is None or room is None:
            return page
        await self._floor(tenant, page.standing)
        if room.told is None:
            room.told, room.standing = page.seq, page.standing
            if room.wanted:
                self._start(tenant, conversation, room)
        return page

    def so_far(self, conversation: ConversationId) -> list[dict[str, Any]]:
        """The answer under way, piece by piece."""
        return [delta_json(delta) for delta in self._streams.so_far(conversation)]

    def shown(self, conversation: ConversationId) -> Shown | None:
        """As much of the answer under way as visitors have seen here."""
        pieces = self._streams.so_far(conversation)
        return Shown(pieces[0].message, "".join(piece.text for piece in pieces)) if pieces else None

    def end(self, conversation: ConversationId, shown: Shown) -> None:
        """Nothing of this answer may follow; what was shown of it stands."""
        self._streams.finish(conversation, shown.message)

    async def tell_superseded(self, tenant: TenantId, conversation: ConversationId, after: int) -> None:
        """Tell the room again of messages that were replaced, and by that hidden."""
        page = await self._conversations.page(tenant, conversation, after=after, limit=PAGE)
        for message in page.messages if page is not None else ():
            if message.get("superseded"):
                await self._say(tenant, conversation, "message", message)

    async def announce(self, tenant: TenantId, conversation: ConversationId, seq: int) -> None:
        """A hint: read and tell what is new, if somebody here listens. Returns at once."""
        room = self._rooms.get((tenant, conversation))
        if room is None:
            return
        room.wanted = True
        if room.told is not None:
            self._start(tenant, conversation, room)

    def catch_up(self, tenant: TenantId) -> None:
        """Hints of this tenant may have been missed: read in each of its rooms what is new. Returns at once."""
        self._behind.add(tenant)
        if self._catching_up is None or self._catching_up.done():
            self._catching_up = asyncio.create_task(self._catch_up(), name="rooms-catch-up")

    async def _catch_up(self) -> None:
        """One room after another: after an outage there may be thousands."""
        while self._behind:
            behind, self._behind = self._behind, set()
            for (tenant, conversation), room in [item for item in self._rooms.items() if item[0][0] in behind]:
                room.wanted = True
                if room.told is not None:
                    self._start(tenant, conversation, room)
                    if room.pump is not None:
                        await asyncio.wait([room.pump])

    async def delta(
        self, tenant: TenantId, conversation: ConversationId, message: MessageId, floor_epoch: int, n: int, text: str
    ) -> None:
        """Pass a piece on, unless a person has the floor by now."""
        delta = Delta(message, floor_epoch, n, text)
        shown, ended = self._streams.take(conversation, delta)
        if ended is not None:
            await self._say(tenant, conversation, "message.withdrawn", {"message_id": str(ended)})
        if shown:
            await self._say(tenant, conversation, "message.delta", delta_json(delta))

    async def withdrawn(self, tenant: TenantId, conversation: ConversationId, message: MessageId) -> None:
        """Take a half-shown answer back; nothing of it may follow."""
        if self._streams.finish(conversation, message):
            await self._say(tenant, conversation, "message.withdrawn", {"message_id": str(message)})

    async def typing(self, tenant: TenantId, conversation: ConversationId, active: bool) -> None:
        """Somebody on our side is writing, or has stopped."""
        standing = room.standing if (room := self._rooms.get((tenant, conversation))) else None
        agent = standing is not None and standing.state.value == "agent"
        who = {"author": "agent", "name": standing.agent} if agent and standing else {"author": "bot"}
        await self._say(tenant, conversation, "typing", {"active": active, **who})

    async def close(self) -> None:
        """Stop reading. Hints after this do nothing."""
        pumps = [room.pump for room in self._rooms.values() if room.pump]
        if self._catching_up is not None:
            pumps.append(self._catching_up)
        self._rooms.clear()
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)

    def _start(self, tenant: TenantId, conversation: ConversationId, room: _Room) -> None:
        if room.pump is None or room.pump.done():
            room.pump = asyncio.create_task(self._pump(tenant, conversation, room))

    async def _pump(self, tenant: TenantId, conversation: ConversationId, room: _Room) -> None:
        """Tell the room what is new until nothing is. One at a time, so that order and ``prev_seq`` hold."""
        while room.wanted:
            room.wanted = False
            try:
                async with asyncio.timeout(_READ_SECONDS):
                    page = await self._conversations.page(tenant, conversation, after=room.told, limit=PAGE)
            except Exception as error:
                # A lost hint costs time, never data: clients ask again by themselves.
                log.warning("realtime.read_failed", conversation=str(conversation), error=str(error))
                return
            if page is None:
                return
            await self._tell(tenant, room, page)
            room.wanted = room.wanted or page.more

    async def _tell(self, tenant: TenantId, room: _Room, page: Page) -> None:
        conversation = page.standing.id
        await self._floor(tenant, page.standing)
        for message in page.messages:
            self._streams.finish(conversation, MessageId(UUID(str(message["id"]))))
            await self._say(tenant, conversation, "message", {**message, "prev_seq": room.told})
            room.told = max(room.told or 0, int(message["seq"]))
        room.told = max(room.told or 0, page.seq)
        before, room.standing = room.standing, page.standing
        if before is not None and page.standing.seen > before.seen:
            await self._say(tenant, conversation, "read", {"seq": page.standing.seen})
        if before is None or page.standing != replace(before, seen=page.standing.seen):
            await self._say(tenant, conversation, "conversation", standing_json(page.standing))
            await self._say(tenant, conversation, "queue", {"place": page.standing.place, "wait": page.standing.wait})

    async def _floor(self, tenant: TenantId, standing: Standing) -> None:
        ended = self._streams.raise_floor(standing.id, standing.floor_epoch)
        if ended is not None:
            await self._say(tenant, standing.id, "message.withdrawn", {"message_id": str(ended)})

    async def _say(self, tenant: TenantId, conversation: ConversationId, event: str, data: Mapping[str, Any]) -> None:
        await self._wire.emit(event, data, room=room_name(tenant, conversation), namespace=NAMESPACE)


def delta_json(delta: Delta) -> dict[str, Any]:
    """A piece as browsers get it."""
    return {"message_id": str(delta.message), "floor_epoch": delta.floor_epoch, "n": delta.n, "text": delta.text}


def standing_json(standing: Standing) -> dict[str, Any]:
    """How the conversation stands, as browsers get it."""
    return {
        "id": str(standing.id),
        "state": standing.state.value,
        "agent": standing.agent,
        "picture": standing.picture,
        "seen": standing.seen,
        "floor_epoch": standing.floor_epoch,
    }
