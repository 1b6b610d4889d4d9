"""Each kind of Slack's events, interactions and commands, from payloads written by hand after docs.slack.dev."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from adapters.slack.inbound import parse, route
from adapters.slack.words import plain
from hub.core.ids import AccountKey
from hub.core.messages import Choice, Event, FormReply, Media, Part, Reaction, Text

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
US = AccountKey("A1:T1")
TS = "1760000000.000100"
BOT = {"bot_id": "B1", "app_id": "A1", "user": "UBOT"}


def event_body(event: Mapping[str, Any], **more: Any) -> bytes:
    body = {
        "type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event_id": "Ev1", "event_time": 1760000000,
        "authorizations": [{"enterprise_id": None, "team_id": "T1", "user_id": "UBOT", "is_bot": True,
                            "is_enterprise_install": False}],
        "event": event, **more,
    }  # fmt: skip
    return json.dumps(body).encode()


def post(**more: Any) -> dict[str, Any]:
    return {"type": "message", "user": "U1", "channel": "D1", "channel_type": "im", "ts": TS, "text": "hi", **more}


def form(payload: Mapping[str, Any]) -> bytes:
    return urlencode({"payload": json.dumps(payload)}).encode()


def only(raw: bytes, account: AccountKey | None = US) -> Event:
    (event,) = parse(raw, account, NOW)
    return event


def test_a_direct_message():
    event = only(event_body(post()))
    assert (event.type, event.platform_id, event.message_id, event.thread) == ("message", f"D1:{TS}", f"D1:{TS}", "D1")
    assert (event.direct, event.mentioned, event.at.timestamp(), event.order) == (
        True,
        False,
        1760000000.0001,
        float(TS),
    )
    assert [(a.kind, a.value) for a in event.sender.ids] == [("slack.user", "T1:U1")]


def test_one_post_told_twice_has_one_key():
    words = "<@UBOT> where is it?"
    heard = [
        post(channel="C1", channel_type="channel", text=words),
        post(channel="C1", channel_type=None, type="app_mention", text=words),
    ]
    first, second = (only(event_body(told, event_id=f"Ev{n}")) for n, told in enumerate(heard))
    assert first.platform_id == second.platform_id == f"C1:{TS}"
    for event in (first, second):
        assert (event.parts, event.mentioned, event.direct) == ((Text("where is it?"),), True, False)
        assert event.thread == f"C1:{TS}"  # the bot answers in a thread under the post


def test_threads_are_conversations_of_their_own():
    reply = post(channel="C1", channel_type="channel", ts="1760000001.000200", thread_ts=TS, parent_user_id="UBOT")
    event = only(event_body(reply))
    assert (event.thread, event.reply_to, event.mentioned) == (f"C1:{TS}", f"C1:{TS}", True)
    assert event.threaded and not only(event_body(post(channel="C1", channel_type="channel"))).threaded
    assert only(event_body({**reply, "parent_user_id": "U2"})).mentioned is False
    assert only(event_body(post(channel="C1", channel_type="channel"))).thread == "C1"
    assert only(event_body(post(thread_ts=TS, ts="1760000001.000200"))).thread == f"D1:{TS}"


def test_a_group_message_and_the_same_person_in_two_workspaces():
    event = only(event_body(post(channel="G1", channel_type="mpim")))
    assert not event.direct
    other = only(event_body(post()).replace(b'"T1"', b'"T2"'), AccountKey("A1:T2"))
    assert event.sender.ids[0] != other.sender.ids[0]


def test_own_posts_are_echoes_with_their_key():
    key = {"event_type": "switchboard_message", "event_payload": {"key": "row-1", "part": 0}}
    event = only(event_body(post(**BOT, metadata=key)))
    assert (event.type, event.ours, event.row_key) == ("echo", True, "row-1")
    by_user = only(event_body(post(bot_id="B1", user="UBOT")))
    assert (by_user.type, by_user.ours) == ("echo", True)
    edited = {"type": "message", "subtype": "message_changed", "channel": "D1", "ts": "1760000009.000001",
              "message": post(**BOT, text="new"), "previous_message": post(**BOT)}  # fmt: skip
    assert (only(event_body(edited)).type, only(event_body(edited)).ours) == ("echo", True)


@pytest.mark.parametrize(
    "wrote",
    [
        {"bot_id": "B2", "app_id": "A2", "user": "U2"},
        {"bot_id": "B2", "subtype": "bot_message", "user": None},
        {"bot_profile": {"id": "B2", "app_id": "A2"}},
        {"user": "USLACKBOT"},
    ],
)  # fmt: skip
def test_other_bots_speak_as_bots(wrote: dict[str, Any]):
    event = only(event_body(post(**wrote)))
    assert (event.type, event.sender.is_bot, event.ours) == ("message", True, False)


def test_files_of_every_sort():
    files = [
        {"id": "F1", "name": "a.pdf", "mimetype": "application/pdf", "size": 3,
         "url_private_download": "https://files.slack.com/a"},
        {"id": "F2", "mimetype": "audio/webm", "subtype": "slack_audio", "duration_ms": 2500,
         "url_private": "https://files.slack.com/b"},
        {"id": "F3", "file_access": "check_file_info"},
        {"id": "F4", "mode": "tombstone"},
        {"id": "F5", "is_external": True, "mimetype": "text/plain", "url_private": "https://docs.example/d",
         "title": "Doc"},
    ]  # fmt: skip
    event = only(event_body(post(subtype="file_share", files=files, text="")))
    assert event.parts == (
        Media("document", ref="https://files.slack.com/a", mime="application/pdf", name="a.pdf", size=3),
        Media("voice", ref="https://files.slack.com/b", mime="audio/webm", duration=2.5),
        Media("document", ref="F3"),
        Media("document", error="This file was deleted."),
        Media("document", url="https://docs.example/d", mime="text/plain", name="Doc"),
    )


def test_edits_and_what_only_looks_like_one():
    def changed(after: dict[str, Any], before: dict[str, Any]) -> Event:
        told = {"type": "message", "subtype": "message_changed", "channel": "D1", "ts": "1760000009.000001"}
        return only(event_body({**told, "channel_type": "im", "message": after, "previous_message": before}))

    edit = changed(post(text="new", edited={"user": "U1", "ts": "1760000008.000000"}), post())
    assert (edit.type, edit.target, edit.parts, edit.platform_id) == ("edit", f"D1:{TS}", (Text("new"),), "Ev1")
    assert (edit.at.timestamp(), edit.direct, edit.thread) == (1760000008, True, "D1")
    assert changed(post(reply_count=1), post()).type == "unknown"
    gone = changed(post(subtype="tombstone", text="This message was deleted."), post())
    assert (gone.type, gone.target) == ("delete", f"D1:{TS}")


def test_deletions_reactions_and_members():
    told = {
        "type": "message",
        "subtype": "message_deleted",
        "channel": "D1",
        "deleted_ts": TS,
        "previous_message": post(),
    }
    gone = only(event_body({**told, "ts": "1760000009.000001"}))
    assert (gone.type, gone.target, gone.sender.ids[0].value) == ("delete", f"D1:{TS}", "T1:U1")
    item = {"type": "message", "channel": "C1", "ts": TS}
    for kind, name, part in [
        ("reaction_added", "+1", Reaction("\U0001f44d")),
        ("reaction_removed", "wave::skin-tone-3", Reaction("\U0001f44b", removed=True)),
        ("reaction_added", "party_parrot", Reaction(":party_parrot:")),
    ]:
        event = only(event_body({"type": kind, "user": "U1", "reaction": name, "item": item, "event_ts": TS}))
        assert (event.type, event.target, event.parts) == ("reaction", f"C1:{TS}", (part,))
    joined = only(event_body({"type": "member_joined_channel", "user": "UBOT", "channel": "C1", "event_ts": TS}))
    assert joined.type == "member" and joined.parts[0].raw["bot"] is True  # type: ignore[union-attr]  # a member's part is Unknown


TAPPED: dict[str, Any] = {
    "type": "block_actions", "user": {"id": "U1", "name": "ada"}, "api_app_id": "A1", "team": {"id": "T1"},
    "container": {"type": "message", "message_ts": TS, "channel_id": "C1", "thread_ts": "1759999999.000001"},
    "channel": {"id": "C1", "name": "help"}, "trigger_id": "1.2.x",
    "actions": [{"type": "button", "action_id": "choice_0", "value": "yes", "action_ts": "1760000005.000001",
                 "text": {"type": "plain_text", "text": "A &amp; B"}}],
}  # fmt: skip


def test_a_tap_on_a_button():
    assert list(route(form(TAPPED))) == [US]
    event = only(form(TAPPED))
    assert (event.type, event.parts, event.target) == ("choice", (Choice("yes", "A & B"),), f"C1:{TS}")
    assert (event.thread, event.mentioned, event.sender.name) == ("C1:1759999999.000001", True, "ada")
    assert event.platform_id == only(form({**TAPPED, "trigger_id": "2.3.y"})).platform_id
    (action,) = TAPPED["actions"]
    later = [{**action, "action_ts": "1760000006.000001"}]
    assert event.platform_id != only(form({**TAPPED, "actions": later})).platform_id


@pytest.mark.parametrize(
    ("action", "part"),
    [
        ({"type": "static_select", "selected_option": {"text": {"text": "Blue"}, "value": "b"}}, Choice("b", "Blue")),
        (
            {"type": "checkboxes", "selected_options": [{"text": {"text": "X"}, "value": "x"}, {"value": "y"}]},
            Choice("x,y", "X"),
        ),
        ({"type": "datepicker", "selected_date": "2026-01-02"}, Choice("2026-01-02")),
        ({"type": "button", "action_id": "bare"}, Choice("bare")),
    ],
)  # fmt: skip
def test_other_things_to_take(action: dict[str, Any], part: Part):
    assert only(form({**TAPPED, "actions": [action]})).parts == (part,)


def test_a_link_button_says_nothing():
    opened = {**TAPPED, "actions": [{"type": "button", "action_id": "link_0", "url": "https://a.example"}]}
    assert only(form(opened)).type == "unknown"


def test_a_tap_by_a_guest_is_the_hosts():
    message = {"ts": TS, "app_id": "A1", "team": "T1"}
    assert list(route(form({**TAPPED, "team": {"id": "T9"}, "message": message}))) == [US]
    assert only(form({**TAPPED, "team": {"id": "T9"}, "message": message})).type == "choice"


def test_forms_shortcuts_and_commands():
    values = {"b1": {"name": {"type": "plain_text_input", "value": "Ada"}},
              "b2": {"size": {"type": "static_select", "selected_option": {"value": "m"}},
                     "tags": {"type": "checkboxes", "selected_options": [{"value": "a"}]}}}  # fmt: skip
    view = {"id": "V1", "callback_id": "order", "state": {"values": values}, "app_installed_team_id": "T1"}
    sent = {"type": "view_submission", "user": {"id": "U1"}, "api_app_id": "A1", "team": {"id": "T1"}, "view": view}
    event = only(form({**sent, "trigger_id": "1.2.x"}))
    assert (event.type, event.thread, event.direct) == ("message", "U1", True)
    assert event.parts == (FormReply({"name": "Ada", "size": "m", "tags": ["a"]}, "order"),)
    command = {"command": "/ask", "text": "when?", "user_id": "U1", "channel_id": "C1", "team_id": "T1",
               "api_app_id": "A1", "trigger_id": "1.2.x", "is_enterprise_install": "false"}  # fmt: skip
    event = only(urlencode(command).encode())
    assert (event.type, event.parts, event.thread) == ("command", (Text("/ask when?"),), "C1")
    grid = {**command, "is_enterprise_install": "true", "enterprise_id": "E1"}
    assert list(route(urlencode(grid).encode())) == ["A1:E1"]


def test_what_is_for_others_or_for_nobody():
    assert parse(event_body(post()), AccountKey("A1:T2"), NOW) == []
    assert parse(event_body(post()), AccountKey("A2:T1"), NOW) == []
    assert only(b"\xff\x00").raw == {"body": "\ufffd\ufffd"}
    assert only(b"ssl_check=1&token=x").type == "unknown"
    assert only(event_body({"type": "team_join", "user": {"id": "U1"}})).type == "unknown"
    assert only(event_body(post(subtype="channel_topic"))).type == "unknown"


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("a &lt;b&gt; &amp;amp;", "a <b> &amp;"),
        ("<https://a.example/x|the docs> and <https://b.example>", "the docs (https://a.example/x) and https://b.example"),
        ("<@U2|ben> <@U3> <#C1|general> <!here> <!subteam^S1|@team>", "@ben @U3 #general @here @team"),
        ("<mailto:a@b.example|a@b.example> <tel:+1|+1>", "a@b.example +1"),
        ("<@UBOT>, hello", "hello"),
        ("<@UBOT>", "@UBOT"),
        ("hello <@UBOT>", "hello @UBOT"),
    ],
)  # fmt: skip
def test_words_as_their_reader_sees_them(said: str, read: str):
    assert plain(said, "UBOT") == read


def test_words_that_stand_in_blocks_or_attachments_alone():
    section = {"type": "rich_text_section", "elements": [
        {"type": "user", "user_id": "UBOT"}, {"type": "text", "text": " see "},
        {"type": "link", "url": "https://a.example"}, {"type": "emoji", "name": "wave"}]}  # fmt: skip
    blocks = [{"type": "rich_text", "elements": [section]}]
    event = only(event_body(post(channel="C1", channel_type="channel", text="", blocks=blocks)))
    assert (event.parts, event.mentioned) == ((Text("see https://a.example:wave:"),), True)
    quoted = only(event_body(post(text="", attachments=[{"pretext": "Fwd", "text": "body", "fallback": "no"}])))
    assert quoted.parts == (Text("Fwd\nbody"),)


def test_the_bots_name_is_taken_from_a_mention_when_nothing_else_tells_it():
    raw = event_body(post(type="app_mention", channel="C1", channel_type=None, text="<@UOTHER> hi"), authorizations=[])
    assert only(raw).parts == (Text("hi"),)
