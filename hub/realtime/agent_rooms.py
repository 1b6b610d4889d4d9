"""The colleagues' side of one process's rooms: hints that something moved, growing answers, who is where.

Colleagues get hints, not contents: a hint names a conversation and a sequence number, and the client asks over REST,
where every permission is checked. Hints of one conversation that come thick are told as one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from functools import lru_cache
from typing import Any

from hub.core.ids import ConversationId, MessageId, TenantId
from hub.realtime.interest import Interest
from hub.realtime.presence import Presence
from hub.realtime.wire import AGENTS, Wire

_GATHER_SECONDS = 0.1
_STIR_SECONDS = 0.5
_MOST_NAMES = 1024
"""Tenants whose rooms' names are remembered: each message asks for them."""


@lru_cache(_MOST_NAMES)
def inbox_room(tenant: TenantId) -> str:
    """Every colleague of a tenant who has the inbox open."""
    return f"t:{tenant}:inbox"


@lru_cache(_MOST_NAMES)
def limited_room(tenant: TenantId) -> str:
    """Every colleague with the inbox open who sees but a part of it: told that something moved, never what."""
    return f"t:{tenant}:limited"


def person_room(tenant: TenantId, person: str) -> str:
    """One colleague's open windows."""
    return f"t:{tenant}:p:{person}"


def conversation_room(tenant: TenantId, conversation: ConversationId) -> str:
    """Colleagues who have the conversation open."""
    return f"t:{tenant}:a:{conversation}"


class AgentRooms:
    """A sink of every feed, for colleagues."""

    def __init__(self, *, wire: Wire, interest: Interest) -> None:
        self._wire = wire
        self.interest = interest
        self.presence = Presence()
        self._moved: dict[tuple[TenantId, ConversationId], int] = {}
        self._telling: asyncio.Task[None] | None = None
        self._catching_up: set[asyncio.Task[None]] = set()
        self._stirring: set[TenantId] = set()

    async def announce(self, tenant: TenantId, conversation: ConversationId, seq: int) -> None:
        """A hint: told within a tenth of a second, with others of the same conversation. Returns at once."""
        if not any(self._wire.occupied(room, namespace=AGENTS) for room in (inbox_room(tenant), limited_room(tenant))):
            return
        key = (tenant, conversation)
        self._moved[key] = max(seq, self._moved.get(key, 0))
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell(), name="agents-hints")

    async def _tell(self) -> None:
        while self._moved:
            await asyncio.sleep(_GATHER_SECONDS)
            moved, self._moved = self._moved, {}
            for (tenant, conversation), seq in moved.items():
                told = {"conversation_id": str(conversation), "seq": seq}
                await self._emit("inbox.changed", told, inbox_room(tenant))
                await self._emit("conversation.changed", told, conversation_room(tenant, conversation))
            for tenant in {tenant for tenant, _ in moved}:
                self._stir(tenant)

    def _stir(self, tenant: TenantId) -> None:
        """Have limited colleagues ask anew, at most so often; returns at once."""
        room = limited_room(tenant)
        if tenant in self._stirring or not self._wire.occupied(room, namespace=AGENTS):
            return

        async def soon() -> None:
            await asyncio.sleep(_STIR_SECONDS)
            self._stirring.discard(tenant)
            await self._emit("inbox.missed", {}, room)

        self._stirring.add(tenant)
        self._later(soon(), "agents-stir")

    async def delta(
        self, tenant: TenantId, conversation: ConversationId, message: MessageId, floor_epoch: int, n: int, text: str
    ) -> None:
        """The bot's answer grows before colleagues' eyes too."""
        data = {"message_id": str(message), "floor_epoch": floor_epoch, "n": n, "text": text}
        await self._here(tenant, conversation, "message.delta", data)

    async def withdrawn(self, tenant: TenantId, conversation: ConversationId, message: MessageId) -> None:
        """The half-shown answer no longer counts."""
        await self._here(tenant, conversation, "message.withdrawn", {"message_id": str(message)})

    async def typing(self, tenant: TenantId, conversation: ConversationId, active: bool) -> None:
        """The bot is writing, or has stopped. Colleagues' typing is presence, and was told as such."""
        if any(person["state"] == "typing" for person in self.presence.people(tenant, conversation)):
            return
        await self._here(tenant, conversation, "typing", {"author": "bot", "active": active})

    async def present(
        self, tenant: TenantId, conversation: ConversationId, who: str, name: str | None, state: str
    ) -> None:
        """News of who is at a conversation; told where it changes what colleagues see."""
        if self.presence.note(tenant, conversation, who, name, state):
            people = self.presence.people(tenant, conversation)
            await self._here(tenant, conversation, "presence", {"people": people})
            told = {"conversation_id": str(conversation), "people": people}
            await self._emit("inbox.presence", told, inbox_room(tenant))

    async def notified(self, tenant: TenantId, person: str, notification: Mapping[str, Any]) -> None:
        """Ring at one colleague's windows."""
        await self._emit("notification", notification, person_room(tenant, person))

    def catch_up(self, tenant: TenantId) -> None:
        """Hints may have been missed: colleagues ask anew for what they show. Returns at once."""
        for room in (inbox_room(tenant), limited_room(tenant)):
            self._later(self._emit("inbox.missed", {}, room), "agents-missed")

    def _later(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._catching_up.add(task)
        task.add_done_callback(self._catching_up.discard)

    async def close(self) -> None:
        """Tell nothing more."""
        self._moved.clear()
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)
        for task in list(self._catching_up):
            task.cancel()
        await asyncio.gather(*self._catching_up, return_exceptions=True)

    async def _here(self, tenant: TenantId, conversation: ConversationId, event: str, data: Mapping[str, Any]) -> None:
        told = {"conversation_id": str(conversation), **data}
        await self._emit(event, told, conversation_room(tenant, conversation))

    async def _emit(self, event: str, data: Mapping[str, Any], room: str) -> None:
        if self._wire.occupied(room, namespace=AGENTS):
            await self._wire.emit(event, data, room=room, namespace=AGENTS)
