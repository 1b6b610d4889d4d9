"""Sending, fetching, checking and verifying against a server that plays the Bot API."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from adapters.telegram.channel import TelegramChannel
from adapters.telegram.setup import ALLOWED_UPDATES
from hub.core.channels import Request, Upload, WebhookRequest
from hub.core.errors import Forged, Invalid, Unavailable
from hub.core.ids import ThreadKey
from hub.core.messages import Media

TOKEN = "123456:" + "A" * 35
CREDENTIALS = {"bot_token": TOKEN, "secret_token": "s3cret_-"}
HELLO = Request("sendMessage", {"chat_id": 7, "text": "hi", "link_preview_options": {"is_disabled": True}})


@pytest.fixture
def channel(platform: Any, session: aiohttp.ClientSession, clock: Any) -> TelegramChannel:
    return TelegramChannel(session=session, clock=clock, api_url=platform.url + "/")


def says(status: int, body: dict[str, Any] | str) -> Callable[[Any], web.Response]:
    def answer(_: Any) -> web.Response:
        if isinstance(body, str):
            return web.Response(status=status, text=body, content_type="text/html")
        return web.json_response(body, status=status)

    return answer


def refused(status: int, description: str, **parameters: Any) -> Callable[[Any], web.Response]:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    return says(status, {**body, "parameters": parameters} if parameters else body)


async def test_a_message_is_sent_once_with_its_id_given_back(channel: TelegramChannel, platform: Any):
    result = await channel.send(CREDENTIALS, HELLO, key="k")
    assert (result.ok, result.ids) == (True, ("7:1",))
    (call,) = platform.calls
    assert (call.method, call.path) == ("POST", f"/bot{TOKEN}/sendMessage")
    assert call.form == {"chat_id": "7", "text": "hi", "link_preview_options": '{"is_disabled": true}'}


async def test_a_file_goes_along_under_its_own_name_and_type(channel: TelegramChannel, platform: Any):
    async def open_file(file_id: str) -> bytes:
        return f"bytes of {file_id}".encode()

    upload = Upload("document", "f1", "Grüße 1.pdf", "application/pdf")
    result = await channel.send(
        CREDENTIALS, Request("sendDocument", {"chat_id": 7}, (upload,)), key="k", open_file=open_file
    )
    assert result.ok
    assert platform.calls[0].files == {"document": ("Grüße 1.pdf", "application/pdf", b"bytes of f1")}
    assert platform.calls[0].form == {"chat_id": "7"}


async def test_an_upload_that_nothing_opens_is_refused_before_sending(channel: TelegramChannel, platform: Any):
    upload = Upload("document", "f1", "a.pdf", "application/pdf")
    result = await channel.send(CREDENTIALS, Request("sendDocument", {"chat_id": 7}, (upload,)), key="k")
    assert result.permanent and not platform.calls


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (refused(429, "Too Many Requests: retry after 17", retry_after=17), ("retry", 17.0)),
        (refused(403, "Forbidden: bot was blocked by the user"), ("permanent", "blocked the bot")),
        (refused(400, "Bad Request: chat not found"), ("permanent", "does not know this chat")),
        (refused(400, "Bad Request: message text is empty"), ("permanent", "message text is empty")),
        (refused(400, "Bad Request: upgraded", migrate_to_chat_id=-100), ("permanent", "supergroup")),
        (refused(401, "Unauthorized"), ("permanent", "bot token")),
        (refused(404, "Not Found"), ("permanent", "bot token")),
        (refused(500, "Internal Server Error"), ("retry", None)),
        (says(503, "<html>busy</html>"), ("retry", None)),
        (says(403, "<html>proxy</html>"), ("retry", None)),
        (says(502, "<html>bad gateway</html>"), ("ambiguous", None)),
        (says(504, "<html>timeout</html>"), ("ambiguous", None)),
        (says(200, "<html>welcome</html>"), ("ambiguous", None)),
        (says(200, {"ok": False}), ("ambiguous", None)),
        (says(400, {"error_code": 400, "description": 5, "parameters": [1]}), ("permanent", "refused")),
    ],
)  # fmt: skip
async def test_answers_are_told_apart_and_never_repeated(
    channel: TelegramChannel, platform: Any, answer: Any, outcome: tuple[str, Any]
):
    platform.answer = answer
    result = await channel.send(CREDENTIALS, HELLO, key="k")
    assert not result.ok and len(platform.calls) == 1
    kind, detail = outcome
    assert {"retry": result.retry_after is not None, "permanent": result.permanent, "ambiguous": result.ambiguous} == {
        name: name == kind for name in ("retry", "permanent", "ambiguous")
    }
    if kind == "retry" and detail:
        assert result.retry_after == detail
    if kind == "permanent":
        assert detail in (result.error or "")
    assert TOKEN not in repr(result)


async def test_a_server_that_is_not_there_is_unsent(session: aiohttp.ClientSession, clock: Any):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    result = await TelegramChannel(session=session, clock=clock, api_url=url).send(CREDENTIALS, HELLO, key="k")
    assert result.retry_after and not result.ambiguous


async def test_a_server_that_hangs_up_after_reading_is_ambiguous(session: aiohttp.ClientSession, clock: Any):
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    result = await TelegramChannel(session=session, clock=clock, api_url=url).send(CREDENTIALS, HELLO, key="k")
    server.close()
    assert result.ambiguous and result.retry_after is None


async def test_a_closed_session_is_unsent(platform: Any, clock: Any):
    session = aiohttp.ClientSession()
    await session.close()
    result = await TelegramChannel(session=session, clock=clock, api_url=platform.url).send(CREDENTIALS, HELLO, key="k")
    assert result.retry_after and not platform.calls


async def test_work_that_is_done_already_is_well_done(channel: TelegramChannel, platform: Any):
    platform.answer = refused(400, "Bad Request: message is not modified: same content")
    assert (await channel.send(CREDENTIALS, Request("editMessageText", {"text": "a"}), key="k")).ok
    assert not (await channel.send(CREDENTIALS, HELLO, key="k")).ok


async def test_two_tenants_tokens_stay_apart(channel: TelegramChannel, platform: Any):
    other = {**CREDENTIALS, "bot_token": "654321:" + "B" * 35}
    await asyncio.gather(*(channel.send(c, HELLO, key="k") for c in (CREDENTIALS, other) * 5))
    assert sorted(call.path.split("/")[1][3:9] for call in platform.calls) == ["123456"] * 5 + ["654321"] * 5


async def test_typing_and_taps(channel: TelegramChannel, platform: Any):
    await channel.show_typing(CREDENTIALS, ThreadKey("-100:7"))
    await channel.answer_tap(CREDENTIALS, "cb1")
    assert [(c.path.rpartition("/")[2], c.form) for c in platform.calls] == [
        ("sendChatAction", {"chat_id": "-100", "message_thread_id": "7", "action": "typing"}),
        ("answerCallbackQuery", {"callback_query_id": "cb1"}),
    ]
    platform.answer = refused(400, "Bad Request: query is too old")
    await channel.answer_tap(CREDENTIALS, "cb1")


def serves(path: str, body: bytes = b"", size: int | None = None, status: int = 200) -> Callable[[Any], web.Response]:
    def answer(call: Any) -> web.Response:
        if call.path.endswith("/getFile"):
            file = {"file_id": "F", "file_path": path} | ({"file_size": size} if size is not None else {})
            return web.json_response({"ok": True, "result": file})
        headers = {"Location": "http://evil.example/"} if status == 302 else {}
        return web.Response(body=body, status=status, headers=headers, content_type="image/jpeg")

    return answer


async def test_a_file_is_streamed_from_the_api_host(channel: TelegramChannel, platform: Any):
    body = bytes(range(256)) * 1000
    platform.answer = serves("photos/file_1.jpg", body, len(body))
    fetched = await channel.fetch_media(CREDENTIALS, Media("image", ref="F"))
    assert b"".join([chunk async for chunk in fetched.chunks]) == body
    assert (fetched.mime, fetched.size, fetched.name) == ("image/jpeg", len(body), "file_1.jpg")
    assert platform.calls[1].path == f"/file/bot{TOKEN}/photos/file_1.jpg"


@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "/etc/passwd", "http://evil.example/x", "a/../b", "a//b", "a?b", ""]
)
async def test_a_path_that_leaves_the_file_area_is_refused(channel: TelegramChannel, platform: Any, path: str):
    platform.answer = serves(path)
    with pytest.raises(Invalid):
        await channel.fetch_media(CREDENTIALS, Media("image", ref="F"))
    assert len(platform.calls) == 1


async def test_files_too_large_gone_or_moved(channel: TelegramChannel, platform: Any):
    with pytest.raises(Invalid, match="20 MB"):
        await channel.fetch_media(CREDENTIALS, Media("video", ref="F", size=20_000_001))
    assert not platform.calls
    platform.answer = serves("v.mp4", size=30_000_000)
    with pytest.raises(Invalid, match="20 MB"):
        await channel.fetch_media(CREDENTIALS, Media("video", ref="F"))
    platform.answer = serves("v.mp4", b"x" * 20_000_001)
    with pytest.raises(Invalid, match="20 MB"):
        await channel.fetch_media(CREDENTIALS, Media("video", ref="F"))
    platform.answer = serves("v.mp4", status=404)
    with pytest.raises(Invalid, match="no longer"):
        await channel.fetch_media(CREDENTIALS, Media("video", ref="F"))
    for status in (302, 500):
        platform.answer = serves("v.mp4", status=status)
        with pytest.raises(Unavailable):
            await channel.fetch_media(CREDENTIALS, Media("video", ref="F"))


async def test_a_check_in_plain_words(channel: TelegramChannel, platform: Any):
    info: dict[str, Any] = {"url": "", "pending_update_count": 0}

    def answer(call: Any) -> web.Response:
        me = {"id": 123456, "is_bot": True, "username": "acme_bot", "can_join_groups": True}
        return web.json_response({"ok": True, "result": me if call.path.endswith("getMe") else info})

    platform.answer = answer
    checks = await channel.check(CREDENTIALS)
    assert [(c.name, c.ok) for c in checks] == [("bot", True), ("groups", True), ("webhook", False)]
    assert "@acme_bot" in checks[0].text and "Register the webhook" in checks[2].text
    info |= {"url": "https://hub.example/x", "allowed_updates": list(ALLOWED_UPDATES)}
    assert all(c.ok for c in await channel.check(CREDENTIALS))
    info |= {"last_error_date": 1_795_175_990, "last_error_message": "Connection refused"}
    assert "Connection refused" in (await channel.check(CREDENTIALS))[2].text
    wrong = await channel.check({**CREDENTIALS, "bot_username": "other_bot"})
    assert not wrong[0].ok and "bot_username" in wrong[0].text
    platform.answer = refused(401, "Unauthorized")
    (bad,) = await channel.check(CREDENTIALS)
    assert not bad.ok and "@BotFather" in bad.text


async def test_registering_the_webhook(channel: TelegramChannel, platform: Any):
    platform.answer = says(200, {"ok": True, "result": True})
    await channel.register_webhook(CREDENTIALS, "https://hub.example/webhooks/telegram/1")
    form = platform.calls[0].form
    assert (form["url"], form["secret_token"]) == ("https://hub.example/webhooks/telegram/1", "s3cret_-")
    assert "message_reaction" in json.loads(form["allowed_updates"])
    platform.answer = refused(400, "Bad Request: bad webhook: HTTPS url must be provided")
    with pytest.raises(Invalid, match="HTTPS"):
        await channel.register_webhook(CREDENTIALS, "http://hub.example")


async def test_no_token_reaches_the_logs(channel: TelegramChannel, platform: Any, caplog: pytest.LogCaptureFixture):
    platform.answer = says(500, f"<html>{TOKEN}</html>")
    with caplog.at_level(logging.DEBUG):
        await channel.send(CREDENTIALS, HELLO, key="k")
    assert TOKEN not in caplog.text


def post(**headers: str) -> WebhookRequest:
    return WebhookRequest("POST", {k.replace("_", "-"): v for k, v in headers.items()}, {}, b"{}")


def test_genuine_secret_and_rotation(clock: Any):
    channel = TelegramChannel(session=None, clock=clock)
    old = {**CREDENTIALS, "secret_token": "old"}
    assert channel.verify([old, CREDENTIALS], post(x_telegram_bot_api_secret_token="s3cret_-")).secret == 1


@pytest.mark.parametrize(
    "presented",
    ["", "S3cret_-", "s3cret_", "s3cret_-x", " s3cret_-", "s3cret_-\x00", "s3cr\u00e9t_-", "\udcff", "None", "0", "*"],
)
def test_forged_secrets(clock: Any, presented: str):
    channel = TelegramChannel(session=None, clock=clock)
    with pytest.raises(Forged):
        channel.verify([CREDENTIALS], post(x_telegram_bot_api_secret_token=presented))


def test_no_header_no_secret_or_no_post_is_forged(clock: Any):
    channel = TelegramChannel(session=None, clock=clock)
    for credentials, request in (
        ([CREDENTIALS], post()),
        ([CREDENTIALS], post(authorization="s3cret_-")),
        ([], post(x_telegram_bot_api_secret_token="s3cret_-")),
        ([{"bot_token": TOKEN, "secret_token": ""}], post(x_telegram_bot_api_secret_token="")),
        ([{"bot_token": TOKEN}], post(x_telegram_bot_api_secret_token="None")),
        ([CREDENTIALS], WebhookRequest("GET", {"x-telegram-bot-api-secret-token": "s3cret_-"}, {}, b"")),
    ):
        with pytest.raises(Forged):
            channel.verify(credentials, request)


@pytest.mark.parametrize(
    ("credentials", "field"),
    [
        ({}, "bot_token"),
        ({"bot_token": "abc", "secret_token": "x"}, "bot_token"),
        ({"bot_token": 5, "secret_token": "x"}, "bot_token"),
        ({"bot_token": TOKEN}, "secret_token"),
        ({"bot_token": TOKEN, "secret_token": "has space"}, "secret_token"),
        ({"bot_token": TOKEN, "secret_token": "x" * 257}, "secret_token"),
        ({**CREDENTIALS, "bot_username": "no!"}, "bot_username"),
        ({**CREDENTIALS, "page_id": "1"}, "page_id"),
    ],
)
def test_credentials_name_the_field(clock: Any, credentials: dict[str, Any], field: str):
    with pytest.raises(Invalid) as caught:
        TelegramChannel(session=None, clock=clock).configure(credentials)
    assert caught.value.field == field


def test_the_account_is_the_bot(clock: Any):
    channel = TelegramChannel(session=None, clock=clock)
    assert channel.account(channel.configure({**CREDENTIALS, "bot_token": f" {TOKEN}\n"})) == "123456"
    assert channel.account(channel.configure({**CREDENTIALS, "bot_username": "@Acme_bot"})) == "123456@Acme_bot"
