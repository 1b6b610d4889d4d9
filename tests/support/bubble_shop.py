"""A shop on another origin that embeds the bubble of a whole hub, and what axe finds in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from support.database import Database
from support.host_page import HostPage, host_page
from support.running_hub import Site, hub_in_process

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f6"
    "45400000000049454e44ae426082"
)


@asynccontextmanager
async def shop_with_bubble(
    database: Database, folder: Path, *, settings: Mapping[str, Any] | None = None, **looks: Any
) -> AsyncIterator[tuple[Site, HostPage, str]]:
    """A hub, a shop on another origin that embeds its bubble, and the tenant. ``settings`` are the hub's."""
    async with hub_in_process(database, folder, **(settings or {})) as hub, host_page() as shop:
        tenant = await hub.tenant()
        body = {"kind": "webchat", "name": "Shop", "credentials": {"allowed_origins": [shop.origin, hub.base]}}
        site = (await hub.ok("POST", f"/api/v1/tenants/{tenant}/channels", json=body))["id"]
        files = f"/api/v1/tenants/{tenant}/files"
        avatar = (await hub.ok("POST", files, data={"file": PICTURE}))["file_id"] if looks else None
        await hub.ok("PUT", f"/api/v1/tenants/{tenant}/channels/{site}/site", json={**looks, "avatar": avatar})
        shop.hub = hub.base
        shop.tags = f'<script src="{hub.base}/widget.js" data-site="{site}" async></script>'
        yield hub, shop, tenant


async def violations(page: Page) -> list[str]:
    """Every finding of axe in the bubble, whatever its impact."""
    found = await page.evaluate("async () => (await axe.run('switchboard-chat')).violations")
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]
