"""The simulated Slack's control API: installing an app, acting as a person, and what is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from hub.simulator.server import Simulator

APP = {"token": "xoxb-t", "app_id": "A0TEST", "team_id": "T0TEST", "signing_secret": "s"}


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(seed=5) as running:
        yield running


async def post(session: aiohttp.ClientSession, url: str, body: Any) -> tuple[int, Any]:
    async with session.post(url, json=body) as answer:
        return answer.status, await answer.json()


async def test_an_app_is_installed_once_its_address_answers(sim: Simulator, session: aiohttp.ClientSession):
    heard: list[Any] = []

    async def answer(request: web.Request) -> web.Response:
        body = await request.json()
        heard.append(body)
        return web.Response(text=body.get("challenge", ""))

    http = web.Application()
    http.router.add_post("/hook", answer)
    runner = web.AppRunner(http, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    apps = f"{sim.pages_url}/control/slack/apps"
    status, refused = await post(session, apps, {**APP, "url": url + "/nowhere"})
    assert status == 400 and "challenge" in refused["error"]
    status, app = await post(session, apps, {**APP, "url": url})
    assert (status, app["team"], app["webhook"]) == (200, "T0TEST", True)
    chat = f"{apps}/T0TEST/people/Ada"
    assert (await post(session, f"{chat}/direct", {"act": "say", "text": "hi"}))[0] == 200
    assert (await post(session, f"{chat}/help", {"act": "mention", "text": "hello"}))[0] == 200
    await sim.slack.desk().courier.drained(5)
    told = [body["event"]["type"] for body in heard if body["type"] == "event_callback"]
    assert sorted(told) == ["app_mention", "message", "message"]
    async with session.get(f"{chat}/help") as answered:
        look = await answered.json()
    assert [message["text"] for message in look["messages"]] == [f"<@{app['bot']}> hello"]
    await runner.cleanup()


async def test_what_is_refused(sim: Simulator, session: aiohttp.ClientSession):
    sim.slack.add_app()
    apps = f"{sim.pages_url}/control/slack/apps"
    chat = f"{apps}/{sim.slack.app().team_id}/people/Ada/direct"
    for body, told in [
        ({"act": "say", "text": "  "}, "write something"),
        ({"act": "dance"}, "act"),
        ({"act": "edit", "text": "x"}, "which message"),
        ({"act": "tap", "text": "Nothing"}, "no button"),
        ({"act": "delete", "ts": "1.000001"}, "message_not_found"),
    ]:
        status, answer = await post(session, chat, body)
        assert status == 400 and told in answer["error"]
    async with session.post(chat, data={"act": "say"}) as form:
        assert form.status == 415
    async with session.put(f"{chat}/file", data=b"x") as unnamed:
        assert unnamed.status == 400
    assert (await post(session, f"{apps}/T0NONE/people/Ada/direct", {"act": "say", "text": "x"}))[0] == 404
    async with session.get(f"{sim.pages_url}/slack/..%2ftelegram.js") as outside:
        assert outside.status == 404
