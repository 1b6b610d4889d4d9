"""Taps, menus, forms, shortcuts and slash commands as events.

Source: docs.slack.dev/reference/interaction-payloads, and slash commands in docs.slack.dev/interactivity.
Slack sends these once, without an id: who did what when is the key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.payloads import items, mapping, moment, text
from adapters.slack.keys import Place, is_direct, is_ts, message_key
from adapters.slack.received import Received, seconds_of
from adapters.slack.words import plain, words_of
from hub.core.ids import PlatformId, ThreadKey
from hub.core.messages import Choice, Event, EventType, FormReply, Part, Sender, Text

LINK_PREFIX = "link_"
"""Begins the action id of a button that only opens an address."""

_MAX_ACTIONS = 100


def read(received: Received) -> list[Event]:
    """The events of an interaction; none for those that ask or tell nothing the hub knows."""
    body = received.body
    kind = body.get("type")
    if kind is None and text(body.get("command")):
        return _command(received)
    if kind in ("block_actions", "interactive_message"):
        return _taps(received)
    if kind == "view_submission":
        return _form(received, _view_values(mapping(body.get("view"))), mapping(body.get("view")))
    if kind == "dialog_submission":
        values = {str(name): value for name, value in mapping(body.get("submission")).items()}
        return _form(received, values, body)
    if kind in ("shortcut", "message_action"):
        return _shortcut(received)
    return []


def _user(received: Received) -> tuple[str | None, Sender]:
    person = mapping(received.body.get("user"))
    user = text(person.get("id")) or text(received.body.get("user_id"))
    sender = received.sender(user, {})
    name = text(person.get("name")) or text(person.get("username")) or text(received.body.get("user_name"))
    return user, Sender(sender.ids, name, is_bot=sender.is_bot)


def _where(received: Received, user: str | None) -> tuple[Place | None, str | None, bool]:
    """The place of an interaction, the message it stands on, and whether that is a direct chat."""
    body = received.body
    container, message = mapping(body.get("container")), mapping(body.get("message"))
    where = mapping(body.get("channel"))
    channel = text(where.get("id")) or text(container.get("channel_id")) or text(body.get("channel_id"))
    stamps = (container.get("message_ts"), message.get("ts"), body.get("message_ts"))
    ts = next((stamp for stamp in stamps if isinstance(stamp, str) and is_ts(stamp)), None)
    roots = (
        container.get("thread_ts"),
        message.get("thread_ts"),
        mapping(body.get("original_message")).get("thread_ts"),
    )
    root = next((stamp for stamp in roots if isinstance(stamp, str) and is_ts(stamp)), None)
    if channel is None:
        return (Place(user), None, True) if user else (None, None, True)
    name = text(where.get("name")) or text(body.get("channel_name"))
    return Place(channel, root), ts, is_direct(channel) or name == "directmessage"


def _key(received: Received, user: str | None, index: int = 0) -> PlatformId:
    body = received.body
    acted = text(body.get("action_ts"))
    if acted is None and index < len(items(body.get("actions"))):
        acted = text(mapping(items(body.get("actions"))[index]).get("action_ts"))
    told = acted or text(body.get("trigger_id"))
    if told is None:
        return PlatformId(f"{received.key}:{index}" if index else received.key)
    return PlatformId(f"act:{user or ''}:{told}:{index}"[:300])


def _taps(received: Received) -> list[Event]:
    user, sender = _user(received)
    place, ts, direct = _where(received, user)
    if place is None or not sender.ids:
        return []
    events: list[Event] = []
    for index, action in enumerate(map(mapping, items(received.body.get("actions"))[:_MAX_ACTIONS])):
        choice = None if (text(action.get("action_id")) or "").startswith(LINK_PREFIX) else _choice(action)
        if choice is None:
            continue
        told = seconds_of(action.get("action_ts")) or seconds_of(received.body.get("action_ts"))
        events.append(
            received.event(
                EventType.CHOICE,
                key=_key(received, user, index),
                at=moment(told),
                order=told or 0.0,
                sender=sender,
                thread=place.key(),
                target=message_key(place.channel, ts) if ts else None,
                parts=(choice,),
                mentioned=True,
                direct=direct,
            )
        )
    return events


_PICKED_MANY = ("selected_users", "selected_channels", "selected_conversations")
_PICKED = ("selected_date", "selected_time", "selected_user", "selected_channel", "selected_conversation")


def _choice(action: Mapping[str, Any]) -> Choice | None:
    """What was taken: a button's value, or what was selected in a menu of either generation."""
    option = mapping(action.get("selected_option"))
    picked = [option] if option else [mapping(o) for o in items(action.get("selected_options"))]
    values = [value for o in picked if (value := text(o.get("value")))]
    if values:
        titles = [title for o in picked if (title := _label(o.get("text")))]
        return Choice(",".join(values), ", ".join(titles) or None)
    entered = _entered(action)
    value = ",".join(entered) if isinstance(entered, list) else entered
    value = value or text(action.get("action_id")) or text(action.get("name"))
    return Choice(value, _label(action.get("text"))) if value else None


def _entered(field: Mapping[str, Any]) -> str | list[str] | None:
    """What a field holds that has no options: words, a date, a moment, people, channels or files."""
    one = text(field.get("value")) or next((v for name in _PICKED if (v := text(field.get(name)))), None)
    if one is not None:
        return one
    at = moment(field.get("selected_date_time"))
    if at is not None:
        return at.isoformat()
    for name in _PICKED_MANY:
        if many := [value for value in items(field.get(name))[:_MAX_ACTIONS] if isinstance(value, str) and value]:
            return many
    if files := [ref for f in items(field.get("files"))[:_MAX_ACTIONS] if (ref := text(mapping(f).get("id")))]:
        return files
    rich = mapping(field.get("rich_text_value"))
    return words_of({"blocks": [rich]}, None) if rich else None


def _label(value: Any) -> str | None:
    words = text(mapping(value).get("text")) or text(value)
    return plain(words) if words else None


def _form(received: Received, values: Mapping[str, Any], about: Mapping[str, Any]) -> list[Event]:
    user, sender = _user(received)
    place, _, direct = _where(received, user)
    if place is None or not sender.ids:
        return []
    told = seconds_of(received.body.get("action_ts"))
    return [
        received.event(
            EventType.MESSAGE,
            key=_key(received, user),
            at=moment(told),
            order=told or 0.0,
            sender=sender,
            thread=place.key(),
            parts=(FormReply(values, text(about.get("callback_id"))),),
            mentioned=True,
            direct=direct,
        )
    ]


def _view_values(view: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a form by their action ids. Fields of one action in several blocks keep their block's name."""
    found: dict[str, Any] = {}
    for block, fields in mapping(mapping(view.get("state")).get("values")).items():
        for action, value in mapping(fields).items():
            name = str(action) if str(action) not in found else f"{block}.{action}"
            found[name] = _value(mapping(value))
    return found


def _value(field: Mapping[str, Any]) -> Any:
    many = items(field.get("selected_options"))
    if many:
        return [text(mapping(option).get("value")) for option in many]
    one = text(mapping(field.get("selected_option")).get("value"))
    return one or _entered(field)


def _shortcut(received: Received) -> list[Event]:
    """A shortcut: its name, and the words of the message it was used on."""
    body = received.body
    name = text(body.get("callback_id"))
    user, sender = _user(received)
    place, ts, direct = _where(received, user)
    if name is None or place is None or not sender.ids:
        return []
    words = words_of(mapping(body.get("message")), None)
    parts: tuple[Part, ...] = (Choice(name), Text(words)) if words else (Choice(name),)
    told = seconds_of(body.get("action_ts"))
    return [
        received.event(
            EventType.COMMAND,
            key=_key(received, user),
            at=moment(told),
            order=told or 0.0,
            sender=sender,
            thread=place.key(),
            target=message_key(place.channel, ts) if ts else None,
            parts=parts,
            mentioned=True,
            direct=direct,
        )
    ]


def _command(received: Received) -> list[Event]:
    body = received.body
    user, sender = _user(received)
    place, _, direct = _where(received, user)
    if place is None or not sender.ids:
        return []
    words = " ".join(part for name in ("command", "text") if (part := text(body.get(name))))
    return [
        received.event(
            EventType.COMMAND,
            key=_key(received, user),
            sender=sender,
            thread=ThreadKey(place.channel),
            parts=(Text(plain(words)),),
            mentioned=True,
            direct=direct,
        )
    ]
