"""Installing a shared Slack app: the consent address, the state that comes back, the code's exchange, the manifest."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from adapters.slack.oauth import authorize_url, check_state, exchange, refusal, sign_state
from adapters.slack.setup import BOT_EVENTS, SCOPES, manifest
from hub.core.errors import Forged, Invalid, Unavailable
from hub.simulator.faults import Fault, Kind
from hub.simulator.server import Simulator
from hub.simulator.slack.platform import DEMO_APP, DEMO_TEAM, DEMO_TOKEN

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BACK = "https://hub.example/api/v1/apps/1/callback"
APP = {"app_id": DEMO_APP, "client_id": "1.2", "client_secret": "c-secret", "signing_secret": "s-secret"}


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(seed=3) as running:
        running.slack.add_app()
        yield running


def test_where_the_owner_agrees():
    url = urlsplit(authorize_url("1.2", BACK, "st.ate"))
    asked = parse_qs(url.query)
    assert (url.scheme, url.netloc, url.path) == ("https", "slack.com", "/oauth/v2/authorize")
    assert (asked["client_id"], asked["redirect_uri"], asked["state"]) == (["1.2"], [BACK], ["st.ate"])
    assert asked["scope"] == [",".join(SCOPES)]


def test_a_state_is_ours_in_time_and_from_the_same_browser():
    state = sign_state("c-secret", "acme", "browser-1", NOW)
    read = check_state(["newer", "c-secret"], state, "browser-1", NOW + timedelta(minutes=9))
    assert (read.tenant, read.browser) == ("acme", "browser-1")
    with pytest.raises(Forged, match="10 minutes"):
        check_state(["c-secret"], state, "browser-1", NOW + timedelta(minutes=10))
    for browser in ("browser-2", "", "\ud800"):
        with pytest.raises(Forged, match="another browser"):
            check_state(["c-secret"], state, browser, NOW)
    body, _, seal = state.partition(".")
    for forged in (
        "",
        ".",
        "x",
        body,
        f"{body}.",
        f".{seal}",
        f"{body[:-2]}AA.{seal}",
        f"{body}.{seal[:-1]}0",
        "\ud800.x",
    ):
        if forged != state:
            with pytest.raises(Forged):
                check_state(["c-secret"], forged, "browser-1", NOW)
    with pytest.raises(Forged):
        check_state(["other", ""], state, "browser-1", NOW)
    assert sign_state("c-secret", "other", "browser-1", NOW) != state


def test_a_return_without_a_code_says_why():
    assert refusal({"code": "x"}) is None
    assert "cancelled" in (refusal({"error": "access_denied"}) or "")
    assert "invalid_scope" in (refusal({"error": "invalid_scope"}) or "")
    assert refusal({}) is not None


async def code_of(session: aiohttp.ClientSession, sim: Simulator) -> str:
    url = authorize_url("1.2", BACK, "st", api_url=sim.slack_url)
    async with session.get(url, allow_redirects=False) as answer:
        back = urlsplit(answer.headers["Location"])
    assert parse_qs(back.query)["state"] == ["st"]
    return parse_qs(back.query)["code"][0]


async def test_a_code_becomes_a_channels_credentials_once(sim: Simulator, session: aiohttp.ClientSession):
    code = await code_of(session, sim)
    installed = await exchange(session, APP, code, BACK, api_url=sim.slack_url)
    assert installed.credentials == {
        "bot_token": DEMO_TOKEN, "signing_secret": ["s-secret"], "app_id": DEMO_APP, "team_id": DEMO_TEAM,
    }  # fmt: skip
    assert installed.workspace == "Simulated workspace" and "chat:write" in installed.scopes
    with pytest.raises(Invalid, match="used already"):
        await exchange(session, APP, code, BACK, api_url=sim.slack_url)


async def test_what_slack_does_not_grant(sim: Simulator, session: aiohttp.ClientSession):
    with pytest.raises(Invalid, match="A0OTHER"):
        await exchange(session, {**APP, "app_id": "A0OTHER"}, await code_of(session, sim), BACK, api_url=sim.slack_url)
    with pytest.raises(Invalid) as elsewhere:
        await exchange(session, APP, await code_of(session, sim), BACK + "/x", api_url=sim.slack_url)
    assert elsewhere.value.field == "redirect_uri"
    sim.faults.add(Fault(Kind.SERVER_ERROR, times=1))
    with pytest.raises(Unavailable):
        await exchange(session, APP, "code", BACK, api_url=sim.slack_url)


def test_the_manifest_names_address_scopes_and_events():
    own = manifest("Acme", "https://hub.example/", channel_id="c1")
    assert own["settings"]["event_subscriptions"] == {
        "request_url": "https://hub.example/webhooks/slack/c1", "bot_events": list(BOT_EVENTS),
    }  # fmt: skip
    assert own["settings"]["interactivity"]["request_url"] == "https://hub.example/webhooks/slack/c1"
    assert "redirect_urls" not in own["oauth_config"]
    shared = manifest("Acme", "https://hub.example", redirect_url=BACK)
    assert shared["settings"]["event_subscriptions"]["request_url"] == "https://hub.example/webhooks/slack"
    assert shared["oauth_config"] == {"scopes": {"bot": list(SCOPES)}, "redirect_urls": [BACK]}


def test_the_manifest_in_the_docs_is_this_one():
    page = (Path(__file__).parents[2] / "docs" / "channels" / "slack.md").read_text("utf-8")
    shown = page.partition("```json\n")[2].partition("```")[0]
    assert json.loads(shown) == manifest("Switchboard", "https://YOUR-HUB", channel_id="CHANNEL_ID")
