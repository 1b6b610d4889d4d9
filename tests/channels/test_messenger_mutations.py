"""Junk in any place of any Messenger webhook never makes the parser raise, and its events always survive storage."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from adapters.messenger.inbound import parse, route
from hub.core.ids import AccountKey
from hub.core.messages import event_from_json, event_to_json

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
WHO = {"sender": {"id": "42", "user_ref": "U"}, "recipient": {"id": "7"}, "timestamp": 1_700_000_000_000}
SAID: list[dict[str, Any]] = [
    {"message": {"mid": "m", "text": "x", "quick_reply": {"payload": "p"}, "reply_to": {"mid": "n"}}},
    {"message": {"mid": "m", "text": "x", "commands": [{"name": "n"}], "referral": {"ref": "r"}}},
    {"message": {"mid": "m", "attachments": [
        {"type": "image", "payload": {"url": "u", "sticker_id": 1}},
        {"type": "location", "title": "t", "payload": {"coordinates": {"lat": 1.5, "long": 2.5}}},
        {"type": "fallback", "title": "t", "url": "u", "payload": None},
        {"type": "template", "payload": {"text": "t", "elements": [{"title": "a", "subtitle": "b"}],
                                         "product": {"elements": [{"title": "c"}]}}}]}},
    {"message": {"mid": "m", "is_echo": True, "app_id": 5, "metadata": "0199aabb-0000-7000-8000-00000000abcd:1"}},
    {"message": {"mid": "m", "is_deleted": True}},
    {"postback": {"mid": "m", "title": "t", "payload": "p", "referral": {"ref": "r"}}},
    {"message_edit": {"mid": "m", "text": "t", "num_edit": 1}},
    {"reaction": {"mid": "m", "action": "react", "reaction": "love", "emoji": "e"}},
    {"delivery": {"mids": ["m", "n"], "watermark": 1_700_000_000_000}},
    {"read": {"watermark": 1_700_000_000_000}},
    {"optin": {"ref": "r", "user_ref": "u"}, "prior_message": {"source": "s", "identifier": "i"}},
    {"pass_thread_control": {"new_owner_app_id": "1"}},
]  # fmt: skip
BODIES: list[dict[str, Any]] = [
    *({"object": "page", "entry": [{"id": "7", "time": 1, "messaging": [{**WHO, **said}]}]} for said in SAID),
    {"object": "page", "entry": [{"id": "7", "time": 1, "standby": [{**WHO, **SAID[0]}, {**WHO, **SAID[3]}]}]},
    {"object": "page", "entry": [{"id": "7", "time": 1, "changes": [{"field": "feed", "value": {"item": "c"}}]}]},
]  # fmt: skip
JUNK: list[Any] = [
    None, True, False, 0, -1, 10**30, -(10**18), 1.5, 1e300, "", "x", "9" * 3000, "\x00\ud800", [], {}, [[]], [None],
    {"id": "x"}, [{"id": []}], ["x", 1, {}],
]  # fmt: skip


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


def test_each_node_replaced_by_each_kind_of_junk():
    tried = 0
    for body in BODIES:
        for path in paths(body):
            for junk in JUNK:
                raw = json.dumps(replaced(body, path, junk)).encode()
                events = parse(raw, None, NOW)
                tried += 1
                assert events, (path, junk)
                assert len({event.platform_id for event in events}) == len(events)
                assert len(set(route(raw))) == len(route(raw))
                for event in events:
                    assert len(event.platform_id) < 1000 and len(event.thread) < 1000, (path, junk)
                    data = event_to_json(event)
                    stored = json.dumps(data, allow_nan=False)
                    assert all(storable(words) for words in strings(data)), (path, junk)
                    assert event_from_json(json.loads(stored)).platform_id == event.platform_id
                parse(raw, AccountKey("7#5"), NOW)
    assert tried > 4_000


def test_each_beginning_of_a_body():
    raw = json.dumps(BODIES[2]).encode()
    for end in range(0, len(raw), 3):
        assert parse(raw[:end], None, NOW)
