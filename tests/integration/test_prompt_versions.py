"""What the bot is told, in versions: compared, tried, put to use and back, on a running hub."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID, uuid4

from hub.core.contests import place_of
from hub.core.ids import ConversationId
from support.database import Database
from support.running_hub import Site, eventually, hub_in_process

DOCUMENT = {"title": "Returns", "text": "Articles may be sent back within thirty days of delivery."}
QUESTION = "Within how many days may articles be sent back?"


def told(hub: Site) -> str:
    """The system message of the model's last call."""
    return str(hub.simulator.record.calls("model", "chat")[-1].params["messages"][0]["content"])


async def test_versions_are_compared_tried_used_and_taken_back(database: Database, tmp_path: Path) -> None:
    async with hub_in_process(database, tmp_path, llm_model="sim-grounded") as hub:
        tenant = await hub.tenant(use_knowledge=True, instructions="Say sir.")
        base = f"/api/v1/tenants/{tenant}"
        await hub.ok("POST", f"{base}/documents", json=DOCUMENT)
        await hub.telegram(tenant)
        ready = "select 1 from hub.document where status = 'ready'"
        await eventually(lambda: hub.rows(ready), what="the document")

        async def ask(name: str) -> str:
            person = hub.person(name)
            person.say(QUESTION)
            await person.reply()
            return told(hub)

        assert "Say sir." in await ask("Ada")
        words = {"instructions": "Say madam.\nNever say sir.", "tone": "Warm.", "language": "de", "note": "kinder"}
        first = await hub.ok("POST", f"{base}/prompts", json=words)
        second = await hub.ok("POST", f"{base}/prompts", json={"instructions": "Say friend."})
        assert (first["version"], second["version"], first["in_use"]) == (1, 2, False)
        diff = (await hub.ok("GET", f"{base}/prompts/{first['id']}/diff"))["lines"]
        assert diff[:2] == ["--- the settings", "+++ version 1"]
        assert {"-Say sir.", "+Say madam.", "+Never say sir.", "+tone: Warm.", "+language: de"} <= set(diff)
        tried = await hub.ok("POST", f"{base}/prompts/{first['id']}/preview", json={"question": QUESTION})
        assert tried["kind"] == "answer" and "thirty days" in tried["text"] and tried["citations"]
        assert "Say madam." in told(hub) and "The company's tone: Warm." in told(hub)
        assert "Say sir." in await ask("Bob"), "a preview changes nothing"
        assert (await hub.ok("POST", f"{base}/prompts/{first['id']}/use"))["in_use"]
        assert "Never say sir." in await ask("Cleo")
        await hub.ok("POST", f"{base}/prompts/{second['id']}/use")
        system = await ask("Dora")
        assert "Say friend." in system and "Say madam." not in system and "tone" not in system
        await hub.ok("POST", f"{base}/prompts/{first['id']}/use")
        assert "Never say sir." in await ask("Emil"), "rolled back"
        listed = (await hub.ok("GET", f"{base}/prompts"))["items"]
        assert [(p["version"], p["in_use"]) for p in listed] == [(2, False), (1, True)]
        lines = (await hub.ok("GET", f"{base}/prompts/{second['id']}/diff", params={"against": first["id"]}))["lines"]
        assert lines[:2] == ["--- version 1", "+++ version 2"]
        await hub.ok("DELETE", f"{base}/prompts/in-use")
        assert "Say sir." in await ask("Finn")
        given = await hub.rows("select metadata->>'prompt' from hub.message where author_kind = 'bot' order by at")
        assert [row[0] for row in given] == [None, None, "1", "2", "1", None]
        for path in (f"{base}/prompts/{uuid4()}", f"{base}/prompts/{first['id']}/diff?against={uuid4()}"):
            assert (await hub.call("GET", path))[0] == 404
        acts = [row["act"] for row in (await hub.ok("GET", f"{base}/audit"))["items"]]
        assert "use_prompt" in acts and "create_prompt" in acts


async def test_a_version_is_tried_on_a_share_of_the_conversations_and_both_are_counted(
    database: Database, tmp_path: Path
) -> None:
    async with hub_in_process(database, tmp_path) as hub:
        tenant = await hub.tenant()
        base = f"/api/v1/tenants/{tenant}"
        await hub.telegram(tenant)
        (used, tried) = [await hub.ok("POST", f"{base}/prompts", json={"instructions": f"Say {n}."}) for n in (1, 2)]
        await hub.ok("POST", f"{base}/prompts/{used['id']}/use")
        assert (await hub.call("PUT", f"{base}/prompts/contest", json={"prompt_id": used["id"]}))[0] == 409
        began = await hub.ok("PUT", f"{base}/prompts/contest", json={"prompt_id": tried["id"], "share": 50})
        assert (began["version"], began["in_use"], began["arms"]) == (2, 1, [])
        given = """select m.conversation_id, array_agg(m.metadata ->> 'prompt') as prompts from hub.message m
                    where m.author_kind = 'bot' group by 1"""
        seen: dict[str, int] = {}
        for n in range(40):  # which version a conversation falls to is its id's, so that both are met sooner or later
            person = hub.person(f"Person {n}")
            for had, question in enumerate(("Why is the sky blue?", "And the sea?")):
                person.say(question)
                await eventually(lambda p=person, had=had: len(hub.replies(p)) > had, what="a reply")
            rows = await hub.rows(given)
            for row in rows:
                expected = "2" if place_of(ConversationId(row["conversation_id"])) < 50 else "1"
                assert set(row["prompts"]) == {expected}, "one version throughout"
            seen = {v: sum(row["prompts"].count(v) for row in rows) for v in ("1", "2")}
            if all(seen.values()):
                break
        assert all(seen.values())
        arms = (await hub.ok("GET", f"{base}/prompts/contest"))["arms"]
        assert {str(arm["version"]): arm["messages"] for arm in arms} == seen
        assert [arm["tried"] for arm in arms] == [False, True]
        assert all(arm["answered"] == arm["messages"] == 2 * arm["conversations"] for arm in arms)
        await hub.ok("POST", f"{base}/prompts/{tried['id']}/use")
        assert (await hub.ok("GET", f"{base}/prompts/contest"))["prompt_id"] is None, "it has won"


def test_conversations_are_spread_evenly_and_always_the_same() -> None:
    places = [place_of(ConversationId(UUID(int=n))) for n in range(10_000)]
    assert 2_700 < sum(place < 30 for place in places) < 3_300
    assert (min(places), max(places)) == (0, 99)
    assert place_of(ConversationId(UUID(int=7))) == places[7]
