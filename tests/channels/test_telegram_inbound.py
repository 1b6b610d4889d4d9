"""Every kind of Telegram update becomes the event it means."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.telegram.inbound import parse
from hub.core.ids import AccountKey
from hub.core.messages import Alias, Choice, ContactCard, Event, EventType, Location, Media, Reaction, Text, Unknown

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SENT = datetime(2026, 11, 19, 8, 30, tzinfo=UTC)
ANNA = {"id": 42, "is_bot": False, "first_name": "Anna", "last_name": "Berg", "language_code": "de"}
PRIVATE = {"id": 42, "type": "private", "first_name": "Anna"}
GROUP = {"id": -1001234, "type": "supergroup", "title": "Customers"}
BOT = {"id": 99, "is_bot": True, "first_name": "Acme", "username": "acme_bot"}
ACCOUNT = AccountKey("99@acme_bot")


def read(update: dict[str, Any], account: str | None = ACCOUNT) -> list[Event]:
    raw = json.dumps({"update_id": 500, **update}).encode()
    return list(parse(raw, AccountKey(account) if account else None, NOW))


def message(chat: dict[str, Any] = PRIVATE, **content: Any) -> dict[str, Any]:
    return {"message_id": 11, "date": int(SENT.timestamp()), "chat": chat, "from": ANNA, **content}


def one(update: dict[str, Any], account: str | None = ACCOUNT) -> Event:
    (event,) = read(update, account)
    return event


def test_text_keeps_who_when_where_and_what():
    event = one({"message": message(text="Grüße 👋")})
    assert event.type is EventType.MESSAGE
    assert event.parts == (Text("Grüße 👋"),)
    assert event.at == SENT
    assert event.sender.ids == (Alias("telegram.user", "42"),)
    assert (event.sender.name, event.sender.locale, event.sender.is_bot) == ("Anna Berg", "de", False)
    assert (event.thread, event.message_id, event.platform_id, event.order) == ("42", "42:11", "500", 500.0)
    assert (event.account, event.direct, event.raw) == ("99", True, None)


def test_bots_are_flagged():
    assert one({"message": {**message(GROUP, text="beep"), "from": BOT}}).sender.is_bot


def test_hidden_link_is_not_lost():
    entity = {"type": "text_link", "offset": 0, "length": 4, "url": "https://shop.example/order/7"}
    assert one({"message": message(text="this", entities=[entity])}).parts == (
        Text("this"),
        Text("https://shop.example/order/7"),
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            {"photo": [{"file_id": "L", "width": 90, "height": 90, "file_size": 9}, {"file_id": "S", "width": 9}]},
            Media("image", ref="L", mime="image/jpeg", size=9, caption="see"),
        ),
        (
            {"voice": {"file_id": "V", "duration": 3, "mime_type": "audio/ogg", "file_size": 5}},
            Media("voice", ref="V", mime="audio/ogg", size=5, duration=3.0, caption="see"),
        ),
        (
            {"audio": {"file_id": "A", "duration": 60, "mime_type": "audio/mpeg", "file_name": "a.mp3"}},
            Media("audio", ref="A", mime="audio/mpeg", name="a.mp3", duration=60.0, caption="see"),
        ),
        (
            {"video": {"file_id": "C", "duration": 2, "mime_type": "video/mp4"}},
            Media("video", ref="C", mime="video/mp4", duration=2.0, caption="see"),
        ),
        (
            {"document": {"file_id": "D", "file_name": "Rechnung.pdf", "mime_type": "application/pdf", "file_size": 7}},
            Media("document", ref="D", mime="application/pdf", name="Rechnung.pdf", size=7, caption="see"),
        ),
        (
            {"animation": {"file_id": "G", "duration": 1}, "document": {"file_id": "G"}},
            Media("animation", ref="G", mime="video/mp4", duration=1.0, caption="see"),
        ),
    ],
)  # fmt: skip
def test_media_with_caption(content: dict[str, Any], expected: Media):
    assert one({"message": message(caption="see", **content)}).parts == (expected,)


def test_round_video_and_stickers():
    assert one({"message": message(video_note={"file_id": "N", "duration": 4})}).parts == (
        Media("video", ref="N", mime="video/mp4", duration=4.0),
    )
    sticker = {"file_id": "T", "is_animated": False, "is_video": True, "emoji": "😀"}
    assert one({"message": message(sticker=sticker)}).parts == (
        Media("sticker", ref="T", mime="video/webm", caption="😀"),
    )


def test_location_venue_and_contact():
    spot = {"latitude": 52.5, "longitude": 13.4}
    assert one({"message": message(location=spot)}).parts == (Location(52.5, 13.4),)
    venue = {"location": spot, "title": "Shop", "address": "Street 1"}
    assert one({"message": message(venue=venue, location=spot)}).parts == (Location(52.5, 13.4, "Shop", "Street 1"),)
    contact = {"phone_number": "+4930123", "first_name": "Bo", "last_name": "Ek"}
    assert one({"message": message(contact=contact)}).parts == (ContactCard("Bo Ek", ("+4930123",)),)


@pytest.mark.parametrize("kind", ["poll", "dice", "game", "invoice", "story", "pinned_message", "successful_payment"])
def test_content_without_words_is_kept_as_unknown(kind: str):
    event = one({"message": message(**{kind: {"value": 6}})})
    assert event.type is EventType.UNKNOWN
    assert event.parts == (Unknown(kind, {"value": 6}),)
    assert event.raw is not None and event.raw["message"][kind] == {"value": 6}
    assert (event.thread, event.message_id) == ("42", "42:11")


def test_rich_message_and_checklist_become_words():
    blocks = [
        {"type": "paragraph", "text": ["Hello ", {"type": "bold", "text": "you"}]},
        {"type": "list", "items": [{"label": "1.", "blocks": [{"type": "paragraph", "text": "first"}]}]},
    ]
    assert one({"message": message(rich_message={"blocks": blocks})}).parts == (Text("Hello you\n1. first"),)
    tasks = [{"id": 1, "text": "pay"}, {"id": 2, "text": "ship"}]
    assert one({"message": message(checklist={"title": "Order", "tasks": tasks})}).parts == (
        Text("Order\n- pay\n- ship"),
    )


def test_command_with_and_without_entities():
    assert one({"message": message(text="/start deep-link")}).type is EventType.COMMAND
    assert one({"message": message(text="/etc/passwd is a file")}).type is EventType.MESSAGE
    assert one({"message": message(text="and/or")}).type is EventType.MESSAGE


def test_reply_names_the_message():
    event = one({"message": message(text="yes", reply_to_message=message(text="?") | {"message_id": 5})})
    assert event.reply_to == "42:5"


def test_topic_is_a_thread_of_its_own_but_a_group_reply_is_not():
    topic = message(GROUP, text="hi", message_thread_id=77, is_topic_message=True)
    topic["reply_to_message"] = {"message_id": 77, "chat": GROUP, "date": 1}
    event = one({"message": topic})
    assert (event.thread, event.reply_to, event.direct) == ("-1001234:77", None, False)
    assert one({"message": message(GROUP, text="hi", message_thread_id=77)}).thread == "-1001234"


@pytest.mark.parametrize(
    ("content", "account", "mentioned"),
    [
        ({"text": "hello all"}, ACCOUNT, False),
        ({"text": "@acme_bot hi", "entities": [{"type": "mention", "offset": 0, "length": 9}]}, ACCOUNT, True),
        ({"text": "👋👋 @Acme_Bot", "entities": [{"type": "mention", "offset": 5, "length": 9}]}, ACCOUNT, True),
        ({"text": "@other_bot hi", "entities": [{"type": "mention", "offset": 0, "length": 10}]}, ACCOUNT, False),
        ({"text": "@other_bot hi", "entities": [{"type": "mention", "offset": 0, "length": 10}]}, "99", True),
        ({"text": "@anna hi", "entities": [{"type": "mention", "offset": 0, "length": 5}]}, None, False),
        ({"text": "Acme", "entities": [{"type": "text_mention", "offset": 0, "length": 4, "user": BOT}]}, "99", True),
        ({"text": "/help@acme_bot"}, ACCOUNT, True),
        ({"text": "/help@other_bot"}, ACCOUNT, False),
        ({"text": "/help"}, ACCOUNT, True),
        ({"text": "ok", "reply_to_message": {"message_id": 3, "from": BOT}}, "99", True),
        ({"text": "ok", "reply_to_message": {"message_id": 3, "from": ANNA}}, "99", False),
        ({"text": "ok", "reply_to_message": {"message_id": 3, "from": {**BOT, "id": 98}}}, "99", False),
        ({"text": "ok", "reply_to_message": {"message_id": 3, "from": BOT}}, None, True),
        ({"caption": "@acme_bot", "photo": [{"file_id": "p"}],
          "caption_entities": [{"type": "mention", "offset": 0, "length": 9}]}, ACCOUNT, True),
    ],
)  # fmt: skip
def test_mention_in_a_group(content: dict[str, Any], account: str | None, mentioned: bool):
    assert one({"message": message(GROUP, **content)}, account).mentioned is mentioned


def test_edit_targets_the_message_and_has_the_time_of_the_edit():
    later = int(SENT.timestamp()) + 60
    event = one({"edited_message": message(text="new words", edit_date=later)})
    assert (event.type, event.target, event.parts) == (EventType.EDIT, "42:11", (Text("new words"),))
    assert event.at.timestamp() == later


def test_tap_is_a_choice_with_its_title():
    keyboard = {"inline_keyboard": [[{"text": "Other", "callback_data": "o"}, {"text": "Yes", "callback_data": "y"}]]}
    asked = {**message(GROUP, text="?", reply_markup=keyboard), "from": BOT}
    event = one({"callback_query": {"id": "cb1", "from": ANNA, "message": asked, "data": "y", "chat_instance": "1"}})
    assert event.type is EventType.CHOICE
    assert event.parts == (Choice("y", "Yes"),)
    assert (event.callback, event.target, event.thread, event.at) == ("cb1", "-1001234:11", "-1001234", NOW)
    assert event.sender.ids == (Alias("telegram.user", "42"),)
    assert event.mentioned and not event.direct


def test_reaction_added_changed_and_removed():
    thumb, heart = {"type": "emoji", "emoji": "👍"}, {"type": "emoji", "emoji": "❤"}
    about = {"chat": PRIVATE, "message_id": 8, "user": ANNA, "date": int(SENT.timestamp())}
    event = one({"message_reaction": {**about, "old_reaction": [], "new_reaction": [thumb]}})
    assert (event.type, event.target, event.parts, event.at) == (
        EventType.REACTION, "42:8", (Reaction("👍"),), SENT,
    )  # fmt: skip
    changed = read({"message_reaction": {**about, "old_reaction": [thumb], "new_reaction": [heart]}})
    assert [e.parts for e in changed] == [(Reaction("👍", removed=True),), (Reaction("❤"),)]
    assert [e.platform_id for e in changed] == ["500", "500:1"]


def test_members_come_and_go():
    blocked = {
        "chat": PRIVATE, "from": ANNA, "date": int(SENT.timestamp()),
        "old_chat_member": {"status": "member", "user": BOT}, "new_chat_member": {"status": "kicked", "user": BOT},
    }  # fmt: skip
    event = one({"my_chat_member": blocked})
    assert event.type is EventType.MEMBER
    assert event.parts == (
        Unknown("member", {"user": "99", "name": "Acme", "old": "member", "new": "kicked", "bot": True}),
    )
    joined = read({"message": message(GROUP, new_chat_members=[ANNA, {"id": 43, "first_name": "Cem"}])})
    assert [e.type for e in joined] == [EventType.MEMBER] * 2
    assert [e.parts[0].raw["user"] for e in joined if isinstance(e.parts[0], Unknown)] == ["42", "43"]


def test_business_customer_colleague_and_own_echo():
    chat = {"business_connection_id": "bc_1"}
    customer = one({"business_message": message(text="hi", **chat)})
    assert (customer.type, customer.thread) == (EventType.MESSAGE, "42~bc_1")
    owner = {"id": 7, "is_bot": False, "first_name": "Owner"}
    by_hand = one({"business_message": {**message(text="hello", **chat), "from": owner}})
    assert (by_hand.type, by_hand.ours, by_hand.parts) == (EventType.ECHO, False, (Text("hello"),))
    by_us = one({"business_message": {**message(text="hello", **chat), "from": owner, "sender_business_bot": BOT}})
    assert (by_us.type, by_us.ours) == (EventType.ECHO, True)
    gone = read({"deleted_business_messages": {**chat, "chat": PRIVATE, "message_ids": [3, 4]}})
    assert [(e.type, e.target) for e in gone] == [(EventType.DELETE, "42:3"), (EventType.DELETE, "42:4")]


def test_channel_post_and_anonymous_administrator_speak_as_the_chat():
    channel = {"id": -1009, "type": "channel", "title": "News"}
    post = one({"channel_post": {"message_id": 2, "date": 1, "chat": channel, "sender_chat": channel, "text": "x"}})
    assert (post.type, post.sender.ids, post.sender.name) == (
        EventType.MESSAGE, (Alias("telegram.chat", "-1009"),), "News",
    )  # fmt: skip
    stand_in = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    admin = one({"message": {**message(GROUP, text="x"), "from": stand_in, "sender_chat": GROUP}})
    assert (admin.sender.ids, admin.sender.is_bot) == ((Alias("telegram.chat", "-1001234"),), False)


@pytest.mark.parametrize(
    "kind", ["inline_query", "chosen_inline_result", "poll_answer", "shipping_query", "future_kind"]
)
def test_updates_without_use_are_kept_whole(kind: str):
    event = one({kind: {"id": "1", "from": ANNA}})
    assert event.type is EventType.UNKNOWN
    assert event.parts == (Unknown(kind, {"id": "1", "from": ANNA}),)
    assert event.raw == {"update_id": 500, kind: {"id": "1", "from": ANNA}}
    assert event.platform_id == "500"


@pytest.mark.parametrize(
    "raw",
    [b"", b"\xff\xfe", b"null", b"[]", b"{}", b'"x"', b"[" * 200_000, b"9" * 10_000, b'{"update_id": NaN}',
     b'{"update_id": 1e999, "message": {}}', b'{"message": {"chat": {"id": 1}, "message_id": 2}}', b"\x00"],
)  # fmt: skip
def test_any_bytes_give_an_event_with_a_stable_key(raw: bytes):
    first, again = parse(raw, None, NOW), parse(raw, None, NOW)
    assert len(first) == 1 and first[0].type is EventType.UNKNOWN
    assert first[0].platform_id == again[0].platform_id != ""


def test_what_a_database_refuses_is_replaced():
    raw = b'{"update_id": 1, "message": {"message_id": 2, "date": 5, "chat": {"id": 3}, "text": "a\\u0000b\\ud83dc"}}'
    assert parse(raw, None, NOW)[0].parts == (Text("a\ufffdb\ufffdc"),)
