"""A tenant's search over MCP, spoken to by the protocol's own Python client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

from hub.core.ids import TenantId
from hub.knowledge.library import Entry
from support.database import Database
from support.running_hub import Site, eventually, hub_in_process

PAGES = {
    "returns": b"# Returns\n\nArticles may be sent back within thirty days of delivery.\n",
    "shipping": b"# Shipping\n\nShipping to Austria costs four euros.\n",
}


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    async with hub_in_process(database, tmp_path) as running:
        yield running


async def knowing(hub: Site, slug: str, pages: dict[str, bytes]) -> tuple[str, str]:
    """A tenant with these pages, each in a context of its name, and a key that may search."""
    assert hub.house is not None
    tenant = await hub.tenant(slug)
    for name, data in pages.items():
        await hub.house.library.add(TenantId(UUID(tenant)), data, f"{name}.md", Entry(external_id=name, context=name))
    waiting = "select 1 from hub.document where status <> 'ready'"

    async def ready() -> bool:
        return not await hub.rows(waiting)

    await eventually(ready, what="the documents")
    body = {"name": "assistant", "scopes": ["knowledge:read"]}
    return tenant, (await hub.ok("POST", f"/api/v1/tenants/{tenant}/api-keys", json=body))["key"]


@asynccontextmanager
async def client_of(hub: Site, tenant: str, key: str) -> AsyncIterator[Client]:
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}) as http:
        transport = streamable_http_client(f"{hub.base}/api/v1/tenants/{tenant}/mcp", http_client=http)
        async with Client(transport) as client:
            yield client


async def test_the_official_client_finds_what_the_tenant_knows_and_nothing_else(hub: Site) -> None:
    tenant, key = await knowing(hub, "acme", PAGES)
    other, _ = await knowing(hub, "other", {"secret": b"# Secret\n\nArticles of the other are sent back never.\n"})
    async with client_of(hub, tenant, key) as client:
        (tool,) = (await client.list_tools()).tools
        assert tool.name == "search_knowledge_base" and tool.input_schema["required"] == ["query"]
        found = await client.call_tool(tool.name, {"query": "When may articles be sent back?"})
        assert not found.is_error and found.structured_content is not None
        texts = [passage["text"] for passage in found.structured_content["passages"]]
        assert "thirty days" in texts[0] and not any("never" in text for text in texts)
        assert found.content[0].type == "text" and "[1] Returns" in found.content[0].text
        held = await client.call_tool(tool.name, {"query": "sent back", "context": "shipping", "k": 3})
        assert {p["title"] for p in (held.structured_content or {})["passages"]} <= {"Shipping"}
        for wrong in ({}, {"query": ""}, {"query": "x", "tenant": other}, {"query": "x", "context": "no such"}):
            refused = await client.call_tool(tool.name, wrong)
            assert refused.is_error, wrong
        with pytest.raises(MCPError):
            await client.call_tool("delete_everything", {})
    with pytest.raises(Exception):  # noqa: B017  # the client's own group of errors, by whatever name
        async with client_of(hub, other, key) as client:
            await client.list_tools()
    status, _ = await hub.call("POST", f"/api/v1/tenants/{other}/mcp", key=key, json={"jsonrpc": "2.0", "id": 1})
    assert status == 404


async def test_what_is_no_request_is_told_apart(hub: Site) -> None:
    tenant, key = await knowing(hub, "acme", {})
    path = f"/api/v1/tenants/{tenant}/mcp"
    note = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    assert (await hub.call("POST", path, key=key, json=note))[0] == 202
    for method, code in (("no/such", -32601), ("tools/call", -32602)):
        status, answer = await hub.call("POST", path, key=key, json={"jsonrpc": "2.0", "id": 7, "method": method})
        assert (status, answer["id"], answer["error"]["code"]) == (200, 7, code)
    old = {"protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": {"name": "old", "version": "1"}}
    body = {"jsonrpc": "2.0", "id": "a", "method": "initialize", "params": old}
    assert (await hub.ok("POST", path, key=key, json=body))["result"]["protocolVersion"] == "2025-03-26"
    body["params"] = {**old, "protocolVersion": "1999-01-01"}
    assert (await hub.ok("POST", path, key=key, json=body))["result"]["protocolVersion"] == "2025-11-25"
    assert (await hub.call("GET", path, key=key))[0] == 405
    chat = await hub.ok("POST", f"/api/v1/tenants/{tenant}/api-keys", json={"name": "chat", "scopes": ["chat"]})
    assert (await hub.call("POST", path, key=chat["key"], json=note))[0] == 403
