"""Messenger's webhooks as events. Pure and total: any bytes give events, none raise.

One webhook carries several entries (pages), each with ``messaging``, ``standby`` or ``changes``; every item of every
one becomes an event or more. Source: Meta's Messenger Platform webhook reference. ``mid`` is the deduplication key
where there is one; other events are named by what they are about (see ``keys``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.messenger.capabilities import KIND
from adapters.messenger.keys import alias, digest, identifier, named, reference_thread, row_key
from adapters.messenger.parts import feedback_of, parts_of
from adapters.messenger.times import entry_time, integer_text, milliseconds
from adapters.payloads import NotJson, body_id, items, kept, mapping, read_json, text
from hub.core.ids import AccountKey, PlatformId, ThreadKey
from hub.core.messages import Choice, Event, EventType, MessageStatus, Part, Reaction, Sender, Text, Unknown


def route(raw: bytes) -> Sequence[AccountKey]:
    """The pages a body is about, in order, each once."""
    try:
        data = mapping(read_json(raw))
    except NotJson:
        return ()
    pages = [identifier(mapping(entry).get("id")) for entry in items(data.get("entry"))]
    return tuple(AccountKey(page) for page in dict.fromkeys(pages) if page)


def parse(raw: bytes, account: AccountKey | None, now: datetime) -> Sequence[Event]:
    """Every event in the body, of one page alone where ``account`` names it. ``now`` dates what carries no time."""
    page, _, app = (account or "").partition("#")
    try:
        data = read_json(raw)
    except NotJson:
        data = None
    if not isinstance(data, Mapping):
        part = Unknown("not_json")
        return [_bare(page, PlatformId(body_id(raw)), now, part, kept(raw))]
    entries = items(data.get("entry"))
    if not entries:
        return [_bare(page, PlatformId(body_id(raw)), now, Unknown("no_entry"), data)]
    events: list[Event] = []
    for entry in entries:
        of = identifier(mapping(entry).get("id"))
        if page and of and of != page:
            continue
        events += _entry(entry, of or page, app or None, now)
    return _unrepeated(events)


def _bare(page: str, key: PlatformId, at: datetime, part: Unknown, raw: Mapping[str, Any]) -> Event:
    return Event(EventType.UNKNOWN, KIND, AccountKey(page), key, at, parts=(part,), raw=raw)


def _unrepeated(events: list[Event]) -> list[Event]:
    """The events, each key once: the same thing told twice in one body happened once."""
    return list({event.platform_id: event for event in reversed(events)}.values())[::-1]


def _entry(value: Any, page: str, app: str | None, now: datetime) -> list[Event]:
    entry = mapping(value)
    at = entry_time(entry.get("time")) or now
    events: list[Event] = []
    for item in items(entry.get("messaging")):
        events += _Item(_object(item), page, app, at).read()
    for item in items(entry.get("standby")):
        events += _Item(_object(item), page, app, at).overheard()
    for change in map(mapping, items(entry.get("changes"))):
        kind = f"page.{text(change.get('field')) or 'change'}"
        key = named("change", digest(page, change, entry.get("time")))
        events.append(_bare(page, key, at, Unknown(kind, dict(mapping(change.get("value")))), change))
    if events:
        return events
    kind = next((str(name) for name in entry if name not in ("id", "time")), "empty")
    raw = entry or {"entry": value}
    return [_bare(page, named("entry", digest(page, value)), at, Unknown(kind), raw)]


def _object(value: Any) -> Mapping[str, Any]:
    """An item as an object; what is none is kept under a name of its own."""
    return value if isinstance(value, Mapping) else {"item": value}


@dataclass(frozen=True, slots=True)
class _Item:
    """One item of ``messaging`` or ``standby``: who, to whom, when, and what under a name of its own."""

    data: Mapping[str, Any]
    page: str
    app: str | None
    entry_at: datetime

    @property
    def at(self) -> datetime:
        return milliseconds(self.data.get("timestamp")) or self.entry_at

    @property
    def order(self) -> float:
        return self.at.timestamp() * 1000

    @property
    def person(self) -> str | None:
        """The customer's page-scoped id, on whichever side of the item they stand."""
        sender, receiver = (identifier(mapping(self.data.get(side)).get("id")) for side in ("sender", "recipient"))
        return receiver if sender is None or self.is_echo else sender

    @property
    def is_echo(self) -> bool:
        """Whether the page itself wrote: Messenger marks it, and names the page as the sender."""
        message = mapping(self.data.get("message"))
        sender = identifier(mapping(self.data.get("sender")).get("id"))
        return message.get("is_echo") is True or (sender is not None and sender == self.page)

    @property
    def reference(self) -> str | None:
        """A plugin's reference to somebody who has no page-scoped id yet."""
        places = (
            mapping(self.data.get("sender")),
            mapping(self.data.get("optin")),
            mapping(self.data.get("recipient")),
        )
        return next((ref for place in places if (ref := identifier(place.get("user_ref")))), None)

    @property
    def sender(self) -> Sender:
        reference = self.reference or self._earlier
        known = (alias(self.page, reference, "user_ref"),) if reference else ()
        if self.person and self.person != self.page:
            known = (alias(self.page, self.person), *known)
        return Sender(known)

    @property
    def _earlier(self) -> str | None:
        """The reference under which a plugin wrote to this person before they had a page-scoped id."""
        return identifier(mapping(self.data.get("prior_message")).get("identifier"))

    @property
    def thread(self) -> ThreadKey:
        if self.person and self.person != self.page:
            return ThreadKey(self.person)
        return reference_thread(self.reference) if self.reference else ThreadKey("")

    def event(self, type_: EventType, key: PlatformId, **said: Any) -> Event:
        said = {"at": self.at, "sender": self.sender, "thread": self.thread, "order": self.order, **said}
        return Event(type=type_, channel=KIND, account=AccountKey(self.page), platform_id=key, **said)

    def read(self) -> list[Event]:
        """What the item tells; an item of a kind the hub does not know is kept whole."""
        for name, reader in _READERS.items():
            content = self.data.get(name)
            if isinstance(content, Mapping) and (events := reader(self, content)):
                return events
        kind = next((str(name) for name in self.data if name not in _ABOUT), "empty")
        content = mapping(self.data.get(kind))
        return [self._unknown(kind, named(kind[:64], digest(self.page, self.data)), content)]

    def overheard(self) -> list[Event]:
        """What happened while another app had the conversation: kept, and not ours to answer. Only an echo of our
        own message still tells how that message came out."""
        message = self.data.get("message")
        if isinstance(message, Mapping) and self.is_echo and (events := _message(self, message)) and events[0].ours:
            return events
        kind = next((str(name) for name in self.data if name not in _ABOUT), "empty")
        content = mapping(self.data.get(kind))
        name = identifier(content.get("mid")) or digest(self.page, self.data)
        return [self._unknown(f"standby.{kind}", named("standby", kind[:64], name), content)]

    def _unknown(self, kind: str, key: PlatformId, content: Mapping[str, Any]) -> Event:
        return self.event(EventType.UNKNOWN, key, parts=(Unknown(kind, dict(content)),), raw=self.data)


_ABOUT = frozenset({"sender", "recipient", "timestamp", "prior_message", "hop_context"})


def _message(item: _Item, message: Mapping[str, Any]) -> list[Event]:
    mid = identifier(message.get("mid"))
    key = PlatformId(mid) if mid else named("message", digest(item.page, item.data))
    if message.get("is_deleted") is True and mid:
        return [item.event(EventType.DELETE, named("delete", mid), target=PlatformId(mid))]
    said: dict[str, Any] = {
        "message_id": PlatformId(mid) if mid else None,
        "reply_to": _replied(message),
        "parts": parts_of(message),
    }
    if item.is_echo:
        return [_echo(item, message, mid, said)]
    if not item.sender.ids:
        return []
    events = [_spoken(item, message, key, said)]
    referral = message.get("referral")
    if isinstance(referral, Mapping):
        events += _referral(item, referral, named("referral", key))
    return events


def _spoken(item: _Item, message: Mapping[str, Any], key: PlatformId, said: dict[str, Any]) -> Event:
    payload = text(mapping(message.get("quick_reply")).get("payload"))
    if payload is not None:
        said["parts"] = (Choice(payload, text(message.get("text"))),)
        return item.event(EventType.CHOICE, key, mentioned=True, **said)
    if all(isinstance(part, Unknown) for part in said["parts"]):
        return item.event(EventType.UNKNOWN, key, raw=item.data, **said)
    is_command = any(isinstance(command, Mapping) for command in items(message.get("commands")))
    return item.event(EventType.COMMAND if is_command else EventType.MESSAGE, key, **said)


def _echo(item: _Item, message: Mapping[str, Any], mid: str | None, said: dict[str, Any]) -> Event:
    """The page's own words coming back: ours by our row key or our app's id, otherwise a person's."""
    row = row_key(message.get("metadata"))
    app = identifier(message.get("app_id"))
    ours = row is not None or (item.app is not None and app == item.app)
    if ours:
        said["status"] = MessageStatus.SENT
    key = named("echo", mid or digest(item.page, item.data))
    return item.event(EventType.ECHO, key, ours=ours, row_key=row, **{**said, "sender": Sender()})


def _replied(message: Mapping[str, Any]) -> PlatformId | None:
    mid = identifier(mapping(message.get("reply_to")).get("mid"))
    return PlatformId(mid) if mid else None


def _postback(item: _Item, postback: Mapping[str, Any]) -> list[Event]:
    title = text(postback.get("title"))
    payload = text(postback.get("payload")) or title
    if payload is None or not item.sender.ids:
        return []
    mid = identifier(postback.get("mid"))
    key = PlatformId(mid) if mid else named("postback", digest(item.page, item.data))
    events = [
        item.event(
            EventType.CHOICE,
            key,
            message_id=PlatformId(mid) if mid else None,
            parts=(Choice(payload, title),),
            mentioned=True,
        )
    ]
    referral = postback.get("referral")
    return events + (_referral(item, referral, named("referral", key)) if isinstance(referral, Mapping) else [])


def _referral(item: _Item, referral: Mapping[str, Any], key: PlatformId | None = None) -> list[Event]:
    """The door through which a customer came: an ad, a link with a reference, a plugin."""
    key = key or named("referral", digest(item.page, item.data))
    return [item.event(EventType.REFERRAL, key, parts=(Unknown("referral", dict(referral)),))]


def _optin(item: _Item, optin: Mapping[str, Any]) -> list[Event]:
    key = named("optin", digest(item.page, item.data))
    return [item.event(EventType.REFERRAL, key, parts=(Unknown("optin", dict(optin)),))]


def _reaction(item: _Item, reaction: Mapping[str, Any]) -> list[Event]:
    mid = identifier(reaction.get("mid"))
    if mid is None:
        return []
    removed = reaction.get("action") == "unreact"
    emoji = text(reaction.get("emoji")) or text(reaction.get("reaction")) or ""
    key = named("reaction", mid, "-" if removed else "+", integer_text(item.data.get("timestamp")), digest(emoji)[:8])
    parts: tuple[Part, ...] = (Reaction(emoji, removed=removed or not emoji),)
    return [item.event(EventType.REACTION, key, target=PlatformId(mid), parts=parts)]


def _edit(item: _Item, edit: Mapping[str, Any]) -> list[Event]:
    mid = identifier(edit.get("mid"))
    words = text(edit.get("text"))
    if mid is None or words is None:
        return []
    key = named("edit", mid, integer_text(edit.get("num_edit")), digest(words)[:8])
    return [item.event(EventType.EDIT, key, target=PlatformId(mid), message_id=PlatformId(mid), parts=(Text(words),))]


def _delivery(item: _Item, delivery: Mapping[str, Any]) -> list[Event]:
    """Messages of ours that arrived: each by its id, or all up to a moment where none is named."""
    at = milliseconds(delivery.get("watermark")) or item.at
    mids = list(dict.fromkeys(mid for value in items(delivery.get("mids")) if (mid := identifier(value))))
    if not mids:
        return _watermark(item, EventType.STATUS, MessageStatus.DELIVERED, delivery)
    return [
        item.event(
            EventType.STATUS,
            named("delivered", mid),
            at=at,
            target=PlatformId(mid),
            status=MessageStatus.DELIVERED,
        )
        for mid in mids
    ]


def _read(item: _Item, read: Mapping[str, Any]) -> list[Event]:
    """Everything up to a moment was seen; Instagram names the one message instead."""
    mid = identifier(read.get("mid"))
    if mid is not None and milliseconds(read.get("watermark")) is None:
        said: dict[str, Any] = {"target": PlatformId(mid), "status": MessageStatus.READ}
        return [item.event(EventType.READ, named("read", mid), **said)]
    return _watermark(item, EventType.READ, MessageStatus.READ, read)


def _watermark(item: _Item, type_: EventType, status: MessageStatus, receipt: Mapping[str, Any]) -> list[Event]:
    """Everything of ours in the thread up to ``at``; no message is named."""
    until = milliseconds(receipt.get("watermark"))
    if until is None:
        return []
    key = named(status.value, item.thread, integer_text(receipt.get("watermark")))
    return [item.event(type_, key, at=until, status=status)]


def _feedback(item: _Item, feedback: Mapping[str, Any]) -> list[Event]:
    form = feedback_of(feedback)
    if form is None or not item.sender.ids:
        return []
    key = named("feedback", digest(item.page, item.data))
    return [item.event(EventType.MESSAGE, key, parts=(form,))]


_READERS: Mapping[str, Callable[[_Item, Mapping[str, Any]], list[Event]]] = {
    "message": _message,
    "postback": _postback,
    "message_edit": _edit,
    "reaction": _reaction,
    "delivery": _delivery,
    "read": _read,
    "referral": _referral,
    "optin": _optin,
    "messaging_feedback": _feedback,
}
