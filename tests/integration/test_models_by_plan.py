"""The plan and the tenant's choice decide which model answers and which does the small tasks; on a running hub."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from hub.core.contests import place_of
from hub.core.ids import ConversationId, TenantId
from support.database import Database
from support.running_hub import eventually, hub_in_process

PLANS = {
    "open": {"answer": ["openai/sim-echo", "anthropic/sim-repeat"], "*": ["openai/sim-empty"]},
    "paid": {"answer": "openai/sim-repeat"},
}


async def test_answers_come_from_the_model_of_the_plan_and_the_choice(database: Database, tmp_path: Path) -> None:
    more = {"llm_model": "sim-grounded", "llm_fallback_api_key": "any", "llm_plans": PLANS, "plans": "paid=1000"}
    async with hub_in_process(database, tmp_path, **more) as hub:
        tenant = await hub.tenant()
        path = f"/api/v1/tenants/{tenant}/models"
        key = await hub.ok("POST", f"/api/v1/tenants/{tenant}/api-keys",
                           json={"name": "own", "scopes": ["tenant:read", "tenant:write"]})  # fmt: skip
        own = str(key["key"])
        await hub.telegram(tenant)

        async def answers(name: str) -> str:
            person = hub.person(name)
            person.say("hello out there, what is this?")
            await person.reply(timeout=20)
            (row,) = await hub.rows(
                """select m.metadata->>'model' as model from hub.message m
                     join hub.conversation c on c.id = m.conversation_id join hub.contact p on p.id = c.contact_id
                    where m.author_kind = 'bot' and p.name = $1""",
                name,
            )
            return str(row["model"]).rpartition("/")[2]

        shown = {t["task"]: t for t in (await hub.ok("GET", path, key=own))["tasks"]}
        assert shown["answer"]["options"] == PLANS["open"]["answer"] and not shown["answer"]["chosen"]
        assert await answers("Ada") == "sim-echo", "the first of the plan, not the deployment's own"
        for wrong in ({"answer": "openai/sim-grounded"}, {"sing": "openai/sim-echo"}):
            assert (await hub.call("PATCH", path, key=own, json={"tasks": wrong}))[0] == 422, "not offered"
        changed = await hub.ok("PATCH", path, key=own, json={"tasks": {"answer": "anthropic/sim-repeat"}})
        assert next(t for t in changed["tasks"] if t["task"] == "answer")["chosen"]
        assert await answers("Bob") == "sim-repeat"
        await hub.ok("PATCH", path, key=own, json={"tasks": {"answer": None}})
        assert await answers("Cleo") == "sim-echo"
        tasks = {t["task"]: t["model"] for t in (await hub.ok("GET", path, key=own))["tasks"]}
        assert tasks["summary"] == tasks["rerank"] == "openai/sim-empty"
        await hub.ok("PUT", f"/api/v1/tenants/{tenant}/plan", json={"plan": "paid"})
        assert await answers("Dora") == "sim-repeat", "the plan decides"
        tasks = {t["task"]: t["model"] for t in (await hub.ok("GET", path, key=own))["tasks"]}
        assert tasks["title"] == "openai/sim-grounded", "what the plan does not name goes to the deployment's own"
        await hub.ok("PUT", f"/api/v1/tenants/{tenant}/plan", json={"plan": "open"})
        assert hub.house is not None
        model = await hub.house.models.task_for(TenantId(UUID(tenant)), None, "pair")
        assert model is not None and model.model == "sim-empty"
        used = (await hub.ok("GET", f"/api/v1/tenants/{tenant}/usage", params={"by": "model"}))["items"]
        assert {"sim-echo", "sim-repeat"} <= {str(row["key"]).rsplit("/")[-1] for row in used}, used


async def test_a_model_is_tried_on_a_share_of_the_conversations_and_both_are_counted(
    database: Database, tmp_path: Path
) -> None:
    async with hub_in_process(database, tmp_path, llm_model="sim-grounded", llm_plans=PLANS) as hub:
        tenant = await hub.tenant()
        base = f"/api/v1/tenants/{tenant}"
        await hub.telegram(tenant)
        contest, rival = f"{base}/prompts/contest", "anthropic/sim-repeat"
        for wrong, status in (({}, 422), ({"model": "openai/sim-grounded"}, 422), ({"model": "openai/sim-echo"}, 409)):
            assert (await hub.call("PUT", contest, json=wrong))[0] == status, wrong
        began = await hub.ok("PUT", contest, json={"model": rival, "share": 50})
        assert (began["model"], began["share"], began["prompt_id"], began["arms"]) == (rival, 50, None, [])
        given = """select conversation_id, array_agg(split_part(metadata ->> 'model', '/', 2)) as models
                     from hub.message where author_kind = 'bot' group by 1"""
        seen = {"sim-echo": 0, "sim-repeat": 0}
        for n in range(40):  # which side a conversation falls to is its id's, so that both are met sooner or later
            person = hub.person(f"Person {n}")
            for had, question in enumerate(("Why is the sky blue?", "And the sea?")):
                person.say(question)
                await eventually(lambda p=person, had=had: len(hub.replies(p)) > had, what="a reply")
            rows = await hub.rows(given)
            for row in rows:
                tried = place_of(ConversationId(row["conversation_id"])) < 50
                assert set(row["models"]) == {"sim-repeat" if tried else "sim-echo"}, "one model throughout"
            seen = {name: sum(row["models"].count(name) for row in rows) for name in seen}
            if all(seen.values()):
                break
        assert all(seen.values())
        arms = (await hub.ok("GET", contest))["arms"]
        assert [(arm["tried"], arm["version"]) for arm in arms] == [(False, None), (True, None)]
        assert {arm["model"].split("/")[1]: arm["messages"] for arm in arms} == seen
        await hub.ok("PATCH", f"{base}/models", json={"tasks": {"answer": rival}})
        assert (await hub.ok("GET", contest))["share"] is None, "it has won"
