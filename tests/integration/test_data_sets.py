"""A tenant's own data sets: filled, run under versions of the prompt, compared, and a gate before publishing."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from support.command_line import run_command
from support.database import Database
from support.running_hub import Site, eventually, hub_in_process

DOCUMENTS = {
    "returns": "Articles may be sent back within thirty days of delivery.",
    "shipping": "Shipping to Austria costs four euros. Parcels arrive within three days.",
}
LINES = [
    {"question": "Within how many days may articles be sent back?", "sources": ["returns"]},
    {"text": "How much does shipping to Austria cost?", "sources": ["Shipping"], "note": "by title"},
    {"question": "Who built the pyramids?"},
    {"question": "How tall is the tower?", "expect": "undecided"},
]


async def known(hub: Site, base: str) -> None:
    for name, text in DOCUMENTS.items():
        await hub.ok("POST", f"{base}/documents", json={"title": name.title(), "external_id": name, "text": text})
    sql = "select 1 from hub.document where status = 'ready'"

    async def ready() -> bool:
        return len(await hub.rows(sql)) == len(DOCUMENTS)

    await eventually(ready, seconds=30, what="the documents")


async def ran(hub: Site, base: str, data_set: str, prompt: str | None = None) -> Any:
    run = await hub.ok("POST", f"{base}/evaluation-sets/{data_set}/runs", json={"prompt_id": prompt})

    async def look() -> Any:
        found = await hub.ok("GET", f"{base}/evaluation-runs/{run['id']}")
        return found if found["state"] in ("done", "failed") else None

    return await eventually(look, seconds=30, what="the run")


async def test_a_set_is_run_compared_and_stands_before_publishing(database: Database, tmp_path: Path) -> None:
    async with hub_in_process(database, tmp_path, llm_model="sim-grounded") as hub:
        tenant = await hub.tenant(use_knowledge=True)
        base = f"/api/v1/tenants/{tenant}"
        await known(hub, base)
        body = {"name": "basics", "thresholds": {"right": 0.9, "ungrounded": 0}, "blocks_publishing": True}
        data_set = (await hub.ok("POST", f"{base}/evaluation-sets", json=body))["id"]
        one = f"{base}/evaluation-sets/{data_set}"
        assert (await hub.call("POST", f"{base}/evaluation-sets", json=body))[0] == 409
        assert (await hub.call("POST", f"{one}/runs", json={}))[0] == 409, "nothing to ask"
        bad = {"jsonl": '{"sources": []}'}
        assert (await hub.call("POST", f"{one}/cases", json=bad))[0] == 422
        assert (await hub.call("PATCH", one, json={"thresholds": {"beauty": 1}}))[0] == 422
        lines = "\n".join(map(json.dumps, LINES))
        assert (await hub.ok("POST", f"{one}/cases", json={"jsonl": lines}))["added"] == 4
        assert (await hub.ok("POST", f"{one}/cases", json={"jsonl": lines}))["added"] == 0, "each question once"

        first = await ran(hub, base, data_set)
        assert (first["state"], first["passed"], first["total"], first["done"]) == ("done", True, 3, 3)
        figures = {"answered_right": 2, "right": 1.0, "refused": 1.0, "recall_at_10": 1.0, "by_model": 3}
        assert figures.items() <= first["figures"].items()
        assert await hub.conversations(tenant) == [], "nothing is kept in conversations"

        silent = (await hub.ok("POST", f"{base}/prompts", json={"instructions": "Be brief."}))["id"]
        status, refused = await hub.call("POST", f"{base}/prompts/{silent}/use")
        assert status == 409 and "basics" in refused["detail"] and "Run it first" in refused["detail"]
        await hub.ok(
            "POST", f"{one}/cases", json={"cases": [{"question": LINES[2]["question"], "sources": ["returns"]}]}
        )
        second = await ran(hub, base, data_set, silent)
        assert second["passed"] is False and second["prompt"] == 1
        assert [(m["figure"], m["bound"]) for m in second["missed"]] == [("right", 0.9)]
        status, refused = await hub.call("POST", f"{base}/prompts/{silent}/use")
        assert status == 409 and "right is 0.6667, not 0.9" in refused["detail"]

        path = f"{base}/evaluation-runs/{second['id']}"
        compared = await hub.ok("GET", f"{path}/comparison", params={"against": first["id"]})
        assert [c["after"]["question"] for c in compared["worse"]] == [LINES[2]["question"]]
        assert compared["better"] == []
        assert await hub.ok("GET", f"{path}/comparison") == compared, "with the run before it"
        right = next(d for d in compared["figures"] if d["figure"] == "right")
        assert (right["before"], right["after"]) == (1.0, 0.6667)
        page = await hub.ok("GET", f"{path}/outcomes", params={"limit": 1})
        rest = await hub.ok("GET", f"{path}/outcomes", params={"cursor": page["next_cursor"], "good": "false"})
        assert page["items"][0]["cited"] == ["Returns"] and page["items"][0]["found_at"] == 1
        assert [o["kind"] for o in rest["items"]] == ["refused"]

        (case,) = [c for c in (await hub.ok("GET", f"{one}/cases"))["items"] if c["question"] == LINES[2]["question"]]
        await hub.ok("PATCH", f"{one}/cases/{case['id']}", json={"expect": "refusal", "sources": []})
        assert (await ran(hub, base, data_set, silent))["passed"]
        assert (await hub.ok("POST", f"{base}/prompts/{silent}/use"))["in_use"], "what passed may be used"
        await hub.ok("DELETE", f"{one}/cases/{case['id']}")
        assert [r["passed"] for r in (await hub.ok("GET", f"{one}/runs"))["items"]] == [True, False, True]
        await hub.ok("DELETE", one)
        assert (await hub.call("GET", f"{base}/evaluation-runs/{first['id']}"))[0] == 404


async def test_cases_come_from_customers_opinions_and_the_command_runs_a_set(
    database: Database, tmp_path: Path
) -> None:
    async with hub_in_process(database, tmp_path, llm_provider=None, llm_model=None) as hub:
        tenant = await hub.tenant(use_knowledge=True)
        base = f"/api/v1/tenants/{tenant}"
        await known(hub, base)
        await hub.telegram(tenant)
        for name, question in (("Ada", LINES[0]["question"]), ("Bob", LINES[1]["text"])):
            person = hub.person(name)
            person.say(str(question))
            await person.reply(timeout=20)
        await hub.rows(
            """insert into hub.feedback(tenant_id, message_id, conversation_id, value)
               select m.tenant_id, m.id, m.conversation_id,
                      case when m.metadata->'why'->>'question' like 'Within%' then 'up' else 'down' end
                 from hub.message m where m.author_kind = 'bot' and m.metadata ? 'why'"""
        )
        data_set = (await hub.ok("POST", f"{base}/evaluation-sets", json={"name": "liked"}))["id"]
        one = f"{base}/evaluation-sets/{data_set}"
        assert (await hub.ok("POST", f"{one}/cases/from-feedback", json={}))["added"] == 2
        cases = {c["question"]: c for c in (await hub.ok("GET", f"{one}/cases"))["items"]}
        liked = cases[str(LINES[0]["question"])]
        assert liked["expect"] == "answer" and len(liked["sources"]) == 1
        assert cases[str(LINES[1]["text"])]["expect"] == "undecided"
        assert (await hub.call("GET", f"{base}/evaluation-sets/{uuid4()}"))[0] == 404

        lines = tmp_path / "more.jsonl"
        lines.write_text(json.dumps({"question": "How much does shipping to Austria cost?", "sources": ["returns"]}))

        assert hub.house is not None
        command = partial(
            run_command, "eval", database=database, folder=tmp_path, secret_key=hub.house.secret_keys[0], seconds=60
        )
        code, out, err = await command("run", "liked", "--tenant", "acme", "--json")
        assert code == 0, err
        assert json.loads(out)["figures"]["answered_right"] == 1
        code, out, err = await command("import", str(lines), "--tenant", "acme", "--data-set", "liked")
        assert code == 0 and "0 new questions of 1" in out, err
        await hub.ok("PATCH", one, json={"thresholds": {"citation_precision": 0.9}})
        code, out, err = await command("run", "liked", "--tenant", "acme")
        assert code == 1 and "citation_precision is 0.5, not 0.9" in err
