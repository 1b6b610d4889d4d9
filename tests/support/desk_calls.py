"""Asking the colleagues' API in short, with conversations to ask about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from support.api_calls import say, visit
from support.api_site import Site


@dataclass
class Desk:
    """One tenant's inbox."""

    site: Site
    tenant: str
    channel: str

    @property
    def path(self) -> str:
        return f"/api/v1/tenants/{self.tenant}"

    async def get(self, path: str, **more: Any) -> Any:
        answer = await self.site.call("GET", f"{self.path}/{path}", **more)
        assert answer.status == 200, await answer.text()
        return await answer.json()

    async def list(self, **query: Any) -> list[dict[str, Any]]:
        params = [(k, str(v)) for k, given in query.items() for v in (given if isinstance(given, list) else [given])]
        found: list[dict[str, Any]] = (await self.get("conversations", params=params))["items"]
        return found

    async def ids(self, **query: Any) -> list[str]:
        return [item["id"] for item in await self.list(**query)]

    async def post(self, path: str, body: Any = None, status: int | None = None, **more: Any) -> Any:
        answer = await self.site.call("POST", f"{self.path}/{path}", json=body or {}, **more)
        assert answer.status in ((200, 201) if status is None else (status,)), await answer.text()
        return await answer.json()

    async def act(self, conversation: str, act: str, body: Any = None, **more: Any) -> Any:
        return await self.post(f"conversations/{conversation}/{act}", body, **more)

    async def customer(self, words: str = "Hello") -> tuple[str, dict[str, str]]:
        """A new customer's conversation, and the means to write on."""
        visitor = await visit(self.site, self.channel)
        return str((await say(self.site, visitor, "c-1", words))["conversation_id"]), visitor


async def open_desk(site: Site, slug: str = "acme") -> Desk:
    """A tenant with a website."""
    tenant = await site.tenant(slug)
    return Desk(site, tenant, await site.web_channel(tenant))
