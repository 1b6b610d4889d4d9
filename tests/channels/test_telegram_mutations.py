"""Junk in any place of any update never makes the parser raise, and its events always survive storage."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from adapters.telegram.inbound import parse
from hub.core.ids import AccountKey
from hub.core.messages import event_from_json, event_to_json

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
USER = {"id": 42, "is_bot": False, "first_name": "Anna", "username": "anna", "language_code": "de"}
CHAT = {"id": -100, "type": "supergroup", "title": "G"}
FILE = {"file_id": "F", "file_size": 3, "width": 1, "height": 1, "mime_type": "a/b", "duration": 1, "file_name": "n"}
MESSAGE = {
    "message_id": 5, "date": 1700000000, "edit_date": 1700000001, "chat": CHAT, "from": USER, "text": "/go@acme_bot x",
    "entities": [{"type": "mention", "offset": 3, "length": 9}, {"type": "text_link", "offset": 0, "length": 1,
                 "url": "https://a.example"}, {"type": "text_mention", "offset": 0, "length": 2, "user": USER}],
    "message_thread_id": 3, "is_topic_message": True, "direct_messages_topic": {"topic_id": 4},
    "reply_to_message": {"message_id": 4, "chat": CHAT, "from": USER}, "sender_chat": CHAT,
    "reply_markup": {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]},
}  # fmt: skip
CONTENT: list[dict[str, Any]] = [
    {"photo": [FILE, FILE], "caption": "c", "caption_entities": [{"type": "mention", "offset": 0, "length": 1}]},
    *({kind: FILE} for kind in ("voice", "audio", "video", "video_note", "animation", "document", "sticker")),
    {"venue": {"location": {"latitude": 1.5, "longitude": 2.5}, "title": "t", "address": "a"}},
    {"contact": {"phone_number": "+1", "first_name": "B"}},
    {"rich_message": {"blocks": [{"type": "paragraph", "text": ["a", {"type": "bold", "text": "b"}]}]}},
    {"checklist": {"title": "t", "tasks": [{"id": 1, "text": "x"}]}},
    {"new_chat_members": [USER], "left_chat_member": USER},
    {"poll": {"id": "1"}},
]
UPDATES: list[dict[str, Any]] = [
    {"update_id": 9, "message": MESSAGE},
    {"update_id": 9, "edited_message": MESSAGE},
    {"update_id": 9, "business_message": {**MESSAGE, "business_connection_id": "b", "sender_business_bot": USER}},
    *({"update_id": 9, "message": {"message_id": 5, "date": 1, "chat": CHAT, "from": USER, **c}} for c in CONTENT),
    {"update_id": 9, "callback_query": {"id": "1", "from": USER, "message": MESSAGE, "data": "y"}},
    {"update_id": 9, "message_reaction": {"chat": CHAT, "message_id": 1, "user": USER, "date": 1,
     "old_reaction": [{"type": "emoji", "emoji": "a"}], "new_reaction": [{"type": "paid"}]}},
    {"update_id": 9, "my_chat_member": {"chat": CHAT, "from": USER, "date": 1,
     "old_chat_member": {"status": "a", "user": USER}, "new_chat_member": {"status": "b", "user": USER}}},
    {"update_id": 9, "deleted_business_messages": {"business_connection_id": "b", "chat": CHAT, "message_ids": [1]}},
    {"update_id": 9, "inline_query": {"id": "1", "from": USER, "query": "q"}},
]  # fmt: skip
JUNK: list[Any] = [
    None, True, False, 0, -1, 10**30, -(10**18), 1.5, 1e300, "", "x", "9" * 400, "\x00\ud800", [], {}, [[]], [None],
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
    for update in UPDATES:
        for path in paths(update):
            for junk in JUNK:
                raw = json.dumps(replaced(update, path, junk)).encode()
                events = parse(raw, AccountKey("99@acme_bot"), NOW)
                tried += 1
                assert events, (path, junk)
                for event in events:
                    data = event_to_json(event)
                    stored = json.dumps(data, allow_nan=False)
                    assert all(storable(words) for words in strings(data)), (path, junk)
                    assert event_from_json(json.loads(stored)).platform_id == event.platform_id
    assert tried > 5_000


def test_each_beginning_of_a_body():
    raw = json.dumps(UPDATES[0]).encode()
    for end in range(0, len(raw), 3):
        assert parse(raw[:end], None, NOW)
