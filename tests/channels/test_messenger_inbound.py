"""What each kind of Messenger webhook means, told by payloads of our own."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.messenger.inbound import parse, route
from hub.core.ids import AccountKey
from hub.core.messages import (
    Alias,
    Choice,
    Event,
    EventType,
    Location,
    Media,
    MessageStatus,
    Reaction,
    Text,
    Unknown,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PAGE, ADA, APP = "1234567890", "6543210987", "777000777"
SENT_MS = 1_795_000_000_123
SENT = datetime.fromtimestamp(SENT_MS / 1000, UTC)
KEY = "0199aabb-0000-7000-8000-00000000abcd"


def body(*items: dict[str, Any], field: str = "messaging", page: str = PAGE) -> bytes:
    return json.dumps({"object": "page", "entry": [{"id": page, "time": SENT_MS, field: list(items)}]}).encode()


def item(**said: Any) -> dict[str, Any]:
    return {"sender": {"id": ADA}, "recipient": {"id": PAGE}, "timestamp": SENT_MS, **said}


def echo(**said: Any) -> dict[str, Any]:
    back = {"sender": {"id": PAGE}, "recipient": {"id": ADA}, "timestamp": SENT_MS}
    return {**back, "message": {"mid": "m_echo", "is_echo": True, **said}}


def one(raw: bytes, account: str | None = PAGE) -> Event:
    (event,) = parse(raw, AccountKey(account) if account else None, NOW)
    return event


def test_a_text_says_who_when_where_and_to_what_it_replies():
    event = one(body(item(message={"mid": "m_1", "text": "Hallo \U0001f44b", "reply_to": {"mid": "m_0"}})))
    assert (event.type, event.platform_id, event.message_id, event.reply_to) == ("message", "m_1", "m_1", "m_0")
    assert (event.account, event.thread, event.at, event.direct) == (PAGE, ADA, SENT, True)
    assert event.sender.ids == (Alias("messenger.psid", f"{PAGE}:{ADA}"),)
    assert event.parts == (Text("Hallo \U0001f44b"),)
    assert event.order == SENT_MS


def test_the_same_person_id_on_two_pages_is_two_people():
    here, there = (
        one(body(item(message={"mid": "a", "text": "x"}))),
        one(body(item(message={"mid": "a", "text": "x"}), page="99"), "99"),
    )
    assert here.sender.ids != there.sender.ids


@pytest.mark.parametrize(
    ("attachment", "part"),
    [
        ({"type": "image", "payload": {"url": "https://x.fbcdn.net/a"}}, Media("image", ref="https://x.fbcdn.net/a")),
        ({"type": "audio", "payload": {"url": "https://x.fbcdn.net/b"}}, Media("audio", ref="https://x.fbcdn.net/b")),
        ({"type": "video", "payload": {"url": "https://x.fbcdn.net/c"}}, Media("video", ref="https://x.fbcdn.net/c")),
        ({"type": "file", "payload": {"url": "https://x.fbsbx.com/d"}}, Media("document", ref="https://x.fbsbx.com/d")),
        (
            {"type": "image", "payload": {"url": "https://x.fbcdn.net/like", "sticker_id": 369239263222822}},
            Media("sticker", ref="https://x.fbcdn.net/like"),
        ),
        (
            {"type": "location", "title": "Home", "payload": {"coordinates": {"lat": 52.5, "long": 13.4}}},
            Location(52.5, 13.4, name="Home"),
        ),
        (
            {"type": "fallback", "title": "A page", "url": "https://shop.example/p", "payload": None},
            Text("A page\nhttps://shop.example/p"),
        ),
        (
            {"type": "template", "payload": {"product": {"elements": [{"title": "Lamp", "subtitle": "$20"}]}}},
            Text("Lamp\n$20"),
        ),
        ({"type": "hologram", "payload": {"x": 1}}, Unknown("hologram", {"type": "hologram", "payload": {"x": 1}})),
    ],
)  # fmt: skip
def test_attachments(attachment: dict[str, Any], part: Any):
    event = one(body(item(message={"mid": "m_1", "text": "see", "attachments": [attachment]})))
    assert (event.type, event.parts) == ("message", (Text("see"), part))


def test_a_shared_link_that_the_text_names_is_not_said_twice():
    link = {"type": "fallback", "title": "https://a.example/x", "url": "https://a.example/x"}
    event = one(body(item(message={"mid": "m_1", "text": "https://a.example/x", "attachments": [link]})))
    assert event.parts == (Text("https://a.example/x"),)


def test_quick_replies_and_postbacks_are_choices():
    quick = one(body(item(message={"mid": "m_1", "text": "Yes", "quick_reply": {"payload": "opt-yes"}})))
    assert (quick.type, quick.platform_id, quick.parts) == ("choice", "m_1", (Choice("opt-yes", "Yes"),))
    tapped = one(body(item(postback={"mid": "m_2", "title": "Track it", "payload": "track"})))
    assert (tapped.type, tapped.platform_id, tapped.parts) == ("choice", "m_2", (Choice("track", "Track it"),))
    old = item(postback={"title": "Start", "payload": "GO"})
    assert one(body(old)).platform_id == one(body(old)).platform_id != one(body({**old, "timestamp": 1})).platform_id


def test_the_door_through_which_somebody_came():
    opened, came = parse(body(item(postback={"mid": "m", "title": "Get", "payload": "G", "referral": {"ref": "ad7"}})),
                         AccountKey(PAGE), NOW)  # fmt: skip
    assert (opened.type, came.type) == ("choice", "referral")
    assert came.parts == (Unknown("referral", {"ref": "ad7"}),)
    assert one(body(item(referral={"ref": "r", "source": "SHORTLINK"}))).type == "referral"
    plugin = {"recipient": {"id": PAGE}, "timestamp": SENT_MS, "optin": {"ref": "box", "user_ref": "U1"}}
    known = one(body(plugin))
    assert (known.type, known.thread) == ("referral", "ref:U1")
    assert known.sender.ids == (Alias("messenger.user_ref", f"{PAGE}:U1"),)
    later = item(message={"mid": "m", "text": "hi"}, prior_message={"source": "checkbox_plugin", "identifier": "U1"})
    assert known.sender.ids[0] in one(body(later)).sender.ids


def test_edits_deletions_and_reactions_name_their_message():
    edited = one(body(item(message_edit={"mid": "m_1", "text": "first", "num_edit": "2"})))
    assert (edited.type, edited.target, edited.parts) == ("edit", "m_1", (Text("first"),))
    gone = one(body(item(message={"mid": "m_1", "is_deleted": True})))
    assert (gone.type, gone.target) == ("delete", "m_1")
    loved = {"mid": "m_1", "action": "react", "reaction": "love", "emoji": "\u2764"}
    first = one(body(item(reaction=loved)))
    assert (first.type, first.target, first.parts) == ("reaction", "m_1", (Reaction("\u2764"),))
    back = one(body(item(reaction={"mid": "m_1", "action": "unreact", "reaction": "love", "emoji": "\u2764"})))
    assert back.parts == (Reaction("\u2764", removed=True),)
    assert len({edited.platform_id, gone.platform_id, first.platform_id, back.platform_id}) == 4


def test_receipts_by_message_and_by_moment():
    raw = body(item(delivery={"mids": ["m_1", "m_2"], "watermark": SENT_MS}))
    told = parse(raw, AccountKey(PAGE), NOW)
    assert [(e.type, e.target, e.status) for e in told] == [
        (EventType.STATUS, "m_1", MessageStatus.DELIVERED),
        (EventType.STATUS, "m_2", MessageStatus.DELIVERED),
    ]
    until = one(body(item(delivery={"watermark": SENT_MS})))
    assert (until.type, until.target, until.status, until.at) == ("status", None, "delivered", SENT)
    seen = one(body({**item(read={"watermark": SENT_MS}), "timestamp": SENT_MS + 5}))
    assert (seen.type, seen.status, seen.at, seen.thread) == ("read", "read", SENT, ADA)


def test_echoes_are_ours_by_row_key_or_app_and_otherwise_a_person():
    ours = one(body(echo(text="Hi", app_id=1, metadata=f"{KEY}:2")))
    assert (ours.type, ours.ours, ours.row_key, ours.status) == ("echo", True, f"{KEY}:2", "sent")
    assert (ours.thread, ours.message_id) == (ADA, "m_echo")
    app = one(body(echo(text="Hi", app_id=int(APP))), f"{PAGE}#{APP}")
    assert (app.account, app.ours, app.row_key) == (PAGE, True, None)
    for account, said in (
        (PAGE, {"app_id": int(APP)}),
        (f"{PAGE}#{APP}", {"app_id": 263902037430900}),
        (f"{PAGE}#{APP}", {}),
        (PAGE, {"metadata": "something of another program"}),
    ):
        person = one(body(echo(text="I take over", **said)), account)
        assert (person.type, person.ours, person.row_key, person.thread) == ("echo", False, None, ADA)
        assert person.parts == (Text("I take over"),)
        assert not person.sender.ids


def test_standby_is_kept_and_never_spoken_to():
    heard = one(body(item(message={"mid": "m_1", "text": "hello"}), field="standby"))
    assert (heard.type, heard.thread) == ("unknown", ADA)
    assert heard.parts[0].kind == "standby.message" and heard.raw is not None
    assert heard.platform_id != one(body(item(message={"mid": "m_1", "text": "hello"}))).platform_id
    assert one(body(echo(text="x"), field="standby")).type == "unknown"
    settled = one(body(echo(text="x", metadata=KEY), field="standby"))
    assert (settled.type, settled.ours, settled.row_key) == ("echo", True, KEY)


@pytest.mark.parametrize(
    "kind", ["pass_thread_control", "take_thread_control", "account_linking", "policy_enforcement", "novelty"]
)
def test_what_the_hub_does_not_use_is_kept_whole(kind: str):
    told = item(**{kind: {"previous_owner_app_id": "1", "metadata": "m"}})
    event = one(body(told))
    assert (event.type, event.parts[0].kind, event.raw) == ("unknown", kind, told)


def test_page_changes_are_kept_and_dated_in_seconds():
    raw = json.dumps({"object": "page", "entry": [{"id": PAGE, "time": 1_795_000_000, "changes": [
        {"field": "feed", "value": {"item": "comment", "message": "Nice"}}]}]}).encode()  # fmt: skip
    event = one(raw)
    assert (event.type, event.parts) == ("unknown", (Unknown("page.feed", {"item": "comment", "message": "Nice"}),))
    assert event.at == datetime.fromtimestamp(1_795_000_000, UTC)


def test_every_entry_and_item_of_a_batch_and_one_page_alone():
    entries = [
        {
            "id": page,
            "time": SENT_MS,
            "messaging": [item(message={"mid": f"m_{page}_{n}", "text": str(n)}) for n in (1, 2)],
        }
        for page in (PAGE, "99", PAGE)
    ]
    entries[2]["messaging"] = [item(message={"mid": "m_last", "text": "3"})]
    raw = json.dumps({"object": "page", "entry": entries}).encode()
    assert route(raw) == (PAGE, "99")
    assert len(parse(raw, None, NOW)) == 5
    assert [e.parts for e in parse(raw, AccountKey(PAGE), NOW)] == [(Text("1"),), (Text("2"),), (Text("3"),)]
    assert [e.account for e in parse(raw, AccountKey("99#5"), NOW)] == ["99", "99"]
    twice = json.dumps({"entry": [entries[2], entries[2]]}).encode()
    assert len(parse(twice, None, NOW)) == 1


def test_a_command_and_an_unsupported_message():
    command = one(body(item(message={"mid": "m", "text": "/orders", "commands": [{"name": "orders"}]})))
    assert (command.type, command.parts) == ("command", (Text("/orders"),))
    odd = one(body(item(message={"mid": "m", "is_unsupported": True})))
    assert (odd.type, odd.parts[0].kind) == ("unknown", "is_unsupported")
