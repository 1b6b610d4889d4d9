"""The gap report: what was not answered, like questions together, with counts; on a running hub."""

from __future__ import annotations

from pathlib import Path

from support.database import Database
from support.running_hub import eventually, hub_in_process

DOCUMENT = {"title": "Returns", "text": "Articles may be sent back within thirty days of delivery."}
ANSWERED = "Within how many days may articles be sent back?"
ASKED = {
    "Ada": ["Do you deliver to Switzerland?", ANSWERED],
    "Bob": ["Can you deliver to Switzerland?"],
    "Cleo": ["do you deliver parcels to Switzerland too?", "I want to talk to a person"],
    "Dora": ["Is there a voucher for students?"],
    "Emil": [ANSWERED],
}


async def test_like_questions_stand_together_and_the_most_asked_first(database: Database, tmp_path: Path) -> None:
    settings = {"llm_provider": None, "llm_model": None}
    async with hub_in_process(database, tmp_path, **settings) as hub:
        tenant = await hub.tenant(use_knowledge=True)
        base = f"/api/v1/tenants/{tenant}"
        await hub.ok("POST", f"{base}/documents", json=DOCUMENT)
        await hub.telegram(tenant)
        ready = "select 1 from hub.document where status = 'ready'"
        await eventually(lambda: hub.rows(ready), what="the document")
        for name, questions in ASKED.items():
            person = hub.person(name)
            for n, question in enumerate(questions, start=1):
                person.say(question)
                await eventually(lambda p=person, n=n: len(hub.replies(p)) >= n, what="a reply")
        report = await hub.ok("GET", f"{base}/gaps")
        assert [(gap["count"], gap["people"]) for gap in report["items"]] == [(3, 3), (1, 1)]
        first, second = report["items"]
        assert "Switzerland" in first["question"] and len(first["examples"]) == 3 and len(first["conversations"]) == 3
        assert first["reasons"] == {"no_answer": 3} and first["first"] < first["last"]
        assert second["question"] == "Is there a voucher for students?" and report["questions"] == 4
        assert [gap["agent_seconds"] for gap in report["items"]] == [0, 0]
        # A colleague had Cleo's conversation for a minute and a half, and wrote last after forty seconds.
        await hub.rows(
            "update hub.handoff set accepted_at = requested_at, ended_at = requested_at + interval '90 seconds'"
        )
        spent = [gap["agent_seconds"] for gap in (await hub.ok("GET", f"{base}/gaps"))["items"]]
        assert spent == [90, 0]
        await hub.rows(
            "insert into hub.message(id, tenant_id, conversation_id, seq, direction, author_kind, kind, parts, status,"
            " at) select gen_random_uuid(), h.tenant_id, h.conversation_id, 900, 'out', 'agent', 'text', '[]', 'sent',"
            " h.accepted_at + interval '40 seconds' from hub.handoff h"
        )
        spent = [gap["agent_seconds"] for gap in (await hub.ok("GET", f"{base}/gaps"))["items"]]
        assert spent == [40, 0]
        (message,) = await hub.rows(
            "select m.id, m.conversation_id, m.tenant_id from hub.message m where m.metadata->>'thought' = 'extracts'"
            " order by m.at desc limit 1"
        )
        await hub.rows(
            "insert into hub.feedback(tenant_id, message_id, conversation_id, value) values ($1, $2, $3, 'down')",
            message["tenant_id"], message["id"], message["conversation_id"],
        )  # fmt: skip
        gaps = (await hub.ok("GET", f"{base}/gaps"))["items"]
        assert {"question": ANSWERED, "reasons": {"disliked": 1}, "nearest": "Returns"}.items() <= gaps[1].items()
        assert (await hub.ok("GET", f"{base}/gaps", params={"days": 1, "limit": 1}))["items"][0]["count"] == 3
