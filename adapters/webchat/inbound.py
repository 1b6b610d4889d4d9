"""A visitor's events. The socket or HTTP layer hands over one JSON object:

========================  ==========================================================================================
``event``                 ``message`` (default), ``choice``, ``edit``, ``delete``, ``reaction``, ``read``, ``typing``
``client_id``             the widget's own id of this event, 1 to 128 of ``A-Za-z0-9._:-``; with the visitor it is
                          the deduplication key, and the id of the message
``visitor``               the visitor's id from the verified token; never from the widget
``conversation``          the web conversation's id: the thread
``parts``                 for message, choice, edit and reaction: 1 to 20 of ``{type: text, text}``,
                          ``{type: media, kind, file_id, name?, mime?, size?, caption?}``,
                          ``{type: choice, id, title?}``, ``{type: location, latitude, longitude, name?, address?}``,
                          ``{type: contact, name, phones?, emails?}``, ``{type: form_reply, values, id?}``,
                          ``{type: reaction, emoji, removed?}``
``target``                for edit and delete: the ``client_id`` of the visitor's own message; for choice, reaction
                          and read: the id of ours
``reply_to?``             the id of the message that is replied to
``user?``                 the shop's own id of a signed-in visitor, when the layer above verified it
``name?``, ``locale?``    how the visitor is called, and their language (BCP 47)
``at?``                   when the server received it, in seconds since 1970; by default the clock is asked
========================  ==========================================================================================

``read_event`` is strict and names the field that is wrong, for the layer above to answer with; ``parse`` is
total and turns the same into an unknown event.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from adapters.payloads import NotJson, body_id, count, kept, mapping, moment, number, read_json
from adapters.webchat.capabilities import CAPABILITIES, KIND
from hub.core.errors import Invalid, Malformed
from hub.core.ids import AccountKey, PlatformId, ThreadKey
from hub.core.messages import (
    Alias,
    Choice,
    ContactCard,
    Event,
    EventType,
    FormReply,
    Location,
    Media,
    Part,
    Reaction,
    Sender,
    Text,
    Unknown,
)

MAX_PARTS: Final = 20
MAX_TEXT: Final = 8_000
_CLIENT_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_ID = re.compile(r"[A-Za-z0-9._:@|-]{1,200}")
_TYPES: Final = {
    "message": EventType.MESSAGE,
    "choice": EventType.CHOICE,
    "edit": EventType.EDIT,
    "delete": EventType.DELETE,
    "reaction": EventType.REACTION,
    "read": EventType.READ,
    "typing": EventType.TYPING,
}
_WITH_PARTS: Final = frozenset({EventType.MESSAGE, EventType.CHOICE, EventType.EDIT, EventType.REACTION})
_WITH_TARGET: Final = frozenset({EventType.EDIT, EventType.DELETE, EventType.REACTION, EventType.READ})
_OWN_TARGET: Final = frozenset({EventType.EDIT, EventType.DELETE})


def parse(raw: bytes, account: AccountKey | None, now: datetime) -> Sequence[Event]:
    """The event in the body. Total: what cannot be used becomes an unknown event that keeps it."""
    try:
        return [read_event(raw, account, now)]
    except (Invalid, Malformed) as problem:
        return [_unknown(raw, account, now, str(problem))]


def read_event(raw: bytes, account: AccountKey | None, now: datetime) -> Event:
    """The event in the body. Raises ``Malformed`` when it is not JSON, and ``Invalid`` naming the field."""
    try:
        data = read_json(raw)
    except NotJson:
        raise Malformed("The message is not JSON.") from None
    if not isinstance(data, Mapping):
        raise Malformed("The message must be a JSON object.")
    type_ = _TYPES.get(str(data.get("event", "message")))
    if type_ is None:
        raise Invalid(f"event must be one of {', '.join(_TYPES)}.", field="event")
    visitor = _matching(data, "visitor", _ID)
    platform_id = message_id(visitor, _matching(data, "client_id", _CLIENT_ID))
    thread = ThreadKey(_matching(data, "conversation", _ID))
    user = _matching(data, "user", _ID) if data.get("user") is not None else None
    aliases = [Alias("webchat.user", user)] if user else []
    return Event(
        type=type_,
        channel=KIND,
        account=account or AccountKey(""),
        platform_id=platform_id,
        at=_at(data, now),
        sender=Sender(
            ids=(*aliases, Alias("webchat.visitor", visitor)),
            name=_short(data, "name", 200),
            locale=_short(data, "locale", 35),
        ),
        thread=thread,
        reply_to=PlatformId(_matching(data, "reply_to", _ID)) if data.get("reply_to") is not None else None,
        target=_target(data, type_, visitor),
        message_id=platform_id if type_ in (EventType.MESSAGE, EventType.CHOICE) else None,
        parts=_parts(data, type_),
    )


def message_id(visitor: str, client_id: str) -> PlatformId:
    """The id of a visitor's message: unique in the channel whatever ids other visitors' widgets make up."""
    return PlatformId(f"{visitor}/{client_id}")


def _matching(data: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Invalid(f"{name} is missing, too long or has characters it may not have.", field=name)
    return value


def _short(data: Mapping[str, Any], name: str, limit: int) -> str | None:
    value = data.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > limit:
        raise Invalid(f"{name} must be text of at most {limit} characters.", field=name)
    return value.strip() or None


def _at(data: Mapping[str, Any], now: datetime) -> datetime:
    if data.get("at") is None:
        return now
    at = moment(data["at"])
    if at is None:
        raise Invalid("at must be a time in seconds since 1970.", field="at")
    return at


def _target(data: Mapping[str, Any], type_: EventType, visitor: str) -> PlatformId | None:
    if data.get("target") is None and type_ not in _WITH_TARGET:
        return None
    if type_ in _OWN_TARGET:  # a visitor changes their own messages alone
        return message_id(visitor, _matching(data, "target", _CLIENT_ID))
    return PlatformId(_matching(data, "target", _ID))


def _parts(data: Mapping[str, Any], type_: EventType) -> tuple[Part, ...]:
    if type_ not in _WITH_PARTS:
        return ()
    given = data.get("parts")
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_PARTS:
        raise Invalid(f"parts must be a list of 1 to {MAX_PARTS} parts.", field="parts")
    parts = tuple(_part(mapping(item), f"parts[{index}]") for index, item in enumerate(given))
    _suit(parts, type_)
    return parts


def _suit(parts: Sequence[Part], type_: EventType) -> None:
    if type_ in (EventType.CHOICE, EventType.REACTION):
        if len(parts) != 1 or parts[0].type != type_.value:
            raise Invalid(f"parts must be exactly one {type_.value}.", field="parts")
    elif any(isinstance(part, Choice | Reaction) for part in parts):
        raise Invalid("parts may hold a choice or a reaction only in an event of that kind.", field="parts")


def _part(item: Mapping[str, Any], where: str) -> Part:
    reader = _PARTS.get(str(item.get("type")))
    if reader is None:
        raise Invalid(f"{where}.type must be one of {', '.join(_PARTS)}.", field=f"{where}.type")
    return reader(item, where)


def _words(item: Mapping[str, Any], name: str, where: str, limit: int) -> str:
    value = item.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Invalid(f"{where}.{name} is missing.", field=f"{where}.{name}")
    if len(value) > limit:
        raise Invalid(f"{where}.{name} may have at most {limit} characters.", field=f"{where}.{name}")
    return value


def _maybe(item: Mapping[str, Any], name: str, where: str, limit: int) -> str | None:
    return None if item.get(name) in (None, "") else _words(item, name, where, limit)


def _text(item: Mapping[str, Any], where: str) -> Part:
    return Text(_words(item, "text", where, MAX_TEXT))


def _media(item: Mapping[str, Any], where: str) -> Part:
    kind = item.get("kind")
    if not isinstance(kind, str) or kind not in CAPABILITIES.media:
        raise Invalid(f"{where}.kind must be one of {', '.join(CAPABILITIES.media)}.", field=f"{where}.kind")
    size = count(item.get("size"))
    if size is not None and size > CAPABILITIES.media[kind].max_bytes:
        raise Invalid(f"{where} is larger than this chat takes.", field=f"{where}.size")
    return Media(
        kind=kind,
        file_id=_words(item, "file_id", where, 200),
        mime=_maybe(item, "mime", where, 200),
        name=_maybe(item, "name", where, 255),
        size=size,
        caption=_maybe(item, "caption", where, CAPABILITIES.caption_limit),
    )


def _choice(item: Mapping[str, Any], where: str) -> Part:
    return Choice(_words(item, "id", where, 256), _maybe(item, "title", where, 200))


def _location(item: Mapping[str, Any], where: str) -> Part:
    latitude, longitude = number(item.get("latitude")), number(item.get("longitude"))
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        raise Invalid(f"{where} must have latitude and longitude in degrees.", field=where)
    return Location(latitude, longitude, _maybe(item, "name", where, 200), _maybe(item, "address", where, 500))


def _contact(item: Mapping[str, Any], where: str) -> Part:
    return ContactCard(
        _words(item, "name", where, 200), _strings(item, "phones", where), _strings(item, "emails", where)
    )


def _strings(item: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
    values = item.get(name) or []
    if not isinstance(values, list) or len(values) > 10 or not all(isinstance(v, str) and len(v) < 255 for v in values):
        raise Invalid(f"{where}.{name} must be a list of at most 10 short texts.", field=f"{where}.{name}")
    return tuple(values)


def _form_reply(item: Mapping[str, Any], where: str) -> Part:
    values = mapping(item.get("values"))
    plain = all(isinstance(v, str | int | float | bool) and len(str(v)) <= MAX_TEXT for v in values.values())
    if not values or len(values) > 100 or not plain:
        raise Invalid(f"{where}.values must hold 1 to 100 plain values.", field=f"{where}.values")
    return FormReply(dict(values), _maybe(item, "id", where, 200))


def _reaction(item: Mapping[str, Any], where: str) -> Part:
    return Reaction(_words(item, "emoji", where, 32), removed=item.get("removed") is True)


_PARTS: Final[Mapping[str, Callable[[Mapping[str, Any], str], Part]]] = {
    "text": _text,
    "media": _media,
    "choice": _choice,
    "location": _location,
    "contact": _contact,
    "form_reply": _form_reply,
    "reaction": _reaction,
}


def _unknown(raw: bytes, account: AccountKey | None, now: datetime, problem: str) -> Event:
    try:
        data = read_json(raw)
    except NotJson:
        data = None
    body = dict(data) if isinstance(data, Mapping) else kept(raw)
    return Event(
        type=EventType.UNKNOWN,
        channel=KIND,
        account=account or AccountKey(""),
        platform_id=PlatformId(body_id(raw)),
        at=now,
        parts=(Unknown("webchat", {"problem": problem}),),
        raw=body,
    )
