"""Slack's signature and credentials: what proves a request, and what is said of credentials that cannot be right."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import socket
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from adapters.slack.channel import SlackChannel
from adapters.slack.hosts import is_slacks
from hub.core.channels import (
    ChecksCredentials,
    Deletes,
    Edits,
    FetchesMedia,
    FindsSent,
    Request,
    ShowsTyping,
    WebhookRequest,
)
from hub.core.errors import Forged, Invalid, Unavailable
from hub.core.ids import ThreadKey
from hub.core.messages import Text

SECRET, OLD = "8f742231b10e8888abcd99yyyzzz85a5", "old-secret-of-the-app"
CREDENTIALS = {"bot_token": "xoxb-1-2-abc", "signing_secret": [SECRET, OLD], "app_id": "A111", "team_id": "T111"}
APP = {"app_id": "A222", "client_id": "1.2", "client_secret": "c", "signing_secret": "the-shared-apps"}
BODY = b'{"type": "event_callback",  "event": {"type": "message"}}'
POST = Request("chat.postMessage", {"channel": "D1", "text": "hi"})


@pytest.fixture
def channel(clock: Any) -> SlackChannel:
    return SlackChannel(session=None, clock=clock)


def signed(raw: bytes, secret: str, at: int, *, claimed: int | None = None) -> WebhookRequest:
    # Computed here by hand, so that the channel is not tested against itself.
    digest = hmac.new(secret.encode(), b"v0:" + str(at).encode() + b":" + raw, hashlib.sha256).hexdigest()
    stamp = str(at if claimed is None else claimed)
    return WebhookRequest("POST", {"x-slack-signature": f"v0={digest}", "x-slack-request-timestamp": stamp}, {}, raw)


def test_slacks_own_example(now: datetime):
    """The example of docs.slack.dev/authentication/verifying-requests-from-slack."""
    raw = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"

    class Clock:
        def now(self) -> datetime:
            return datetime.fromtimestamp(1531420700, UTC)

    headers = {"x-slack-signature": signature, "x-slack-request-timestamp": "1531420618"}
    example = SlackChannel(session=None, clock=Clock())
    assert example.verify([CREDENTIALS], WebhookRequest("POST", headers, {}, raw)).challenge is None
    assert example.verify([CREDENTIALS], WebhookRequest("POST", headers, {}, raw)).silent
    (event,) = example.parse(raw)
    assert (event.type, event.parts) == ("command", (Text("/webhook-collect"),))


def test_each_secret_in_the_list_and_each_app_proves(channel: SlackChannel, now: datetime):
    at = int(now.timestamp())
    for secret in (SECRET, OLD):
        assert channel.verify([CREDENTIALS], signed(BODY, secret, at)).secret == 0
    assert channel.verify([CREDENTIALS, APP], signed(BODY, "the-shared-apps", at)).secret == 1
    assert channel.verify([CREDENTIALS], signed(BODY, SECRET, at - 300)).challenge is None


def test_it_can_all_that_slack_can(channel: SlackChannel):
    for protocol in (ShowsTyping, Edits, Deletes, FetchesMedia, ChecksCredentials, FindsSent):
        assert isinstance(channel, protocol), protocol


def test_what_proves_nothing(channel: SlackChannel, now: datetime):
    at = int(now.timestamp())
    good = signed(BODY, SECRET, at)
    dumped = json.dumps(json.loads(BODY)).encode()
    bad = [
        signed(BODY, "wrong", at),
        signed(BODY, SECRET, at - 301),
        signed(BODY, SECRET, at + 301),
        signed(BODY, SECRET, at, claimed=at - 1),
        WebhookRequest("POST", good.headers, {}, dumped),
        WebhookRequest("POST", good.headers, {}, BODY[:-1]),
        WebhookRequest("POST", good.headers, {}, b""),
        WebhookRequest("GET", good.headers, {}, BODY),
        WebhookRequest("POST", {}, {}, BODY),
    ]
    signature = good.headers["x-slack-signature"]
    cut = (signature[:-1], signature[:20], "v0=", "", signature[3:], signature.replace("v0", "v1"), "v0=\udcff\ud800")
    bad += [WebhookRequest("POST", {**good.headers, "x-slack-signature": value}, {}, BODY) for value in cut]
    odd = ("", "now", "-1", "1e9", "9" * 400, "\u0661" * 10)
    bad += [WebhookRequest("POST", {**good.headers, "x-slack-request-timestamp": value}, {}, BODY) for value in odd]
    for request in bad:
        with pytest.raises(Forged):
            channel.verify([CREDENTIALS], request)
    for nothing in ([], [{}], [{"signing_secret": ""}], [{"signing_secret": []}], [{"signing_secret": ["", None]}]):
        with pytest.raises(Forged):
            channel.verify(nothing, signed(BODY, "", at))


def test_a_challenge_is_answered_once_it_is_proven(channel: SlackChannel, now: datetime):
    raw = json.dumps({"token": "x", "challenge": "3eZbrw1a", "type": "url_verification"}).encode()
    at = int(now.timestamp())
    assert channel.verify([CREDENTIALS], signed(raw, SECRET, at)).challenge == b"3eZbrw1a"
    with pytest.raises(Forged):
        channel.verify([CREDENTIALS], signed(raw, "wrong", at))
    quoted = json.dumps({"type": "event_callback", "challenge": "x", "event": {"text": "url_verification"}}).encode()
    assert channel.verify([CREDENTIALS], signed(quoted, SECRET, at)).challenge is None


def test_credentials_that_are_taken(channel: SlackChannel):
    taken = channel.configure({**CREDENTIALS, "signing_secret": f" {SECRET} ", "bot_token": " xoxb-1-2-abc\n"})
    assert (taken["signing_secret"], taken["bot_token"]) == (SECRET, "xoxb-1-2-abc")
    assert channel.account(taken) == "A111:T111"
    assert channel.account(channel.configure({**CREDENTIALS, "team_id": "E111"})) == "A111:E111"
    assert channel.configure(CREDENTIALS)["signing_secret"] == [SECRET, OLD]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bot_token", "xoxp-a-persons-token"), ("bot_token", ""), ("bot_token", None), ("signing_secret", ""),
        ("signing_secret", []), ("signing_secret", ["a", ""]), ("signing_secret", ["a"] * 6), ("signing_secret", "a b"),
        ("app_id", "T111"), ("app_id", 5), ("team_id", "acme"), ("team_id", "T1:E1"), ("colour", "red"),
    ],
)  # fmt: skip
def test_credentials_that_cannot_be_right_name_the_field(channel: SlackChannel, field: str, value: Any):
    with pytest.raises(Invalid) as caught:
        channel.configure({**CREDENTIALS, field: value})
    assert caught.value.field == field


def test_which_hosts_see_the_token():
    api = "https://slack.com/api"
    for url in (
        "https://files.slack.com/f",
        "https://acme.slack.com/f",
        "https://slack-files.com/f",
        "https://slack.com:443/f",
    ):
        assert is_slacks(url, api), url
    for url in (
        "http://files.slack.com/f", "https://files.slack.com:8443/f", "https://slack.com.evil.example/",
        "https://evilslack.com/", "https://slack.com@evil.example/", "https://user:pw@files.slack.com/",
        "file:///etc/passwd", "//files.slack.com/f", "",
        "https://[bad", "https://evil.example/#files.slack.com", "https://files.slack.com:99999/",
    ):  # fmt: skip
        assert not is_slacks(url, api), url
    assert is_slacks("http://127.0.0.1:9/f", "http://127.0.0.1:9/api")
    assert not is_slacks("http://127.0.0.1:8/f", "http://127.0.0.1:9/api")
    assert not is_slacks("https://files.slack.com/f", "http://127.0.0.1:9/api")


def says(status: int, body: Any, **headers: str) -> Any:
    def answer(_: Any) -> web.Response:
        if isinstance(body, str):
            return web.Response(status=status, text=body, content_type="text/html", headers=headers)
        return web.json_response(body, status=status, headers=headers)

    return answer


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (says(429, {"ok": False, "error": "ratelimited"}, **{"Retry-After": "30"}), ("retry", 30.0)),
        (says(429, "<html>slow down</html>", **{"Retry-After": "soon"}), ("retry", 2.0)),
        (says(200, {"ok": False, "error": "service_unavailable"}), ("retry", None)),
        (says(500, "Server Error"), ("retry", None)),
        (says(503, "<html>busy</html>"), ("retry", None)),
        (says(302, ""), ("retry", None)),
        (says(403, "<html>proxy</html>"), ("retry", None)),
        (says(502, "<html>bad gateway</html>"), ("ambiguous", None)),
        (says(200, "<html>welcome</html>"), ("ambiguous", None)),
        (says(200, {"ok": False, "error": "fatal_error"}), ("ambiguous", None)),
        (says(200, [1]), ("ambiguous", None)),
        (says(200, {"ok": False, "error": "channel_not_found"}), ("permanent", "does not know this conversation")),
        (says(200, {"ok": False, "error": "invalid_auth"}), ("permanent", "bot token")),
        (says(200, {"ok": False, "error": "missing_scope", "needed": "chat:write"}), ("permanent", "chat:write")),
        (says(200, {"ok": False, "error": "brand_new_error"}), ("permanent", "brand_new_error")),
    ],
)  # fmt: skip
async def test_answers_are_told_apart_and_never_repeated(
    platform: Any, session: aiohttp.ClientSession, clock: Any, answer: Any, outcome: tuple[str, Any]
):
    # The playing server reads forms; JSON bodies pass it by.
    platform.answer = answer
    channel = SlackChannel(session=session, clock=clock, api_url=f"{platform.url}/api/")
    result = await channel.send(CREDENTIALS, POST, key="k")
    assert [call.path for call in platform.calls] == ["/api/chat.postMessage"]
    kind, detail = outcome
    assert {"retry": result.retry_after is not None, "permanent": result.permanent, "ambiguous": result.ambiguous} == {
        name: name == kind for name in ("retry", "permanent", "ambiguous")
    }
    if kind == "retry" and detail:
        assert result.retry_after == detail
    if kind == "permanent":
        assert detail in (result.error or "")
    assert "xoxb" not in repr(result)


async def test_unsent_and_ambiguous_are_told_apart(session: aiohttp.ClientSession, clock: Any):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    nobody = SlackChannel(session=session, clock=clock, api_url=url)
    result = await nobody.send(CREDENTIALS, POST, key="k")
    assert result.retry_after and not result.ambiguous
    await nobody.show_typing(CREDENTIALS, ThreadKey("D1:1.000001"))

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    rude = SlackChannel(session=session, clock=clock, api_url=f"http://127.0.0.1:{port}")
    result = await rude.send(CREDENTIALS, POST, key="k")
    assert result.ambiguous and result.retry_after is None
    server.close()
    await server.wait_closed()


async def test_a_closed_session_and_none_at_all_send_nothing(platform: Any, clock: Any, channel: SlackChannel):
    async with aiohttp.ClientSession() as closed:
        pass
    late = SlackChannel(session=closed, clock=clock, api_url=platform.url)
    result = await late.send(CREDENTIALS, POST, key="k")
    assert (result.ambiguous, result.permanent) == (False, False) and result.retry_after
    assert platform.calls == []
    with pytest.raises(Unavailable):
        await channel.send(CREDENTIALS, POST, key="k")
