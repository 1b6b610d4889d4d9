"""Junk in any place of any of Slack's bodies never makes the parser raise, and its events always survive storage."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from adapters.slack.inbound import parse, route
from hub.core.ids import AccountKey
from hub.core.messages import event_from_json, event_to_json

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TS = "1760000000.000100"
FILE = {
    "id": "F1",
    "name": "n",
    "mimetype": "image/png",
    "size": 3,
    "url_private": "https://files.slack.com/a",
    "mode": "hosted",
    "duration_ms": 1,
    "is_external": False,
}
POST = {
    "type": "message",
    "user": "U1",
    "channel": "C1",
    "channel_type": "channel",
    "ts": TS,
    "thread_ts": TS,
    "text": "<@UBOT> hi <https://a.example|x>",
    "files": [FILE],
    "edited": {"user": "U1", "ts": TS},
    "parent_user_id": "UBOT",
    "blocks": [
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [{"type": "user", "user_id": "UBOT"}, {"type": "text", "text": "x"}],
                }
            ],
        }
    ],
    "attachments": [{"text": "t", "fallback": "f"}],
    "metadata": {"event_type": "switchboard_message", "event_payload": {"key": "k"}},
    "bot_profile": {},
    "user_profile": {"real_name": "Ada"},
}
BEFORE = {
    "type": "message",
    "user": "U1",
    "ts": TS,
    "thread_ts": TS,
    "text": "<@UBOT> hi",
    "app_id": "A1",
    "team": "T1",
}
ITEM = {"type": "message", "channel": "C1", "ts": TS}
EVENTS: list[dict[str, Any]] = [
    POST,
    {**POST, "text": ""},
    {**POST, "bot_id": "B1", "app_id": "A1", "bot_profile": {"id": "B1", "app_id": "A1", "name": "b"}},
    {
        "type": "message",
        "subtype": "message_changed",
        "channel": "C1",
        "ts": TS,
        "message": POST,
        "previous_message": BEFORE,
    },
    {
        "type": "message",
        "subtype": "message_deleted",
        "channel": "C1",
        "ts": TS,
        "deleted_ts": TS,
        "previous_message": BEFORE,
    },
    {"type": "reaction_added", "user": "U1", "reaction": "wave", "item": ITEM, "event_ts": TS},
    {"type": "member_joined_channel", "user": "U1", "channel": "C1", "event_ts": TS},
    {"type": "pin_added", "user": "U1", "channel_id": "C1", "event_ts": TS},
]
ENVELOPE = {
    "type": "event_callback",
    "team_id": "T1",
    "enterprise_id": "E1",
    "api_app_id": "A1",
    "event_id": "Ev1",
    "event_time": 1,
    "authorizations": [
        {"enterprise_id": "E1", "team_id": "T1", "user_id": "UBOT", "is_bot": True, "is_enterprise_install": True}
    ],
}
WHO = {
    "user": {"id": "U1", "name": "a"},
    "api_app_id": "A1",
    "team": {"id": "T1"},
    "enterprise": {"id": "E1"},
    "trigger_id": "1.2",
}
INTERACTIONS: list[dict[str, Any]] = [
    {
        "type": "block_actions",
        **WHO,
        "container": {"message_ts": TS, "channel_id": "C1", "thread_ts": TS},
        "channel": {"id": "C1"},
        "message": BEFORE,
        "actions": [
            {"type": "button", "action_id": "a", "value": "v", "text": {"text": "t"}, "action_ts": TS},
            {"selected_option": {"value": "v", "text": {"text": "t"}}},
            {"selected_options": [{"value": "v", "text": "t"}]},
            {"selected_date": "d"},
        ],
    },
    {
        "type": "view_submission",
        **WHO,
        "view": {
            "callback_id": "c",
            "app_installed_team_id": "T1",
            "state": {
                "values": {
                    "b": {
                        "a": {"value": "x"},
                        "m": {"selected_options": [{"value": "x"}]},
                        "o": {"selected_option": {"value": "x"}},
                    }
                }
            },
        },
    },
    {
        "type": "dialog_submission",
        **WHO,
        "channel": {"id": "D1"},
        "submission": {"a": "b"},
        "callback_id": "c",
        "action_ts": TS,
    },
    {"type": "message_action", **WHO, "channel": {"id": "C1"}, "message": BEFORE, "message_ts": TS, "callback_id": "c"},
    {
        "type": "interactive_message",
        **WHO,
        "channel": {"id": "C1"},
        "message_ts": TS,
        "original_message": BEFORE,
        "actions": [{"name": "n", "value": "v"}],
        "action_ts": TS,
    },
]
COMMAND = {
    "command": "/a",
    "text": "b",
    "user_id": "U1",
    "channel_id": "C1",
    "team_id": "T1",
    "api_app_id": "A1",
    "trigger_id": "1",
}
JUNK: list[Any] = [
    None,
    True,
    0,
    -1,
    10**30,
    1e300,
    "",
    "x",
    "9" * 400,
    "\x00\ud800",
    "9999999999999.1",
    "1.1",
    [],
    {},
    [[]],
    [None],
    {"id": "x"},
    ["x", 1, {}],
]


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths(item, (*at, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from paths(item, (*at, index))


def replaced(value: Any, path: tuple[Any, ...], junk: Any) -> Any:
    if not path:
        return junk
    result = copy.copy(value)
    result[path[0]] = replaced(value[path[0]], path[1:], junk)
    return result


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(item)


def storable(words: str) -> bool:
    return "\x00" not in words and not any("\ud800" <= c <= "\udfff" for c in words)


def held(raw: bytes, where: Any) -> None:
    accounts = list(route(raw))
    assert len(set(accounts)) == len(accounts), where
    events = parse(raw, None, NOW)
    assert events, where
    for event in events:
        data = event_to_json(event)
        stored = json.dumps(data, allow_nan=False)
        assert all(storable(words) for words in strings(data)), where
        assert event_from_json(json.loads(stored)).platform_id == event.platform_id
    parse(raw, AccountKey("A1:T1"), NOW)


def test_each_node_replaced_by_each_kind_of_junk():
    tried = 0
    for event in EVENTS:
        body = {**ENVELOPE, "event": event}
        for path in paths(body):
            for junk in JUNK:
                held(json.dumps(replaced(body, path, junk)).encode(), (path, junk))
                tried += 1
    for body in INTERACTIONS:
        for path in paths(body):
            for junk in JUNK:
                payload = json.dumps(replaced(body, path, junk))
                held(urlencode({"payload": payload}).encode(), (path, junk))
                tried += 1
    assert tried > 4_000


def test_each_field_of_a_command_and_each_beginning_of_a_body():
    tried = 0
    for name in COMMAND:
        for junk in ("", "\x00", "%", "9" * 400, "\ufffd", "a&b=c"):
            held(urlencode({**COMMAND, name: junk}).encode(), (name, junk))
            tried += 1
    for raw in (
        json.dumps({**ENVELOPE, "event": POST}).encode(),
        urlencode({"payload": json.dumps(INTERACTIONS[0])}).encode(),
    ):
        for end in range(0, len(raw), 3):
            held(raw[:end], end)
            tried += 1
    assert tried > 300
    held(b"command=%00%ed%a0%80&user_id=U1&channel_id=C1", "surrogate")
    held(b"&".join(b"a%d=1" % n for n in range(5000)), "many fields")
