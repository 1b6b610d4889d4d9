"""A question that leans on the talk before it is put into words that stand by themselves; on a running hub."""

from __future__ import annotations

from pathlib import Path

from support.database import Database
from support.running_hub import eventually, hub_in_process

PLANS = {"open": {"rephrase": ["openai/sim-rephraser"], "answer": ["openai/sim-grounded"]}}
DOCUMENTS = (
    {"title": "Iceland", "text": "Parcels for Iceland travel by sea and arrive after a fortnight."},
    {"title": "Gift cards", "text": "Gift cards are printed on red paper and never expire."},
)
FIRST, THEN = "Do you send something as far as Iceland?", "Roughly speaking, what duration should we expect altogether?"


async def test_a_model_says_what_a_follow_up_is_about_and_the_search_finds_it(
    database: Database, tmp_path: Path
) -> None:
    async with hub_in_process(database, tmp_path, llm_model="sim-grounded", llm_plans=PLANS) as hub:
        tenant = await hub.tenant()
        base = f"/api/v1/tenants/{tenant}"
        for document in DOCUMENTS:
            await hub.ok("POST", f"{base}/documents", json=document)
        ready = "select 1 from hub.document having count(*) filter (where status = 'ready') = 2"
        await eventually(lambda: hub.rows(ready), what="the documents")
        await hub.telegram(tenant)

        def asked(model: str) -> list[str]:
            calls = [c.params for c in hub.simulator.record.calls("model", "chat")]
            return [str(p["messages"]) for p in calls if p["model"] == model]

        known = {}
        for rephrase in ("words", "model"):
            bot = {"use_knowledge": True, "rephrase": rephrase}
            await hub.ok("PATCH", base, json={"settings": {"bot": bot}})
            person = hub.person(f"Ada of {rephrase}")
            for had, text in enumerate((FIRST, THEN)):
                person.say(text)
                await eventually(lambda p=person, had=had: len(hub.replies(p)) > had, what="a reply")
            known[rephrase] = "after a fortnight" in asked("sim-grounded")[-1].rpartition(THEN)[0].rpartition(FIRST)[0]
        assert known == {"words": False, "model": True}, "what the model knew when it answered the second question"
        (prompt,) = asked("sim-rephraser")
        assert f"Customer: {FIRST}" in prompt and f"<message>\\n{THEN}\\n</message>" in prompt
        used = (await hub.ok("GET", f"{base}/usage", params={"by": "task"}))["items"]
        assert {row["key"]: row["calls"] for row in used}["rephrase"] == 1
