"""A tenant says how its documents are cut; those there are cut anew in the background, found as before until then."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.database import Database
from support.running_hub import Site, eventually, hub_in_process

TEXT = "".join(f"# Rule {n}\n\nRule {n} says that parcel number {n} arrives on the day before.\n\n" for n in range(12))


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    async with hub_in_process(database, tmp_path) as site:
        yield site


async def test_documents_are_cut_anew_in_the_background_as_the_tenant_says(hub: Site) -> None:
    base = f"/api/v1/tenants/{await hub.tenant('acme')}"
    made = await hub.ok("POST", f"{base}/documents", json={"title": "Rules", "text": TEXT})
    document = f"{base}/documents/{made['id']}"

    async def cut() -> bool:
        seen = await hub.ok("GET", f"{base}/chunking")
        return bool((seen["current"], seen["waiting"]) == (1, 0))

    await eventually(cut, seconds=30, what="the document")
    assert (await hub.ok("GET", f"{base}/chunking")) == {
        "strategy": "structure", "size": 220, "overlap": 30, "documents": 1, "current": 1, "waiting": 0,
    }  # fmt: skip
    assert (await hub.ok("GET", document))["chunks"] == 12
    asked = {"strategy": "recursive", "size": 120, "overlap": 0, "anew": False}
    changed = await hub.ok("PUT", f"{base}/chunking", json=asked)
    assert (changed["strategy"], changed["current"], changed["waiting"]) == ("recursive", 0, 0)
    assert (await hub.ok("GET", document))["chunks"] == 12, "nobody asked for it"
    await hub.ok("POST", f"{base}/chunking/anew")
    await eventually(cut, seconds=30, what="cutting anew")
    after = await hub.ok("GET", document)
    assert after["status"] == "ready" and 1 < after["chunks"] < 8
    found = await hub.ok("POST", f"{base}/search", json={"query": "parcel 7"})
    assert "parcel number 7" in str(found["items"])
    await hub.ok("PUT", f"{base}/chunking", json={"strategy": "fixed", "size": 40, "overlap": 20})
    await eventually(cut, seconds=30, what="cutting anew")
    assert (await hub.ok("GET", document))["chunks"] > 8
    settings = (await hub.ok("GET", base))["settings"]
    assert settings["chunking"]["strategy"] == "fixed" and "bot" in settings, "the other settings stay"


async def test_sizes_that_make_no_sense_are_refused_by_name(hub: Site) -> None:
    base = f"/api/v1/tenants/{await hub.tenant('acme')}"
    for body, field in (
        ({"strategy": "by taste"}, "strategy"),
        ({"size": 39}, "size"),
        ({"size": 2_001}, "size"),
        ({"size": 100, "overlap": 51}, "overlap"),
        ({"size": "many"}, "size"),
    ):
        status, answer = await hub.call("PUT", f"{base}/chunking", json=body)
        assert status == 422, answer
        assert field in str(answer)
    assert (await hub.ok("GET", f"{base}/chunking"))["size"] == 220
