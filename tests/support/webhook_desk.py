"""A tenant whose events go to a receiver on loopback, beside a whole hub."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hub.core.events import HubEvent
from hub.core.ids import ConversationId, TenantId
from support.database import Database
from support.hook_receiver import Receiver, receiving
from support.running_hub import Site, hub_in_process


@dataclass
class Desk:
    """A tenant whose events go to the receiver."""

    hub: Site
    tenant: str
    receiver: Receiver

    @property
    def base(self) -> str:
        return f"/api/v1/tenants/{self.tenant}"

    async def hook(self, path: str = "/hook", **more: Any) -> dict[str, Any]:
        made = await self.hub.ok("POST", f"{self.base}/webhooks", json={"url": self.receiver.url(path), **more})
        return dict(made)

    async def happen(self, n: int, conversation: ConversationId | None = None, type: str = "message.sent") -> None:
        """``n`` events, numbered, as the inbox writes them."""
        assert self.hub.house is not None
        for number in range(n):
            async with self.hub.house.store.begin(TenantId(self.tenant)) as tx:  # type: ignore[arg-type]  # text will do
                await tx.events.add(HubEvent(type), {"number": number}, conversation)

    async def deliveries(self, hook: dict[str, Any], state: str | None = None) -> list[dict[str, Any]]:
        query = f"?state={state}" if state else ""
        items = (await self.hub.ok("GET", f"{self.base}/webhooks/{hook['id']}/deliveries{query}"))["items"]
        return list(items)

    async def view(self, hook: dict[str, Any]) -> dict[str, Any]:
        return dict(await self.hub.ok("GET", f"{self.base}/webhooks/{hook['id']}"))

    async def hurry(self) -> None:
        """Let the time of every waiting try and rest be over."""
        await self.hub.rows(
            "update hub.webhook_delivery set due_at = now() where state = 'ready' and lease_owner is null"
        )
        await self.hub.rows("update hub.webhook set open_until = now() where open_until is not null")


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def desk(database: Database, tmp_path: Path, receiver: Receiver) -> AsyncIterator[Desk]:
    async with hub_in_process(database, tmp_path, outbound_allow=f"127.0.0.1:{receiver.port}") as hub:
        yield Desk(hub, await hub.tenant(), receiver)
