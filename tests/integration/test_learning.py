"""What colleagues answered becomes knowledge; what an indexing changed shows the answers that rested on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from support.database import Database
from support.running_hub import Site, eventually, hub_in_process

QUESTION = "Do you deliver parcels to Switzerland?"
TOLD = """Hi Ada! We deliver parcels to Switzerland twice a week for nine euros. Write to ada@example.com if not.
Best wishes"""


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    async with hub_in_process(database, tmp_path, llm_provider=None, llm_model=None) as site:
        yield site


async def answered_by_a_colleague(hub: Site, tenant: str, name: str, question: str, told: str) -> None:
    """A customer asks in vain, a colleague answers and closes."""
    person = hub.person(name)
    person.say(question)
    await eventually(lambda: hub.replies(person), seconds=20, what="the bot's regret")
    path = f"/api/v1/tenants/{tenant}/conversations"
    (talk,) = await hub.rows(
        "select c.id from hub.conversation c join hub.contact p on p.id = c.contact_id where p.name = $1", name
    )
    await hub.act(tenant, str(talk["id"]), "takeover")
    await hub.ok("POST", f"{path}/{talk['id']}/messages", json={"text": told})
    await eventually(lambda: told.split("\n")[0] in " ".join(hub.replies(person)), seconds=20, what="the colleague")
    await hub.act(tenant, str(talk["id"]), "resolve")


async def ready(hub: Site, base: str, document: str) -> dict[str, Any]:
    async def look() -> Any:
        found = await hub.ok("GET", f"{base}/documents/{document}")
        return found if found["status"] == "ready" else None

    found: dict[str, Any] = await eventually(look, seconds=30, what="the document")
    return found


async def test_what_a_colleague_answered_is_proposed_approved_answered_and_forgotten(hub: Site) -> None:
    tenant = await hub.tenant(use_knowledge=True)
    base = f"/api/v1/tenants/{tenant}"
    await hub.telegram(tenant)
    await answered_by_a_colleague(hub, tenant, "Ada", QUESTION, TOLD)
    again = "deliver you parcels to Switzerland too?"
    await answered_by_a_colleague(hub, tenant, "Bob", again, "Yes, twice a week, it costs nine euros.")

    mined = await hub.ok("POST", f"{base}/qa-pairs/mine", json={"days": 7})
    assert (mined["proposed"], mined["again"]) == (1, 1)
    assert (await hub.ok("POST", f"{base}/qa-pairs/mine", json={}))["proposed"] == 0, "no answer counts twice"
    (pair,) = (await hub.ok("GET", f"{base}/qa-pairs", params={"state": "proposed"}))["items"]
    assert pair["times"] == 2 and pair["question"] in (QUESTION, again)
    assert "ada@example.com" not in pair["answer"] and "Ada" not in pair["answer"] and "Best" not in pair["answer"]
    detail = await hub.ok("GET", f"{base}/qa-pairs/{pair['id']}")
    assert len(detail["conversations"]) == 2

    words = {"question": QUESTION, "answer": "We deliver parcels to Switzerland twice a week for nine euros."}
    changed = await hub.ok("PATCH", f"{base}/qa-pairs/{pair['id']}", json=words)
    assert changed["state"] == "proposed" and changed["document_id"] is None
    approved = await hub.ok("POST", f"{base}/qa-pairs/{pair['id']}/approve")
    assert approved["state"] == "approved" and approved["decided_by"]
    await ready(hub, base, approved["document_id"])
    cleo = hub.person("Cleo")
    cleo.say(QUESTION)
    assert "nine euros" in str(await cleo.reply(timeout=20))

    words = {"answer": "We deliver parcels to Switzerland daily for ten euros."}
    assert (await hub.ok("PATCH", f"{base}/qa-pairs/{pair['id']}", json=words))["document_id"]
    dora = hub.person("Dora")

    async def told_anew() -> bool:
        found = await hub.ok("POST", f"{base}/search", json={"query": QUESTION})
        return any("ten euros" in item["text"] for item in found["items"])

    await eventually(told_anew, seconds=30, what="the changed answer")
    dora.say(QUESTION)
    assert "ten euros" in str(await dora.reply(timeout=20))
    rejected = await hub.ok("POST", f"{base}/qa-pairs/{pair['id']}/reject")
    assert rejected["state"] == "rejected" and rejected["document_id"] is None
    assert (await hub.ok("POST", f"{base}/search", json={"query": QUESTION}))["items"] == []
    assert (await hub.call("POST", f"{base}/qa-pairs/{uuid4()}/approve"))[0] == 404


async def test_an_indexing_tells_what_changed_and_which_answers_rested_on_it(hub: Site) -> None:
    tenant = await hub.tenant(use_knowledge=True)
    base = f"/api/v1/tenants/{tenant}"
    await hub.telegram(tenant)
    kept = "# Opening hours\n\nThe shop in Munich opens at nine in the morning.\n\n"
    body = {
        "title": "Shop",
        "external_id": "shop",
        "text": f"{kept}# Returns\n\nArticles may be sent back for 30 days.",
    }
    document = (await hub.ok("POST", f"{base}/documents", json=body))["id"]
    await ready(hub, base, document)
    for name, question in (("Ada", "For how many days may articles be sent back?"), ("Bob", "When opens the shop?")):
        person = hub.person(name)
        person.say(question)
        await person.reply(timeout=20)
    before = (await hub.ok("GET", f"{base}/documents/{document}/answers"))["items"]
    assert len(before) == 2 and not any(answer["outdated"] for answer in before)
    assert (await hub.ok("GET", f"{base}/documents/{document}/changes"))["items"] == []

    body["text"] = f"{kept}# Returns\n\nArticles may be sent back for 14 days."
    await hub.ok("POST", f"{base}/documents", json=body)

    async def changes() -> Any:
        return (await hub.ok("GET", f"{base}/documents/{document}/changes"))["items"]

    (change,) = await eventually(changes, seconds=30, what="the change")
    assert (change["kept"], change["added"], change["removed"]) == (1, 1, 1)
    assert "14 days" in change["new_passages"][0]["text"] and "30 days" in change["old_passages"][0]["text"]
    path = f"{base}/documents/{document}/answers"
    (hit,) = (await hub.ok("GET", path, params={"change": change["id"]}))["items"]
    assert "30 days" in hit["text"] and hit["outdated"] and "sent back" in hit["question"]
    both = (await hub.ok("GET", path))["items"]
    assert {answer["outdated"] for answer in both} == {True, False}, "the answer about the hours still stands"
    assert (await hub.call("GET", f"{base}/documents/{uuid4()}/answers"))[0] == 404
