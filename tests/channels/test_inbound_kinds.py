"""What else the four platforms can send: one line a kind, written by hand after each platform's reference."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from adapters.messenger.inbound import parse as read_messenger
from adapters.slack.inbound import parse as read_slack
from adapters.telegram.inbound import parse as read_telegram
from adapters.whatsapp.inbound import parse as read_whatsapp
from hub.core.ids import AccountKey
from hub.core.messages import Choice, ContactCard, Event, FormReply, Location, Media, Part, Text, Unknown

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
AT = 1_760_000_000
ANNA = {"id": 42, "is_bot": False, "first_name": "Anna"}
CHAT = {"id": 42, "type": "private", "first_name": "Anna"}
GROUP = {"id": -100, "type": "supergroup", "title": "Buyers"}
PHOTO = [{"file_id": "P", "file_unique_id": "p", "width": 9, "height": 9}]
VIDEO = {"file_id": "V", "file_unique_id": "v", "width": 9, "height": 9, "duration": 2}
IMAGE = Media("image", ref="P", mime="image/jpeg")
Row = tuple[dict[str, Any], str, tuple[Part, ...] | str]


def telegram(update: dict[str, Any]) -> Event:
    (event,) = read_telegram(json.dumps({"update_id": 7, **update}).encode(), AccountKey("99@acme_bot"), NOW)
    return event


def sent(**content: Any) -> dict[str, Any]:
    return {"message": {"message_id": 3, "date": AT, "chat": CHAT, "from": ANNA, **content}}


def rich(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"rich_message": {"blocks": list(blocks)}}


CELL = {"align": "left", "valign": "top"}
TELEGRAM: list[Row] = [
    ({"poll": {"id": "1", "question": "When?", "options": [{"text": "Today"}, {"text": "Later"}]}},
     "message", (Text("When?\n- Today\n- Later"),)),
    ({"dice": {"emoji": "🎲", "value": 5}}, "message", (Text("🎲 5"),)),
    ({"game": {"title": "Chess", "description": "Play me", "photo": PHOTO}}, "message", (Text("Chess\nPlay me"),)),
    ({"invoice": {"title": "Tea", "description": "One box", "currency": "EUR", "total_amount": 950}},
     "message", (Text("Tea\nOne box"),)),
    ({"gift": {"gift": {"id": "g"}, "text": "thank you"}}, "message", (Text("thank you"),)),
    ({"users_shared": {"request_id": 1, "users": [{"user_id": 5, "first_name": "Bo"}]}},
     "message", (ContactCard("Bo"),)),
    ({"users_shared": {"request_id": 1, "users": [{"user_id": 5}]}}, "unknown", "users_shared"),
    ({"paid_media": {"star_count": 1, "paid_media": [{"type": "photo", "photo": PHOTO}, {"type": "preview"},
                                                     {"type": "video", "video": VIDEO}]}, "caption": "both"},
     "message", (Media("image", ref="P", mime="image/jpeg", caption="both"), Media("video", ref="V", duration=2.0))),
    ({"paid_media": {"star_count": 1, "paid_media": [{"type": "preview"}]}}, "unknown", "paid_media"),
    (rich({"type": "table", "cells": [[{"text": "Size", **CELL}, {"text": "Price", **CELL}],
                                      [{"text": "M", **CELL}, {"text": "9", **CELL}]]}),
     "message", (Text("Size  Price  \nM  9"),)),
    (rich({"type": "paragraph", "text": ["see ", {"type": "url", "text": "this", "url": "https://a.example/x"}]},
          {"type": "photo", "photo": PHOTO}, {"type": "map", "location": {"latitude": 1.5, "longitude": 2.5}}),
     "message", (Text("see this (https://a.example/x)"), IMAGE, Location(1.5, 2.5))),
    (rich({"type": "collage", "blocks": [{"type": "photo", "photo": PHOTO}]}), "message", (IMAGE,)),
    (rich({"type": "details", "summary": "More", "blocks": [{"type": "paragraph", "text": "inside"}]}),
     "message", (Text("More\ninside"),)),
    ({"story": {"chat": CHAT, "id": 5}}, "unknown", "story"),
    ({"giveaway": {"chats": [GROUP], "winner_count": 1}}, "unknown", "giveaway"),
    ({"suggested_post_declined": {"comment": "no"}}, "unknown", "suggested_post_declined"),
    ({"checklist_tasks_done": {"marked_as_done_task_ids": [1]}}, "unknown", "checklist_tasks_done"),
    ({"refunded_payment": {"currency": "XTR", "total_amount": 5}}, "unknown", "refunded_payment"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "type_", "parts"), TELEGRAM, ids=lambda v: next(iter(v), "") if v else "")
def test_a_telegram_message(content: dict[str, Any], type_: str, parts: tuple[Part, ...] | str):
    event = telegram(sent(**content))
    assert event.type == type_
    if isinstance(parts, str):
        assert isinstance(event.parts[0], Unknown) and event.parts[0].kind == parts and event.raw is not None
    else:
        assert event.parts == parts
    assert (event.thread, event.message_id, event.at.timestamp()) == ("42", "42:3", AT)
    assert event.sender.ids[0].value == "42"


def test_who_asks_to_join_a_telegram_group():
    event = telegram({"chat_join_request": {"chat": GROUP, "from": ANNA, "user_chat_id": 42, "date": AT}})
    assert (event.type, event.thread, event.direct, event.at.timestamp()) == ("member", "-100", False, AT)
    assert event.parts[0] == Unknown(
        "member", {"user": "42", "name": "Anna", "old": None, "new": "requested", "bot": False}
    )


def test_an_answer_to_a_message_of_another_telegram_chat():
    replied = {"origin": {"type": "user"}, "chat": GROUP, "message_id": 8}
    assert telegram(sent(text="this one", external_reply=replied)).reply_to == "-100:8"
    assert telegram(sent(text="this one", external_reply={"origin": {"type": "hidden_user"}})).reply_to is None


def test_no_kind_of_telegrams_own_specification_is_lost(fixtures: Path):
    """Every content of a message and every kind of update that the specification names arrives under its name."""
    from adapters.telegram.parts import ABOUT

    types = json.loads((fixtures / "specs" / "telegram-bot-api-10.1.json").read_text("utf-8"))["types"]
    content = [f["name"] for f in types["Message"]["fields"] if f["name"] not in ABOUT]
    assert len(content) > 60
    for name in content:
        if name in ("new_chat_members", "left_chat_member"):
            continue
        event = telegram(sent(**{name: {"odd": 1}}))
        assert isinstance(event.parts[0], Unknown) and event.parts[0].kind == name and event.raw, name
        assert (event.type, event.thread, event.sender.name) == ("unknown", "42", "Anna"), name
    for name in (f["name"] for f in types["Update"]["fields"] if f["name"] != "update_id"):
        event = telegram({name: {"odd": 1}})
        assert (event.type, event.platform_id, event.parts) == ("unknown", "7", (Unknown(name, {"odd": 1}),)), name
        assert event.raw == {"update_id": 7, name: {"odd": 1}}


def whatsapp(field: str = "messages", **value: Any) -> Event:
    told = {"metadata": {"display_phone_number": "15550001", "phone_number_id": "111"}, **value}
    body = {"entry": [{"id": "9", "time": AT, "changes": [{"field": field, "value": told}]}]}
    (event,) = read_whatsapp(json.dumps(body).encode(), AccountKey("111"), NOW)
    return event


def wrote(type_: str, **more: Any) -> dict[str, Any]:
    return {
        "contacts": [{"profile": {"name": "Anna"}, "wa_id": "4915", "user_id": "DE.7"}],
        "messages": [{"from": "4915", "id": "wamid.A", "timestamp": str(AT), "type": type_, **more}],
    }


def interactive(kind: str, **reply: Any) -> dict[str, Any]:
    return wrote("interactive", context={"id": "wamid.Q"}, interactive={"type": kind, kind: reply})


ADDRESS = {"saved_address_id": "a1", "values": {"city": "Bremen"}}
WHATSAPP: list[Row] = [
    (wrote("request_welcome"), "referral", "request_welcome"),
    (wrote("ephemeral"), "unknown", "ephemeral"),
    (wrote("unknown", errors=[{"code": 131051, "title": "x"}]), "unknown", "unknown"),
    (wrote("unsupported", errors=[{"code": 131051}], unsupported={"type": "poll"}), "unknown", "unsupported"),
    (interactive("nfm_reply", name="address_message", response_json=json.dumps(ADDRESS)),
     "message", (FormReply(ADDRESS, "address_message"),)),
    (interactive("call_permission_reply", response="accept"), "unknown", "call_permission_reply"),
    (interactive("list_reply", id="r1", title="One", description="d"), "choice", (Choice("r1", "One"),)),
    (wrote("button", button={"payload": "STOP", "text": "Stop"}), "choice", (Choice("STOP", "Stop"),)),
    (wrote("audio", audio={"id": "A", "mime_type": "audio/ogg", "voice": True}),
     "message", (Media("voice", ref="A", mime="audio/ogg"),)),
    (wrote("sticker", sticker={"id": "S", "mime_type": "image/webp", "animated": True}),
     "message", (Media("sticker", ref="S", mime="image/webp"),)),
    (wrote("text", text={"body": "Hi"}, referral={"source_type": "ad"}),
     "message", (Text("Hi"), Unknown("referral", {"source_type": "ad"}))),
]  # fmt: skip


@pytest.mark.parametrize(("value", "type_", "parts"), WHATSAPP, ids=lambda v: v if isinstance(v, str) else "")
def test_a_whatsapp_message(value: dict[str, Any], type_: str, parts: tuple[Part, ...] | str):
    event = whatsapp(**value)
    assert event.type == type_
    if isinstance(parts, str):
        assert isinstance(event.parts[0], Unknown) and event.parts[0].kind == parts and event.raw is not None
    else:
        assert event.parts == parts
    assert (event.platform_id, event.thread, event.at.timestamp()) == ("wamid.A", "DE.7", AT)
    assert event.sender.name == "Anna"


def test_whatsapp_news_that_nobody_must_answer():
    asked = {"type": "group_join_request_created", "group_id": "G1", "timestamp": str(AT)}
    assert whatsapp("group_participants_update", groups=[asked]).type == "member"
    overheard = whatsapp("standby", **wrote("text", text={"body": "not for us"}))
    assert (overheard.type, overheard.parts[0].type) == ("unknown", "unknown")
    paid = {"id": "wamid.P", "type": "payment", "status": "captured", "timestamp": str(AT), "recipient_id": "4915"}
    event = whatsapp(statuses=[paid])
    assert (event.type, event.target, event.status) == ("status", "wamid.P", None) and event.raw is not None
    for field in ("account_alerts", "flows", "message_template_quality_update", "messaging_handovers", "security"):
        news = whatsapp(field, event="SOMETHING")
        assert (news.type, news.raw and news.raw["field"]) == ("unknown", field)


def messenger(**said: Any) -> list[Event]:
    item = {"sender": {"id": "P1"}, "recipient": {"id": "PG"}, "timestamp": AT * 1000, **said}
    body = {"object": "page", "entry": [{"id": "PG", "time": AT * 1000, "messaging": [item]}]}
    return list(read_messenger(json.dumps(body).encode(), AccountKey("PG"), NOW))


def attached(kind: str, **payload: Any) -> dict[str, Any]:
    return {"message": {"mid": "m1", "attachments": [{"type": kind, "payload": payload}]}}


CSAT = {"feedback_screens": [{"screen_id": 0, "questions": {"q1": {
    "type": "csat", "payload": "4", "follow_up": {"type": "free_form", "payload": "quick"}}}}]}  # fmt: skip
MESSENGER: list[Row] = [
    (attached("story_mention", url="https://c.example/s"), "message", (Media("image", ref="https://c.example/s"),)),
    (attached("ig_reel", url="https://c.example/r", reel_video_id=1, title="T"),
     "message", (Media("video", ref="https://c.example/r", name="T"),)),
    (attached("file", url="https://c.example/a.pdf"), "message", (Media("document", ref="https://c.example/a.pdf"),)),
    (attached("share", url="https://c.example/p", title="A post"), "message", (Text("A post\nhttps://c.example/p"),)),
    (attached("location", coordinates={"lat": 1.5, "long": 2.5}), "message", (Location(1.5, 2.5),)),
    (attached("unsupported_type"), "unknown", "unsupported_type"),
    ({"message": {"mid": "m1", "text": "nice", "reply_to": {"story": {"id": "9", "url": "https://c.example/s"}}}},
     "message", (Text("nice"), Unknown("story_reply", {"id": "9", "url": "https://c.example/s"}))),
    ({"messaging_feedback": CSAT}, "message",
     (FormReply({"q1": "4", "q1.follow_up": "quick"}, "messaging_feedback"),)),
    ({"messaging_feedback": {"feedback_screens": []}}, "unknown", "messaging_feedback"),
    ({"policy_enforcement": {"action": "block", "reason": "spam"}}, "unknown", "policy_enforcement"),
    ({"pass_thread_control": {"new_owner_app_id": "1"}}, "unknown", "pass_thread_control"),
    ({"app_roles": {"1": ["primary_receiver"]}}, "unknown", "app_roles"),
    ({"optin": {"type": "notification_messages", "notification_messages_token": "t"}}, "referral", "optin"),
    ({"read": {"mid": "m9"}}, "read", ()),
    ({"message": {"mid": "m1", "is_unsupported": True}}, "unknown", "is_unsupported"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "type_", "parts"), MESSENGER, ids=lambda v: v if isinstance(v, str) else "")
def test_a_messenger_event(said: dict[str, Any], type_: str, parts: tuple[Part, ...] | str):
    (event,) = messenger(**said)
    assert event.type == type_
    if isinstance(parts, str):
        assert isinstance(event.parts[0], Unknown) and event.parts[0].kind == parts
        assert event.raw is not None or type_ == "referral"
    else:
        assert event.parts == parts
    assert (event.thread, event.account, event.at.timestamp()) == ("P1", "PG", AT)


def test_what_instagram_saw_names_the_message():
    (event,) = messenger(read={"mid": "m9"})
    assert (event.target, event.status) == ("m9", "read")


def slack(body: dict[str, Any], *, as_form: bool = True) -> Event:
    raw = urlencode({"payload": json.dumps(body)}) if as_form else json.dumps(body)
    (event,) = read_slack(raw.encode(), AccountKey("A1:T1"), NOW)
    return event


def acted(**action: Any) -> dict[str, Any]:
    return {
        "type": "block_actions", "api_app_id": "A1", "team": {"id": "T1"}, "user": {"id": "U1", "team_id": "T1"},
        "channel": {"id": "D1"}, "container": {"message_ts": "1760000000.000100", "channel_id": "D1"},
        "actions": [{"action_id": "a", "block_id": "b", "action_ts": "1760000001.000000", **action}],
    }  # fmt: skip


RICH = {"type": "rich_text", "elements": [
    {"type": "rich_text_section", "elements": [{"type": "text", "text": "two words"}]}]}  # fmt: skip
PICKED: list[tuple[dict[str, Any], str]] = [
    ({"type": "button", "value": "v"}, "v"),
    ({"type": "static_select", "selected_option": {"value": "s", "text": {"text": "S"}}}, "s"),
    ({"type": "multi_static_select", "selected_options": [{"value": "x"}, {"value": "y"}]}, "x,y"),
    ({"type": "overflow", "selected_option": {"value": "o"}}, "o"),
    ({"type": "radio_buttons", "selected_option": {"value": "r"}}, "r"),
    ({"type": "checkboxes", "selected_options": []}, "a"),
    ({"type": "users_select", "selected_user": "U9"}, "U9"),
    ({"type": "multi_users_select", "selected_users": ["U8", "U9"]}, "U8,U9"),
    ({"type": "multi_channels_select", "selected_channels": ["C8"]}, "C8"),
    ({"type": "multi_conversations_select", "selected_conversations": ["C8", "D9"]}, "C8,D9"),
    ({"type": "datepicker", "selected_date": "2026-11-20"}, "2026-11-20"),
    ({"type": "timepicker", "selected_time": "09:30"}, "09:30"),
    ({"type": "datetimepicker", "selected_date_time": AT}, "2025-10-09T08:53:20+00:00"),
    ({"type": "plain_text_input", "value": "typed"}, "typed"),
    ({"type": "number_input", "value": "12"}, "12"),
    ({"type": "rich_text_input", "rich_text_value": RICH}, "two words"),
    ({"type": "file_input", "files": [{"id": "F1"}]}, "F1"),
    ({"type": "feedback_buttons", "value": "good"}, "good"),
]


@pytest.mark.parametrize(("action", "picked"), PICKED, ids=lambda v: v["type"] if isinstance(v, dict) else "")
def test_what_was_picked_in_slack(action: dict[str, Any], picked: str):
    event = slack(acted(**action))
    assert (event.type, event.thread, event.target) == ("choice", "D1", "D1:1760000000.000100")
    assert isinstance(event.parts[0], Choice) and event.parts[0].id == picked
    assert event.at.timestamp() == 1_760_000_001


def test_a_slack_form_keeps_every_kind_of_field():
    fields = {f"b{i}": {f"f{i}": dict(action)} for i, (action, _) in enumerate(PICKED)}
    view = {"callback_id": "cb", "id": "V1", "state": {"values": fields}, "app_installed_team_id": "T1"}
    event = slack({"type": "view_submission", "team": {"id": "T1"}, "api_app_id": "A1", "user": {"id": "U1"},
                   "view": view})  # fmt: skip
    (part,) = event.parts
    assert isinstance(part, FormReply) and part.id == "cb"
    assert (part.values["f7"], part.values["f12"], part.values["f15"]) == (
        ["U8", "U9"], "2025-10-09T08:53:20+00:00", "two words",
    )  # fmt: skip


KEPT = ("app_home_opened", "assistant_thread_started", "assistant_thread_context_changed", "link_shared",
        "app_uninstalled", "tokens_revoked", "channel_created", "channel_rename", "team_join", "file_shared",
        "pin_added", "app_requested", "function_executed", "message_metadata_posted")  # fmt: skip


@pytest.mark.parametrize("kind", KEPT)
def test_slack_events_without_use_are_kept_whole(kind: str):
    told = {"type": kind, "user": "U1", "channel": "C1", "event_ts": "1760000000.000200"}
    body = {"type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event_id": "Ev1", "event": told}
    event = slack(body, as_form=False)
    assert (event.type, event.platform_id, event.thread, event.raw) == ("unknown", "Ev1", "C1", body)
    assert event.parts == (Unknown(kind, told),)
    assert event.sender.ids[0].value == "T1:U1"


@pytest.mark.parametrize(
    "subtype", ["channel_topic", "channel_name", "channel_archive", "reminder_add", "huddle_thread"]
)
def test_slack_posts_that_nobody_said(subtype: str):
    told = {"type": "message", "subtype": subtype, "user": "U1", "channel": "C1", "ts": "1760000000.000200",
            "text": "did something"}  # fmt: skip
    body = {"type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event_id": "Ev1", "event": told}
    event = slack(body, as_form=False)
    assert (event.type, event.thread) == ("unknown", "C1")
    assert event.parts == (Unknown(subtype, told),)


def test_slack_says_that_it_drops_events():
    body = {"type": "app_rate_limited", "team_id": "T1", "api_app_id": "A1", "minute_rate_limited": 1}
    event = slack(body, as_form=False)
    assert (event.type, event.parts[0].type, event.raw) == ("unknown", "unknown", body)
