"""WhatsApp's webhooks as events. Pure and total: any bytes give events, none raise.

One webhook carries several entries, changes, messages and statuses, perhaps of several numbers
(developers.facebook.com/documentation/business-messaging/whatsapp/webhooks). A message's id (``wamid``) is its
deduplication key; a status is keyed by message, status and recipient; what has no id, by the body and its place in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.payloads import NotJson, items, kept, mapping, read_json, text
from adapters.whatsapp.capabilities import KIND
from adapters.whatsapp.changes import Body, Change, at_of, changes
from adapters.whatsapp.keys import group_thread
from adapters.whatsapp.parts import parts_of, reaction_of
from adapters.whatsapp.people import Person, contacts_of, identity, person
from adapters.whatsapp.statuses import errors_of, failure_of, status_of
from hub.core.ids import AccountKey, PlatformId
from hub.core.messages import Choice, Event, EventType, Part, Unknown


def parse(raw: bytes, account: AccountKey | None, now: datetime) -> Sequence[Event]:
    """Every event in the body, of ``account`` (a phone number id) alone where given.

    ``now`` dates what WhatsApp does not date. What names no number (news of templates and of the business account)
    goes to ``account`` unless the body is about other numbers.
    """
    try:
        data = read_json(raw)
    except NotJson:
        data = None
    body = Body(raw, now)
    if not isinstance(data, Mapping):
        return [_whole(body, account, "not_json", kept(raw))]
    found = list(changes(data))
    events: list[Event] = []
    for change in found:
        if account is None or change.belongs_to(account):
            events += _events(body, change, account)
    if events or (account is not None and any(change.number for change in found)):
        return events
    return [_whole(body, account, "empty", data)]


def route(raw: bytes) -> Sequence[AccountKey]:
    """The phone number ids the body is about, each once, in order. Never raises."""
    try:
        data = read_json(raw)
    except NotJson:
        return ()
    return tuple(dict.fromkeys(AccountKey(c.number) for c in changes(mapping(data)) if c.number))


@dataclass(frozen=True, slots=True)
class _Scene:
    """Where an event happened: body, change, and the people the change names."""

    body: Body
    change: Change
    account: AccountKey
    contacts: Sequence[Mapping[str, Any]]

    def event(self, type_: EventType, key: PlatformId, at: datetime | None, **said: Any) -> Event:
        return Event(
            type=type_,
            channel=KIND,
            account=self.account,
            platform_id=key,
            at=at or self.body.now,
            order=at.timestamp() if at else 0.0,
            **said,
        )


def _events(body: Body, change: Change, account: AccountKey | None) -> list[Event]:
    value = change.value
    speakers = {
        (identity(m.get("from_user_id")), identity(m.get("from"))) for m in map(mapping, items(value.get("messages")))
    }
    scene = _Scene(
        body, change, AccountKey(change.number or account or change.entry or ""), contacts_of(value, len(speakers))
    )
    readers = _FIELDS.get(change.field, _ALL)
    events = [event for name in readers for item in items(value.get(name)) for event in _READERS[name](scene, item)]
    return events or [_unread(scene)]


def _unread(scene: _Scene) -> Event:
    """A change the hub has no use for, or one without what it needs, kept whole."""
    value, name = scene.change.value, scene.change.field or "empty"
    who = person(None, None, scene.contacts)
    return scene.event(
        EventType.UNKNOWN,
        scene.body.key(),
        scene.change.at,
        sender=who.sender,
        thread=who.thread,
        error=errors_of(value.get("errors")),
        parts=(Unknown(name, value),),
        raw={"field": scene.change.field, "value": dict(value), "entry": scene.change.entry},
    )


def _whole(body: Body, account: AccountKey | None, kind: str, raw: Mapping[str, Any]) -> Event:
    return Event(
        EventType.UNKNOWN, KIND, account or AccountKey(""), body.key(), body.now, parts=(Unknown(kind),), raw=raw
    )


def _message(scene: _Scene, item: Any) -> list[Event]:
    """A customer's message, tap, reaction, edit or deletion."""
    message = mapping(item)
    if not message:
        return []
    who = person(message.get("from"), message.get("from_user_id"), scene.contacts, message.get("from_parent_user_id"))
    return [_told(scene, message, who, _is_mentioned(scene, message))]


def _told(scene: _Scene, message: Mapping[str, Any], who: Person, mentioned: bool) -> Event:
    group = identity(message.get("group_id"))
    named = text(message.get("id"))
    key = scene.body.key(named)
    kind = text(message.get("type")) or ""
    said: dict[str, Any] = {
        "sender": who.sender,
        "thread": group_thread(group) if group else who.thread,
        "direct": group is None,
        "mentioned": mentioned and group is not None,
    }
    at = at_of(message.get("timestamp"))
    about = _ABOUT.get(kind)
    target = text(mapping(message.get(kind)).get(about[1])) if about else None
    if about and target:
        parts = _changed(kind, mapping(message.get(kind)))
        return scene.event(about[0], key, at, target=PlatformId(target), parts=parts, **said)
    parts = parts_of(message)
    reply_to = text(mapping(message.get("context")).get("id"))
    said["reply_to"] = PlatformId(reply_to) if reply_to else None
    if kind == "request_welcome" and said["thread"]:  # nothing was said: the chat was opened for the first time
        return scene.event(EventType.REFERRAL, key, at, parts=parts, raw=message, **said)
    if all(isinstance(part, Unknown) for part in parts) or not (said["thread"]):
        error = errors_of(message.get("errors")) or errors_of(scene.change.value.get("errors"))
        return scene.event(EventType.UNKNOWN, key, at, parts=parts, raw=message, error=error, **said)
    chosen = any(isinstance(part, Choice) for part in parts)
    type_ = EventType.CHOICE if chosen else EventType.MESSAGE
    return scene.event(type_, key, at, parts=parts, target=said["reply_to"] if chosen else None, **said)


_ABOUT: Mapping[str, tuple[EventType, str]] = {
    "reaction": (EventType.REACTION, "message_id"),
    "edit": (EventType.EDIT, "original_message_id"),
    "revoke": (EventType.DELETE, "original_message_id"),
}


def _changed(kind: str, body: Mapping[str, Any]) -> tuple[Part, ...]:
    if kind == "reaction":
        return (reaction_of(body),)
    return parts_of(mapping(body.get("message"))) if kind == "edit" else ()


def _is_mentioned(scene: _Scene, message: Mapping[str, Any]) -> bool:
    """Whether a group's message answers one of ours or names our number."""
    ours = {n for n in (scene.change.display, scene.change.number) if n}
    context = mapping(message.get("context"))
    if (identity(context.get("from")) or "") in ours:
        return True
    words = text(mapping(message.get("text")).get("body")) or ""
    return any(f"@{number}" in words for number in ours)


def _system(scene: _Scene, item: Any) -> list[Event]:
    """Not said by the customer but about them: a new number, a new device."""
    message = mapping(item)
    told = mapping(message.get("system"))
    who = person(message.get("from"), message.get("from_user_id"), scene.contacts)
    new = identity(told.get("wa_id")) or identity(told.get("new_wa_id"))
    if new and new not in who.phones:
        who = Person(who.user_id, who.parent_id, (*who.phones, new), who.name)
    user = identity(told.get("user_id"))
    if user and who.user_id is None:
        who = Person(user, who.parent_id, who.phones, who.name)
    kind = text(told.get("type")) or "system"
    return [
        scene.event(
            EventType.UNKNOWN,
            scene.body.key(text(message.get("id"))),
            at_of(message.get("timestamp")),
            sender=who.sender,
            thread=who.thread,
            parts=(Unknown(kind, told),),
            raw=message,
        )
    ]


def _said(scene: _Scene, item: Any) -> list[Event]:
    return _system(scene, item) if mapping(item).get("type") == "system" else _message(scene, item)


def _echo(scene: _Scene, item: Any) -> list[Event]:
    """What the business wrote from its phone, or through another app: a person, unless our row key comes along.

    The conversation is the customer's. A change or a deletion of such a message stays a change or a deletion.
    """
    message = mapping(item)
    if not message:
        return []
    ours = {n for n in (scene.change.display, scene.change.number) if n}
    swapped = (identity(message.get("to")) or "") in ours
    if swapped:
        who = person(message.get("from"), message.get("from_user_id"), scene.contacts)
    else:
        who = person(message.get("to"), message.get("to_user_id"), scene.contacts, message.get("to_parent_user_id"))
    row_key = text(message.get("biz_opaque_callback_data"))
    told = _told(scene, message, who, mentioned=False)
    about = told.type in (EventType.EDIT, EventType.DELETE, EventType.REACTION)
    return [
        scene.event(
            told.type if about else EventType.ECHO,
            told.platform_id,
            at_of(message.get("timestamp")),
            thread=told.thread,
            direct=told.direct,
            reply_to=told.reply_to,
            target=told.target,
            parts=told.parts,
            ours=row_key is not None,
            row_key=row_key,
            raw=told.raw,
        )
    ]


def _status(scene: _Scene, item: Any) -> list[Event]:
    """How far a message of ours came. WhatsApp promises no order."""
    told = mapping(item)
    target, name = text(told.get("id")), text(told.get("status"))
    if target is None or name is None:
        return []
    group = identity(told.get("recipient_id")) if told.get("recipient_type") == "group" else None
    address = told.get("recipient_participant_id") if group else told.get("recipient_id")
    user = told.get("recipient_participant_user_id") if group else told.get("recipient_user_id")
    who = person(address, user, scene.contacts)
    status = status_of(name)
    recipient = identity(address) or identity(user) or ""
    return [
        scene.event(
            EventType.STATUS,
            scene.body.key(target, name, recipient),
            at_of(told.get("timestamp")),
            sender=who.sender,
            thread=group_thread(group) if group else who.thread,
            direct=group is None,
            target=PlatformId(target),
            status=status,
            error=failure_of(told) if name.lower() == "failed" else None,
            row_key=text(told.get("biz_opaque_callback_data")),
            raw=told if status is None else None,
        )
    ]


def _call(scene: _Scene, item: Any) -> list[Event]:
    call = mapping(item)
    if not call:
        return []
    ours = {n for n in (scene.change.display, scene.change.number) if n}
    address = call.get("from") if (identity(call.get("from")) or "") not in ours else call.get("to")
    who = person(address, call.get("from_user_id"), scene.contacts)
    return [
        scene.event(
            EventType.UNKNOWN,
            scene.body.key(text(call.get("id")), text(call.get("event"))),
            at_of(call.get("timestamp")),
            sender=who.sender,
            thread=who.thread,
            parts=(Unknown("call", call),),
            raw=call,
        )
    ]


def _group(scene: _Scene, item: Any) -> list[Event]:
    """News of a group: who joined or left, or what became of it."""
    told = mapping(item)
    group = identity(told.get("group_id"))
    if group is None:
        return []
    kind = text(told.get("type")) or "group"
    moved = any(items(told.get(name)) for name in ("added_participants", "removed_participants"))
    moved = moved or kind.startswith("group_join_request")
    return [
        scene.event(
            EventType.MEMBER if moved else EventType.UNKNOWN,
            scene.body.key(),
            at_of(told.get("timestamp")),
            thread=group_thread(group),
            direct=False,
            parts=(Unknown(kind, told),),
            raw=told,
        )
    ]


def _preference(scene: _Scene, item: Any) -> list[Event]:
    """Whether a customer wants marketing messages."""
    told = mapping(item)
    if not told:
        return []
    who = person(told.get("wa_id"), told.get("user_id"), scene.contacts)
    return [
        scene.event(
            EventType.UNKNOWN,
            scene.body.key(),
            at_of(told.get("timestamp")),
            sender=who.sender,
            thread=who.thread,
            parts=(Unknown("user_preferences", told),),
            raw=told,
        )
    ]


_READERS: Mapping[str, Callable[[_Scene, Any], list[Event]]] = {
    "messages": _said,
    "message_echoes": _echo,
    "statuses": _status,
    "calls": _call,
    "groups": _group,
    "user_preferences": _preference,
}
_ALL: Sequence[str] = tuple(_READERS)
_FIELDS: Mapping[str, Sequence[str]] = {
    "calls": ("calls",),
    # Conversations from before the number was connected are no news: nobody must answer them.
    "history": (),
    "smb_app_state_sync": (),
    # Another app has the conversation: what is said in it is not ours to answer.
    "standby": ("statuses",),
}
