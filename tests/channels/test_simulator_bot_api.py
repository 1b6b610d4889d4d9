"""The fake Bot API with the real python-telegram-bot client, and what it refuses."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import telegram
from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter

from hub.simulator.faults import Fault, Kind
from hub.simulator.server import Simulator
from hub.simulator.telegram.formatting import parse_html
from hub.simulator.telegram.platform import DEMO_TOKEN
from hub.simulator.telegram.schema import BotError, check_object, table


def png(width: int = 8, height: int = 6) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\x40\x80\xc0" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(seed=7, speed=100) as running:
        running.telegram.add_bot()
        yield running


@pytest.fixture
async def client(sim: Simulator) -> AsyncIterator[telegram.Bot]:
    urls = {"base_url": f"{sim.telegram_url}/bot", "base_file_url": f"{sim.telegram_url}/file/bot"}
    async with telegram.Bot(DEMO_TOKEN, **urls) as bot:
        yield bot


async def call(sim: Simulator, method: str, token: str = DEMO_TOKEN, **params: Any) -> tuple[int, dict[str, Any]]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{sim.telegram_url}/bot{token}/{method}", json=params) as answer,
    ):
        return answer.status, await answer.json()


async def test_the_real_client_sends_edits_and_deletes(sim: Simulator, client: telegram.Bot) -> None:
    ada = sim.telegram.user("Ada")
    keys = telegram.InlineKeyboardMarkup([[telegram.InlineKeyboardButton("Yes", callback_data="y")]])
    sent = await client.send_message(ada.id, "<b>Hi</b> 😀 <i>you</i>", parse_mode="HTML", reply_markup=keys)
    assert sent.text == "Hi 😀 you"
    assert [(e.type, e.offset, e.length) for e in sent.entities] == [("bold", 0, 2), ("italic", 6, 3)]
    edited = await client.edit_message_text("Bye", chat_id=ada.id, message_id=sent.message_id)
    assert isinstance(edited, telegram.Message)
    assert (edited.text, edited.reply_markup) == ("Bye", None)
    with pytest.raises(BadRequest, match=r"(?i)message is not modified"):
        await client.edit_message_text("Bye", chat_id=ada.id, message_id=sent.message_id)
    await client.delete_message(ada.id, sent.message_id)
    assert ada.inbox == []
    with pytest.raises(BadRequest, match=r"(?i)message to delete not found"):
        await client.delete_message(ada.id, sent.message_id)


async def test_the_real_client_sends_every_kind_of_media(sim: Simulator, client: telegram.Bot) -> None:
    ada = sim.telegram.user("Ada")
    photo = await client.send_photo(ada.id, png(40, 20), caption="<i>c</i>", parse_mode="HTML")
    assert (photo.photo[-1].width, photo.photo[-1].height, photo.caption) == (40, 20, "c")
    document = await client.send_document(ada.id, b"hello", filename="ä b.txt")
    assert document.document is not None
    back = await (await client.get_file(document.document.file_id)).download_as_bytearray()
    assert bytes(back) == b"hello"
    again = await client.send_document(ada.id, document.document.file_id)
    assert again.document is not None
    assert again.document.file_id == document.document.file_id
    assert (await client.send_voice(ada.id, b"ogg", duration=2)).voice
    assert (await client.send_audio(ada.id, b"mp3")).audio
    assert (await client.send_video(ada.id, b"mp4")).video
    assert (await client.send_animation(ada.id, b"gif")).animation
    assert (await client.send_sticker(ada.id, b"webp")).sticker
    assert (await client.send_location(ada.id, 48.1, 11.5)).location
    assert (await client.send_venue(ada.id, 48.1, 11.5, "Shop", "Street 1")).venue
    assert (await client.send_contact(ada.id, "+49 1", "Bo")).contact
    group = await client.send_media_group(
        ada.id, [telegram.InputMediaPhoto(png()), telegram.InputMediaPhoto(png(9, 9))]
    )
    assert len({m.media_group_id for m in group}) == 1
    assert len(sim.record.messages(ada.id)[-1].ids) == 2
    with pytest.raises(BadRequest, match=r"(?i)IMAGE_PROCESS_FAILED"):
        await client.send_photo(ada.id, b"not a picture")


async def test_what_the_bot_can_ask_about_itself_and_its_chats(sim: Simulator, client: telegram.Bot) -> None:
    ada = sim.telegram.user("Ada")
    assert (await client.get_chat(ada.id)).first_name == "Ada"
    await client.set_my_commands([telegram.BotCommand("help", "Get help")])
    assert [c.command for c in await client.get_my_commands()] == ["help"]
    await client.send_chat_action(ada.id, "typing")
    assert ada.chat.typing
    said = ada.say("hello")
    await client.set_message_reaction(ada.id, said["message_id"], "👍")
    assert ada.chat.held[said["message_id"]].reactions["bot"] == [{"type": "emoji", "emoji": "👍"}]
    with pytest.raises(BadRequest, match=r"(?i)wrong parameter action"):
        await client.send_chat_action(ada.id, "thinking")


async def test_a_tap_is_answered_once(sim: Simulator, client: telegram.Bot) -> None:
    ada = sim.telegram.user("Ada")
    keys = telegram.InlineKeyboardMarkup([[telegram.InlineKeyboardButton("Yes", callback_data="y")]])
    await client.send_message(ada.id, "Sure?", reply_markup=keys)
    query = ada.tap("Yes")
    (update,) = await client.get_updates()
    assert update.callback_query is not None
    assert (update.callback_query.id, update.callback_query.data) == (query, "y")
    await client.answer_callback_query(query, "Done")
    with pytest.raises(BadRequest, match=r"(?i)query is too old"):
        await client.answer_callback_query(query)


@pytest.mark.parametrize(
    ("method", "params", "words"),
    [
        ("sendMessage", {"text": "x"}, "chat_id is empty"),
        ("sendMessage", {"chat_id": 1}, "message text is empty"),
        ("sendMessage", {"chat_id": "ADA", "text": "  "}, "message text is empty"),
        ("sendMessage", {"chat_id": 999, "text": "x"}, "chat not found"),
        ("sendMessage", {"chat_id": "ADA", "text": "x", "colour": 1}, 'unknown parameter "colour"'),
        ("sendMessage", {"chat_id": "ADA", "text": 5}, 'field "text" must be of type String'),
        ("sendMessage", {"chat_id": True, "text": "x"}, 'field "chat_id" must be of type'),
        ("sendMessage", {"chat_id": "ADA", "text": "x", "disable_notification": "yes"}, "must be of type Boolean"),
        ("sendMessage", {"chat_id": "ADA", "text": "😀" * 2049}, "message is too long"),
        ("sendMessage", {"chat_id": "ADA", "text": "a < b", "parse_mode": "HTML"}, "can't parse entities"),
        ("sendMessage", {"chat_id": "ADA", "text": "<b>x", "parse_mode": "HTML"}, "Can't find end tag"),
        ("sendMessage", {"chat_id": "ADA", "text": "<h1>x</h1>", "parse_mode": "HTML"}, 'Unsupported start tag "h1"'),
        ("sendMessage", {"chat_id": "ADA", "text": "x", "parse_mode": "BBCode"}, "unsupported parse_mode"),
        ("sendMessage", {"chat_id": "ADA", "text": "x", "reply_markup": "{"}, "can't parse reply keyboard markup"),
        ("sendMessage", {"chat_id": "ADA", "text": "x", "reply_parameters": {"message_id": 3}}, "replied not found"),
        ("sendVenue", {"chat_id": "ADA", "latitude": 1, "longitude": 1, "title": "x"}, '"address" is required'),
        ("sendLocation", {"chat_id": "ADA", "latitude": 91, "longitude": 1}, "BAD_GEO"),
        ("sendPhoto", {"chat_id": "ADA", "photo": "nonsense"}, "wrong remote file identifier"),
        ("sendPhoto", {"chat_id": "ADA", "photo": "attach://gone"}, "was not sent"),
        (
            "sendPhoto",
            {"chat_id": "ADA", "photo": "https://x.test/a.png", "caption": "x" * 1025},
            "caption is too long",
        ),
        ("sendMediaGroup", {"chat_id": "ADA", "media": []}, "2 to 10 items"),
        ("sendPoll", {"chat_id": "ADA", "question": "?", "options": []}, "not simulated"),
        ("setWebhook", {"url": "ftp://x"}, "bad webhook"),
        ("setWebhook", {"url": "https://x.test/", "secret_token": "a b"}, "unallowed characters"),
        ("setWebhook", {"url": "https://x.test/", "allowed_updates": ["mesage"]}, 'unknown update type "mesage"'),
    ],
)
async def test_bad_calls_are_refused_in_words(sim: Simulator, method: str, params: dict[str, Any], words: str) -> None:
    ada = sim.telegram.user("Ada")
    params = {key: ada.id if value == "ADA" else value for key, value in params.items()}
    status, body = await call(sim, method, **params)
    assert (status, body["ok"], body["error_code"]) == (400, False, 400)
    assert words in body["description"]
    assert sim.record.messages() == ()


@pytest.mark.parametrize(
    ("button", "words"),
    [
        ({"text": "x", "callback_data": "ü" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "callback_data": ""}, "BUTTON_DATA_INVALID"),
        ({"text": "x"}, "Text buttons are unallowed"),
        ({"text": "x", "callback_data": "a", "url": "https://x.test"}, "Exactly one"),
        ({"text": "x", "url": "no link"}, "Wrong HTTP URL"),
        ({"text": " ", "callback_data": "a"}, "must be non-empty"),
        ({"text": "x", "callback_data": "a", "shape": "round"}, "unknown field"),
        ({"callback_data": "a"}, "is required"),
    ],
)
async def test_bad_buttons_are_refused(sim: Simulator, button: dict[str, Any], words: str) -> None:
    ada = sim.telegram.user("Ada")
    status, body = await call(
        sim, "sendMessage", chat_id=ada.id, text="x", reply_markup={"inline_keyboard": [[button]]}
    )
    assert status == 400
    assert words in body["description"]


async def test_limits_count_utf16_after_parsing(sim: Simulator) -> None:
    ada = sim.telegram.user("Ada")
    status, _ = await call(sim, "sendMessage", chat_id=ada.id, text=f"<b>{'😀' * 2048}</b>", parse_mode="HTML")
    assert status == 200


async def test_strangers_unknown_methods_and_blocked_bots(sim: Simulator, client: telegram.Bot) -> None:
    assert (await call(sim, "getMe", "7000000002:" + "x" * 35))[0] == 401
    assert (await call(sim, "getMe", "nonsense"))[0] == 404
    assert await call(sim, "sendTelepathy") == (404, {"ok": False, "error_code": 404, "description": "Not Found"})
    with pytest.raises(InvalidToken):
        await telegram.Bot("7000000002:" + "x" * 35, base_url=f"{sim.telegram_url}/bot").get_me()
    ada = sim.telegram.user("Ada")
    ada.block()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await client.send_message(ada.id, "x")
    ada.unblock()
    await client.send_message(ada.id, "x")


async def test_form_bodies_are_read_like_json_bodies(sim: Simulator) -> None:
    ada = sim.telegram.user("Ada")
    form = {"chat_id": str(ada.id), "text": "x", "disable_notification": "true", "reply_markup": json.dumps({})}
    url = f"{sim.telegram_url}/bot{DEMO_TOKEN}/sendmessage"
    async with aiohttp.ClientSession() as session:
        async with session.post(url, data=form) as answer:
            assert "reply_markup" in (await answer.json())["description"]
        form["reply_markup"] = json.dumps({"inline_keyboard": [[{"text": "x", "callback_data": "y"}]]})
        async with session.post(url, data=form) as answer:
            assert (await answer.json())["result"]["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "y"
        async with session.post(url, data="{", headers={"Content-Type": "application/json"}) as answer:
            assert answer.status == 400


async def test_too_many_carries_the_seconds_to_wait(sim: Simulator, client: telegram.Bot) -> None:
    ada = sim.telegram.user("Ada")
    sim.faults.add(Fault(Kind.TOO_MANY, seconds=3, methods=frozenset({"sendMessage"}), times=1))
    with pytest.raises(RetryAfter) as refused:
        await client.send_message(ada.id, "x")
    assert refused.value.retry_after == 3
    await client.send_message(ada.id, "x")
    assert [(r.status, r.accepted, r.fault) for r in sim.record.calls(method="sendMessage")] == [
        (429, False, "429"),
        (200, True, None),
    ]


async def test_every_update_is_what_the_specification_says(sim: Simulator) -> None:
    ada = sim.telegram.user("Ada")
    await call(sim, "getUpdates", allowed_updates=["message", "edited_message", "message_reaction", "my_chat_member"])
    first = ada.say("/start see https://example.com and mail a@b.co")
    ada.say("again", reply_to=first["message_id"])
    ada.edit(first["message_id"], "changed")
    ada.send_photo(png(), caption="look")
    ada.send_document(b"x", name="a.pdf", mime="application/pdf")
    ada.send_voice(b"ogg")
    ada.send_location(1.0, 2.0)
    ada.send_contact("+1", "Bo")
    ada.react(first["message_id"], "👍")
    ada.block()
    for person in sim.telegram.group("Team", [ada], forum=True):
        person.say("hi @sim7000000001_bot", thread=5)
    _, body = await call(sim, "getUpdates")
    assert len(body["result"]) == 11
    for update in body["result"]:
        check_object("Update", update, "update")
    with pytest.raises(BotError, match="unknown field"):
        check_object("Update", {"update_id": 1, "massage": {}}, "update")


async def test_every_answer_is_what_the_specification_says(sim: Simulator) -> None:
    ada = sim.telegram.user("Ada")
    for method in ("getMe", "getWebhookInfo"):
        _, body = await call(sim, method)
        check_object(table()["methods"][method]["returns"][0], body["result"], method)
    _, body = await call(sim, "getChat", chat_id=ada.id)
    check_object("ChatFullInfo", body["result"], "getChat")
    _, body = await call(sim, "sendMessage", chat_id=ada.id, text="see https://example.com")
    check_object("Message", body["result"], "sendMessage")


def test_html_nests_and_keeps_what_is_no_reference() -> None:
    source = '<b>a <i>b</i></b> &lt;&copy; <pre><code class="language-py">x</code></pre><a href="https://e.test/?a=1&amp;b">l</a>'
    text, entities = parse_html(source)
    assert text == "a b <&copy; xl"
    assert {"type": "pre", "offset": 12, "length": 1, "language": "py"} in entities
    assert {"type": "text_link", "offset": 13, "length": 1, "url": "https://e.test/?a=1&b"} in entities
