"""Handing over, whole: what starts it, who hears of it, the queue, the way back, and what the model remembers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hub.simulator.faults import Fault, Kind
from orchestrator.phrases import PHRASES
from support.colleagues import add_colleague
from support.database import Database
from support.running_hub import Site, eventually, hub_in_process

EN = PHRASES["en"]


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    async with hub_in_process(database, tmp_path) as site:
        yield site


async def colleague(hub: Site, tenant: str, name: str, **more: Any) -> str:
    assert hub.house is not None
    return await add_colleague(hub.house.store, tenant, name, **more)


async def desk(hub: Site, tenant: str, **settings: Any) -> None:
    await hub.ok("PUT", f"/api/v1/tenants/{tenant}/desk", json=settings)


async def conversation_of(hub: Site, tenant: str, **wanted: Any) -> dict[str, Any]:
    async def look() -> Any:
        found = await hub.conversations(tenant)
        return next((c for c in found if all(c[k] == v for k, v in wanted.items())), None)

    found: dict[str, Any] = await eventually(look, what=f"a conversation with {wanted}")
    return found


async def told(hub: Site, kind: str) -> list[str]:
    rows = await hub.rows("select person from hub.notification where kind = $1 order by person", kind)
    return [row["person"] for row in rows]


async def test_the_whole_way_to_a_person_and_back(hub: Site) -> None:
    tenant = await hub.tenant(keywords={"en": ["complaint"], "de": ["beschwerde"]})
    await hub.telegram(tenant)
    people = sorted([await colleague(hub, tenant, "Kim"), await colleague(hub, tenant, "Lee", availability="away")])
    await colleague(hub, tenant, "Looks", role="viewer")
    ada = hub.person("Ada")
    ada.say("Where is my parcel?")
    await ada.reply()
    ada.say("This is a complaint")
    await eventually(lambda: EN["handing_over"] in hub.replies(ada), what="the words that hand over")
    await eventually(lambda: told_by(hub, "needs_person", people), what="both colleagues' notifications")
    item = await conversation_of(hub, tenant, state="waiting")
    path = f"/api/v1/tenants/{tenant}/conversations/{item['id']}"
    (record,) = (await hub.ok("GET", f"{path}/handoff"))["items"]
    assert (record["reason"], record["detail"], record["question"]) == ("keyword", "complaint", "This is a complaint")
    assert record["summary"].splitlines()[0] == "Customer: Where is my parcel?"
    assert (record["bot_said"], record["bot_answers"]) == ("Where is my parcel?", 2)
    assert record["accepted_at"] is None
    await hub.act(tenant, item["id"], "takeover", by=people[0])
    assert await hub.rows("select 1 from hub.notification where seen_at is null") == [], "nobody else need look"
    await hub.ok("POST", f"{path}/messages", json={"text": "It is on its way.", "by": people[0], "name": "Kim"})
    await eventually(lambda: hub.replies(ada)[-1] == "It is on its way.", what="the colleague's reply")
    ada.say("Thank you, Kim")
    await eventually(lambda: told_by(hub, "customer_replied", [people[0]]), what="the colleague's notification")
    await hub.act(tenant, item["id"], "return", by=people[0])
    asked = hub.asked()
    ada.say("When does it arrive?")
    await eventually(lambda: hub.replies(ada)[-1] == "When does it arrive?", what="the bot's answer")
    assert hub.asked() == asked + 1, "what was said to the colleague stays answered"
    (call,) = hub.simulator.record.calls("model", "chat")[asked:]
    heard = [(m["role"], str(m["content"])) for m in call.params["messages"]]
    marks = [content for role, content in heard if role == "system" and content.startswith("[")]
    assert len(marks) == 3
    assert "handed over" in marks[0]
    assert "You answer again" in marks[-1]
    assert not any(EN["handing_over"] in content for _, content in heard)
    (record,) = (await hub.ok("GET", f"{path}/handoff"))["items"]
    assert (record["accepted_by"], record["ended_by"], record["ended_as"]) == (people[0], people[0], "returned")
    thread = await hub.messages(tenant, item["id"])
    moves = [(m["parts"][0]["from"], m["parts"][0]["to"], m["author"]["id"]) for m in thread if m["kind"] == "activity"]
    assert moves == [("bot", "waiting", None), ("waiting", "agent", people[0]), ("agent", "bot", people[0])]


async def told_by(hub: Site, kind: str, people: list[str]) -> bool:
    return await told(hub, kind) == people


async def test_the_queue_is_fair_and_nobody_gets_more_than_they_take(hub: Site) -> None:
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    one = await colleague(hub, tenant, "One", capacity=1)
    await colleague(hub, tenant, "Away", availability="away")
    await desk(hub, tenant, auto_assign=True)
    people = [hub.person(name) for name in ("Ada", "Bea", "Cleo")]
    first = None
    for person in people:
        person.say("A person please")
        await person.reply()
        if first is None:
            first = await conversation_of(hub, tenant, state="agent")
            assert first["assignee"] == one
    await eventually(
        lambda: any("number 2" in text for text in hub.replies(people[2])), what="the third one's place in line"
    )
    assert [c["state"] for c in await hub.conversations(tenant)].count("agent") == 1
    waiting = await hub.ok("GET", f"/api/v1/tenants/{tenant}/conversations", params={"queue": "needs_person",
                                                                                   "sort": "queue"})  # fmt: skip
    assert [c["contact"]["name"] for c in waiting["items"]] == ["Bea", "Cleo"]
    assert first is not None
    await hub.act(tenant, first["id"], "resolve", by=one)
    await hub.rows("update hub.conversation set desk_due_at = now() where state = 'waiting'")
    second = await conversation_of(hub, tenant, state="agent")
    assert second["id"] == waiting["items"][0]["id"], "first come, first served"
    assert await told(hub, "assigned") == [one, one]


async def test_after_hours_the_customer_is_told_when_somebody_is_there(hub: Site) -> None:
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    someday = {"2099-01-01": {"open": [["09:00", "17:00"]]}}
    calendar = {"name": "Shop", "zone": "Europe/Vienna", "weekly": {}, "exceptions": someday}
    made = await hub.ok("POST", f"/api/v1/tenants/{tenant}/calendars", json=calendar)
    assert made["open"] is False
    await desk(hub, tenant, calendar=made["id"], policy="person_first", auto_assign=True)
    await colleague(hub, tenant, "Kim")
    ada = hub.person("Ada")
    ada.say("What does it cost?")
    await ada.reply()
    assert hub.replies(ada) == ["What does it cost?"], "the bot answers while nobody is there"
    ada.say("A person please")
    await eventually(lambda: EN["closed"] in hub.replies(ada), what="the words after hours")
    assert (await conversation_of(hub, tenant))["state"] == "waiting", "nobody is given it now"
    always = {**calendar, "weekly": {str(day): [["00:00", "23:59"], ["23:59", "00:00"]] for day in range(7)}}
    await hub.ok("PUT", f"/api/v1/tenants/{tenant}/calendars/{made['id']}", json=always)
    bea = hub.person("Bea")
    bea.say("What does it cost?")
    await bea.reply()
    assert hub.replies(bea)[0] == EN["handing_over"], "a person comes first while somebody is there"
    for bad in ({"zone": "Mars"}, {"weekly": {"7": []}}, {"weekly": {"0": [["9", "17"]]}}):
        status, _ = await hub.call("POST", f"/api/v1/tenants/{tenant}/calendars", json={**calendar, "name": "x", **bad})
        assert status == 422, bad


async def test_the_customer_may_be_asked_who_shall_answer(hub: Site) -> None:
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    await desk(hub, tenant, policy="ask")
    ada = hub.person("Ada")
    ada.say("What does it cost?")
    reply = await ada.reply()
    assert hub.replies(ada) == [EN["ask_who"]]
    buttons = [button["text"] for row in reply["reply_markup"]["inline_keyboard"] for button in row]
    assert buttons == [EN["bot_option"], EN["person_option"]]
    ada.tap(EN["bot_option"])
    await eventually(lambda: hub.asked() == 1, what="the model's turn")
    await eventually(lambda: len(hub.replies(ada)) == 2, what="the bot's answer")


@pytest.mark.parametrize(
    ("bot", "says", "reason"),
    [
        ({"max_answers": 1}, ["First question?", "Second question?"], "turn_limit"),
        ({"on_model_failure": "handoff"}, ["A question?"], "model_failed"),
    ],
)
async def test_the_bot_gives_up_by_itself(hub: Site, bot: dict[str, Any], says: list[str], reason: str) -> None:
    tenant = await hub.tenant(**bot)
    await hub.telegram(tenant)
    if reason == "model_failed":
        hub.simulator.faults.add(Fault(Kind.SERVER_ERROR, upstream="model"))
    ada = hub.person("Ada")
    for n, text in enumerate(says, start=1):
        ada.say(text)
        await eventually(lambda n=n: len(hub.replies(ada)) >= n, what="a reply")
    item = await conversation_of(hub, tenant, state="waiting")
    assert item["handoff_reason"] == reason


@pytest.mark.parametrize(("reopen", "state"), [("bot", "bot"), ("last_agent", "agent"), ("team", "waiting")])
async def test_a_reopened_conversation_goes_where_the_tenant_says(hub: Site, reopen: str, state: str) -> None:
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    kim = await colleague(hub, tenant, "Kim")
    await desk(hub, tenant, reopen=reopen)
    ada = hub.person("Ada")
    ada.say("Hello there, a question?")
    await ada.reply()
    item = await conversation_of(hub, tenant)
    path = f"/api/v1/tenants/{tenant}/conversations/{item['id']}"
    await hub.ok("POST", f"{path}/messages", json={"text": "Done.", "by": kim})
    await hub.act(tenant, item["id"], "resolve", by=kim)
    ada.say("One more thing?")
    item = await conversation_of(hub, tenant, state=state)
    assert item["assignee"] == (kim if reopen == "last_agent" else None)
    if reopen == "bot":
        await eventually(lambda: "One more thing?" in hub.replies(ada), what="the bot's answer")
    else:
        assert item["waiting_since"] is not None or reopen == "last_agent"
        assert "One more thing?" not in hub.replies(ada)


async def test_promises_are_watched_and_idle_conversations_return(hub: Site) -> None:
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    kim = await colleague(hub, tenant, "Kim")
    await desk(hub, tenant, first_response_minutes=30, idle_return_minutes=60)
    ada = hub.person("Ada")
    ada.say("A person please")
    await ada.reply()

    async def due() -> Any:
        return (await conversation_of(hub, tenant))["sla_due_at"]

    await eventually(due, what="the promised time")
    await hub.rows("update hub.conversation set handoff_at = now() - interval '31 minutes', desk_due_at = now()")
    await eventually(lambda: told_by(hub, "sla", [kim]), what="the broken promise's notification")
    rows = await hub.rows("select data->>'promise' as promise from hub.event where type = 'sla.breached'")
    assert [row["promise"] for row in rows] == ["first_response"]
    item = await conversation_of(hub, tenant)
    path = f"/api/v1/tenants/{tenant}/conversations/{item['id']}"
    await hub.ok("POST", f"{path}/messages", json={"text": "Here I am.", "by": kim})
    await eventually(lambda: hub.replies(ada)[-1] == "Here I am.", what="the reply")
    await hub.rows("update hub.conversation set last_message_at = now() - interval '61 minutes', desk_due_at = now()")
    item = await conversation_of(hub, tenant, state="bot")
    assert item["reason"] == "idle"
    assert (await hub.rows("select count(*) from hub.event where type = 'sla.breached'"))[0][0] == 1, "told once"


async def test_a_colleague_can_see_why_the_bot_said_it(hub: Site) -> None:
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    ada = hub.person("Ada")
    ada.say("Why is the sky blue?")
    await ada.reply()
    item = await conversation_of(hub, tenant)
    thread = await hub.messages(tenant, item["id"])
    path = f"/api/v1/tenants/{tenant}/conversations/{item['id']}/messages"
    why = await hub.ok("GET", f"{path}/{thread[1]['id']}/why")
    assert (why["thought"], why["found"]) == ("answer", [])
    assert why["model"].endswith("sim-echo")
    suggested = await hub.ok("POST", path.replace("/messages", "/suggestion"))
    assert (suggested["kind"], suggested["question"], suggested["text"]) == ("answer", *["Why is the sky blue?"] * 2)
    assert len(await hub.messages(tenant, item["id"])) == len(thread), "nothing was sent"
    status, _ = await hub.call("GET", f"{path}/{thread[0]['id']}/why")
    assert status == 404, "the customer's own words have no why"
