"""Slack's webhooks as events. Pure and total: any bytes give events, none raise.

A post is keyed ``channel:ts``, so that the ``message`` and the ``app_mention`` which Slack sends for one post count
once; every other event by its ``event_id``, interactions by who acted when (Slack does not repeat those). In a
channel, a post that names the bot opens a thread of its own: the answer goes there, and so do the replies.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from adapters.payloads import body_id, kept, mapping, moment, text
from adapters.slack import interaction
from adapters.slack.body import is_about, read_body, routed
from adapters.slack.emoji import emoji_of
from adapters.slack.keys import Place, is_direct, is_ts, message_key
from adapters.slack.parts import parts_of
from adapters.slack.received import Received, seconds_of
from adapters.slack.words import mentions
from hub.core.ids import AccountKey, PlatformId, ThreadKey
from hub.core.messages import Event, EventType, Part, Reaction, Sender, Unknown

METADATA_TYPE = "switchboard_message"
"""Marks our posts; its payload carries the delivery's key."""

_MENTION = re.compile(r"\s*<@([A-Z0-9]{1,32})[>|]")
_TALK = frozenset({None, "file_share", "thread_broadcast", "me_message", "bot_message", "assistant_app_thread"})
_JOINED = {"channel_join": "member", "group_join": "member", "channel_leave": "left", "group_leave": "left"}


def route(raw: bytes) -> Sequence[AccountKey]:
    """The installations a body is for, each once. Total."""
    body = read_body(raw)
    return routed(body) if body is not None else ()


def parse(raw: bytes, account: AccountKey | None, now: datetime) -> Sequence[Event]:
    """Every event in the body; none where it is for other accounts than ``account``."""
    body = read_body(raw)
    if body is None:
        nothing = Received({}, account or AccountKey(""), now, PlatformId(body_id(raw)))
        return [nothing.event(EventType.UNKNOWN, parts=(Unknown("not_json"),), raw=kept(raw))]
    if account is not None and not is_about(body, account):
        return []
    event = mapping(body.get("event"))
    key = text(body.get("event_id")) or body_id(raw)
    known = account or next(iter(routed(body)), AccountKey(""))
    received = Received(body, known, now, PlatformId(key))
    if body.get("type") == "event_callback":
        reader = _READERS.get(text(event.get("type")) or "")
        events = reader(received, event) if reader else []
    else:
        events = interaction.read(received)
    return events or [_unknown(received, event)]


def _message(received: Received, event: Mapping[str, Any]) -> list[Event]:
    subtype = event.get("subtype")
    if subtype == "message_changed":
        return _changed(received, event)
    if subtype == "message_deleted":
        return _deleted(received, event)
    if isinstance(subtype, str) and subtype in _JOINED:
        return _member(received, event, _JOINED[subtype])
    channel = text(event.get("channel"))
    if (subtype is not None and not isinstance(subtype, str)) or subtype not in _TALK or channel is None:
        return []
    received = replace(received, named=_addressed(received, event))
    parts = parts_of(event, received.bot)
    if all(isinstance(part, Unknown) for part in parts):
        return []
    said = _said(received, event, channel, next((ts for ts in _stamps(event) if is_ts(ts)), None))
    if received.is_own(event):
        return [received.event(EventType.ECHO, parts=parts, ours=True, row_key=_row_key(event), **said)]
    return [received.event(EventType.MESSAGE, parts=parts, **said)]


def _stamps(event: Mapping[str, Any]) -> tuple[str | None, ...]:
    return text(event.get("ts")), text(event.get("event_ts"))


def _addressed(received: Received, event: Mapping[str, Any]) -> str | None:
    """The bot's user where the body does not name it: an ``app_mention`` begins with it."""
    if received.bot is not None or event.get("type") != "app_mention":
        return received.bot
    found = _MENTION.match(text(event.get("text")) or "")
    return found[1] if found else None


def _said(received: Received, event: Mapping[str, Any], channel: str, ts: str | None) -> dict[str, Any]:
    direct = is_direct(channel, text(event.get("channel_type")))
    mentioned = event.get("type") == "app_mention" or mentions(event, received.bot) or _answers_us(received, event)
    place = _place(channel, ts, event.get("thread_ts"), opens=mentioned and not direct)
    replied = text(event.get("thread_ts"))
    return {
        "key": message_key(channel, ts) if ts else None,
        "at": moment(seconds_of(ts)),
        "order": seconds_of(ts) or 0.0,
        "sender": received.sender(event.get("user"), event),
        "thread": place.key(),
        "message_id": message_key(channel, ts) if ts else None,
        "reply_to": message_key(channel, replied) if replied and replied != ts and is_ts(replied) else None,
        "mentioned": mentioned and not received.is_own(event),
        "direct": direct,
        "threaded": place.thread_ts is not None and not direct,
    }


def _place(channel: str, ts: str | None, thread_ts: Any, *, opens: bool) -> Place:
    root = thread_ts if isinstance(thread_ts, str) and is_ts(thread_ts) else None
    return Place(channel, root or (ts if opens else None))


def _answers_us(received: Received, event: Mapping[str, Any]) -> bool:
    parent = text(event.get("parent_user_id")) or text(mapping(event.get("root")).get("user"))
    return parent is not None and parent == received.bot


def _row_key(event: Mapping[str, Any]) -> str | None:
    metadata = mapping(event.get("metadata"))
    if metadata.get("event_type") != METADATA_TYPE:
        return None
    return text(mapping(metadata.get("event_payload")).get("key"))


def _changed(received: Received, event: Mapping[str, Any]) -> list[Event]:
    """An edit. Slack also tells so when it adds a preview or counts replies; then nothing was said anew."""
    channel, message = text(event.get("channel")), mapping(event.get("message"))
    before = mapping(event.get("previous_message"))
    ts = next((ts for part in (message, before) if is_ts(ts := text(part.get("ts")))), None)
    if channel is None or ts is None:
        return []
    if message.get("subtype") == "tombstone":
        return _deleted(received, {**event, "deleted_ts": ts})
    own = received.is_own(message)
    edited = mapping(message.get("edited"))
    same = message.get("text") == before.get("text") and message.get("files") == before.get("files")
    if not own and before and same and not edited:
        return []
    said = {**_said(received, message, channel, ts), "key": received.key, "message_id": None}
    said["direct"] = is_direct(channel, text(event.get("channel_type")))
    said["sender"] = received.sender(edited.get("user") or message.get("user"), message)
    told = text(event.get("event_ts")) or text(event.get("ts"))
    said["at"] = moment(seconds_of(edited.get("ts"))) or moment(seconds_of(told))
    said["order"] = seconds_of(told) or said["order"]
    parts = parts_of(message, received.bot)
    if own:
        return [received.event(EventType.ECHO, parts=parts, target=message_key(channel, ts), ours=True, **said)]
    return [received.event(EventType.EDIT, parts=parts, target=message_key(channel, ts), **said)]


def _deleted(received: Received, event: Mapping[str, Any]) -> list[Event]:
    channel, before = text(event.get("channel")), mapping(event.get("previous_message"))
    ts = next((ts for ts in (text(event.get("deleted_ts")), text(before.get("ts"))) if is_ts(ts)), None)
    if channel is None or ts is None:
        return []
    told = text(event.get("event_ts")) or text(event.get("ts"))
    return [
        received.event(
            EventType.DELETE,
            at=moment(seconds_of(told)),
            order=seconds_of(told) or 0.0,
            sender=received.sender(before.get("user"), before),
            thread=_place(channel, ts, before.get("thread_ts"), opens=mentions(before, received.bot)).key(),
            target=message_key(channel, ts),
            direct=is_direct(channel, text(event.get("channel_type"))),
            ours=received.is_own(before),
        )
    ]


def _reaction(received: Received, event: Mapping[str, Any]) -> list[Event]:
    item, name = mapping(event.get("item")), text(event.get("reaction"))
    channel, ts = text(item.get("channel")), text(item.get("ts"))
    if channel is None or ts is None or not is_ts(ts) or name is None:
        return []
    told = seconds_of(event.get("event_ts"))
    user = text(event.get("user"))
    return [
        received.event(
            EventType.REACTION,
            at=moment(told),
            order=told or 0.0,
            sender=received.sender(user, event),
            thread=ThreadKey(channel),
            target=message_key(channel, ts),
            parts=(Reaction(emoji_of(name), removed=event.get("type") == "reaction_removed"),),
            direct=is_direct(channel),
            ours=user is not None and user == received.bot,
        )
    ]


def _member(received: Received, event: Mapping[str, Any], status: str) -> list[Event]:
    channel, user = text(event.get("channel")), text(event.get("user"))
    if channel is None or user is None:
        return []
    old, new = (None, status) if status == "member" else ("member", status)
    told = seconds_of(event.get("event_ts") or event.get("ts"))
    change = {"user": user, "old": old, "new": new, "bot": user == received.bot}
    return [
        received.event(
            EventType.MEMBER,
            at=moment(told),
            order=told or 0.0,
            sender=received.sender(user, event),
            thread=ThreadKey(channel),
            parts=(Unknown("member", change),),
            direct=False,
        )
    ]


def _unknown(received: Received, event: Mapping[str, Any]) -> Event:
    """What the hub has no use for, or what lacks what it needs, kept whole; who and where if said."""
    body = received.body
    kind = text(event.get("type")) or text(body.get("type")) or "empty"
    channel = (
        text(event.get("channel")) or text(event.get("channel_id")) or text(mapping(body.get("channel")).get("id"))
    )
    user = event.get("user") or event.get("user_id") or mapping(body.get("user")).get("id")
    told = seconds_of(event.get("event_ts") or event.get("ts") or body.get("action_ts"))
    sender = received.sender(user, event)
    parts: tuple[Part, ...] = (Unknown(text(event.get("subtype")) or kind, dict(event or body)),)
    return received.event(
        EventType.UNKNOWN,
        at=moment(told),
        order=told or 0.0,
        sender=sender if sender.ids else Sender(),
        thread=ThreadKey(channel or ""),
        parts=parts,
        direct=is_direct(channel) if channel else True,
        raw=body,
    )


def _joins(received: Received, event: Mapping[str, Any]) -> list[Event]:
    return _member(received, event, "member")


def _leaves(received: Received, event: Mapping[str, Any]) -> list[Event]:
    return _member(received, event, "left")


_READERS: Mapping[str, Callable[[Received, Mapping[str, Any]], list[Event]]] = {
    "message": _message,
    "app_mention": _message,
    "reaction_added": _reaction,
    "reaction_removed": _reaction,
    "member_joined_channel": _joins,
    "member_left_channel": _leaves,
}
