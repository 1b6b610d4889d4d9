"""The simulator's control API: a script in any language plays the customer, injects faults, reads the record."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from hub.simulator.server import Simulator
from hub.simulator.telegram.platform import DEMO_TOKEN

PERSON = "/control/telegram/bots/7000000001/people/Ada"


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(seed=2) as running:
        running.telegram.add_bot()
        yield running


async def ask(sim: Simulator, method: str, path: str, **options: Any) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as session, session.request(method, sim.pages_url + path, **options) as answer:
        return answer.status, await answer.json()


async def bot(sim: Simulator, method: str, **params: Any) -> dict[str, Any]:
    async with aiohttp.ClientSession() as session:
        url = f"{sim.telegram_url}/bot{DEMO_TOKEN}/{method}"
        async with session.post(url, json=params) as answer:
            return await answer.json()  # type: ignore[no-any-return]  # JSON of the test's own server


async def test_a_script_chats_and_sees_what_changed(sim: Simulator) -> None:
    status, said = await ask(sim, "POST", PERSON, json={"act": "say", "text": " hello "})
    assert status == 200
    _, seen = await ask(sim, "GET", PERSON)
    assert [(m["text"], m["mine"]) for m in seen["messages"]] == [("hello", True)]
    assert seen["waiting"] == 1
    ada = sim.telegram.user("Ada")
    await bot(sim, "sendMessage", chat_id=ada.id, text="hi", reply_parameters={"message_id": said["message_id"]})
    _, later = await ask(sim, "GET", f"{PERSON}?after={seen['version']}&wait=5")
    assert [(m["text"], m["mine"]) for m in later["messages"]] == [("hi", False)]
    _, again = await ask(sim, "GET", f"{PERSON}?after=999999")
    assert (again["restarted"], len(again["messages"])) == (True, 2)
    for act in ("block", "unblock", "location"):
        assert (await ask(sim, "POST", PERSON, json={"act": act}))[0] == 200
    assert (await ask(sim, "POST", PERSON, json={"act": "react", "text": "x", "message_id": said["message_id"]}))[
        0
    ] == 200


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"act": "say", "text": "  "}, "text"),
        ({"act": "sing"}, "act"),
        ({"act": "tap", "text": "Nowhere"}, "no button"),
        ({"act": "edit", "text": "x"}, "message_id"),
        ({"act": "edit", "text": "x", "message_id": 5}, "can't be edited"),
        ({"act": "say", "text": "x", "colour": 1}, "colour"),
    ],
)
async def test_bad_acts_are_refused_in_words(sim: Simulator, body: dict[str, Any], words: str) -> None:
    status, answer = await ask(sim, "POST", PERSON, json=body)
    assert status == 400
    assert words in answer["error"]
    assert sim.telegram.courier(sim.telegram.bot()).pending == 0


async def test_uploads_that_are_no_picture_are_documents_and_never_shown(sim: Simulator) -> None:
    headers = {"X-File-Name": "a%20b.html", "Content-Type": "text/html"}
    assert (await ask(sim, "PUT", f"{PERSON}/file", data=b"<script>alert(1)</script>", headers=headers))[0] == 200
    assert (await ask(sim, "PUT", f"{PERSON}/file", data=b"x"))[0] == 400
    (message,) = [held.message for held in sim.telegram.user("Ada").chat.held.values()]
    assert message["document"]["file_name"] == "a b.html"
    path = f"/control/telegram/bots/7000000001/files/{message['document']['file_id']}"
    async with aiohttp.ClientSession() as session, session.get(sim.pages_url + path) as answer:
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"] == "attachment"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_faults_and_the_record_are_within_reach(sim: Simulator) -> None:
    fault = {"kind": "500", "upstream": "telegram", "methods": ["getMe"], "times": 1}
    status, listed = await ask(sim, "POST", "/control/faults", json=fault)
    assert (status, listed["items"][0]["kind"]) == (200, "500")
    assert (await bot(sim, "getMe"))["error_code"] == 500
    assert (await bot(sim, "getMe"))["ok"]
    _, record = await ask(sim, "GET", "/control/record?after=1")
    assert [(r["method"], r["status"], r["accepted"]) for r in record["items"]] == [("getMe", 200, True)]
    assert (await ask(sim, "DELETE", "/control/faults"))[1] == {"items": []}
    assert (await ask(sim, "POST", "/control/faults", json={"kind": "flood"}))[0] == 400
    assert (await ask(sim, "GET", "/control/record?after=-1"))[0] == 400


async def test_bots_are_added_once_and_strangers_not_found(sim: Simulator) -> None:
    token = "7000000009:" + "y" * 35
    status, made = await ask(sim, "POST", "/control/telegram/bots", json={"token": token, "name": "Second"})
    assert (status, made["id"]) == (200, 7000000009)
    _, listed = await ask(sim, "GET", "/control/telegram/bots")
    assert [item["name"] for item in listed["items"]] == ["Switchboard demo", "Second"]
    stolen = {"token": "7000000009:" + "z" * 35}
    assert (await ask(sim, "POST", "/control/telegram/bots", json=stolen))[0] == 400
    assert (await ask(sim, "POST", "/control/telegram/bots", json={"token": "short"}))[0] == 400
    assert (await ask(sim, "GET", "/control/telegram/bots/5/people/Ada"))[0] == 404
