"""One sink for both sides of the sockets: what visitors see, and what colleagues see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.core.ids import ConversationId, MessageId, TenantId
from hub.realtime.agent_rooms import AgentRooms
from hub.realtime.rooms import Rooms


class Everyone:
    """Passes each note to the rooms of visitors and of colleagues, which share their interest in tenants."""

    def __init__(self, visitors: Rooms, agents: AgentRooms) -> None:
        self._visitors = visitors
        self._agents = agents
        self.interest = visitors.interest

    async def announce(self, tenant: TenantId, conversation: ConversationId, seq: int) -> None:
        await self._visitors.announce(tenant, conversation, seq)
        await self._agents.announce(tenant, conversation, seq)

    async def delta(
        self, tenant: TenantId, conversation: ConversationId, message: MessageId, floor_epoch: int, n: int, text: str
    ) -> None:
        await self._visitors.delta(tenant, conversation, message, floor_epoch, n, text)
        await self._agents.delta(tenant, conversation, message, floor_epoch, n, text)

    async def withdrawn(self, tenant: TenantId, conversation: ConversationId, message: MessageId) -> None:
        await self._visitors.withdrawn(tenant, conversation, message)
        await self._agents.withdrawn(tenant, conversation, message)

    async def typing(self, tenant: TenantId, conversation: ConversationId, active: bool) -> None:
        await self._visitors.typing(tenant, conversation, active)
        await self._agents.typing(tenant, conversation, active)

    async def present(
        self, tenant: TenantId, conversation: ConversationId, who: str, name: str | None, state: str
    ) -> None:
        await self._agents.present(tenant, conversation, who, name, state)

    async def notified(self, tenant: TenantId, person: str, notification: Mapping[str, Any]) -> None:
        await self._agents.notified(tenant, person, notification)

    def catch_up(self, tenant: TenantId) -> None:
        self._visitors.catch_up(tenant)
        self._agents.catch_up(tenant)
