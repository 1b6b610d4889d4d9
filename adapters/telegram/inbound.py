"""Telegram's updates as events. Pure and total: any bytes give events, none raise.

One webhook carries one Update (Bot API 10.1, https://core.telegram.org/bots/api#update). Its ``update_id`` is
the deduplication key and the order; where an update holds several events (reactions, deletions), those after
the first are keyed ``update_id:n``. A message is named ``chat:message`` (see ``keys``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.payloads import NotJson, body_id, integer, items, kept, mapping, moment, read_json, text
from adapters.telegram.capabilities import KIND
from adapters.telegram.keys import Place, message_key
from adapters.telegram.parts import parts_of
from adapters.telegram.people import Bot, command_of, is_mentioned, sender_of
from hub.core.ids import AccountKey, PlatformId, ThreadKey
from hub.core.messages import Choice, Event, EventType, Part, Reaction, Sender, Unknown


def parse(raw: bytes, account: AccountKey | None, now: datetime) -> Sequence[Event]:
    """Every event in the body. ``now`` dates what Telegram does not date: taps, and what cannot be read."""
    try:
        data = read_json(raw)
    except NotJson:
        data = None
    if type(data) is not dict:  # JSON gives no other mapping, and asking the abstract class costs
        update = _Update({}, "not_json", account, now, body_id(raw), 0.0)
        return [update.event(EventType.UNKNOWN, parts=(Unknown("not_json"),), raw=kept(raw))]
    number = integer(data.get("update_id"))
    kind = next((name for name in data if name != "update_id"), "empty")
    kind = next((name for name in _READERS if type(data.get(name)) is dict), kind)
    update = _Update(
        data,
        kind,
        account,
        now,
        body_id(raw) if number is None else str(number),
        float(number) if number is not None and 0 <= number < 2**53 else 0.0,
    )
    reader = _READERS.get(kind)
    events = reader(update, mapping(data.get(kind))) if reader else []
    return events or [_unknown(update)]


@dataclass(frozen=True, slots=True)
class _Update:
    data: Mapping[str, Any]
    kind: str
    account: AccountKey | None
    now: datetime
    key: str
    order: float

    @property
    def bot(self) -> Bot:
        return Bot.of(self.account)

    def event(self, type_: EventType, *, index: int = 0, at: datetime | None = None, **said: Any) -> Event:
        return Event(
            type=type_,
            channel=KIND,
            account=AccountKey((self.account or "").partition("@")[0]),
            platform_id=PlatformId(f"{self.key}:{index}" if index else self.key),
            at=at or self.now,
            order=self.order,
            **said,
        )


def _place(message: Mapping[str, Any]) -> Place | None:
    chat = integer(mapping(message.get("chat")).get("id"))
    if chat is None:
        return None
    # Replies in ordinary groups carry a message_thread_id too; only is_topic_message marks a topic.
    topic = integer(message.get("message_thread_id")) if message.get("is_topic_message") is True else None
    direct = integer(mapping(message.get("direct_messages_topic")).get("topic_id"))
    return Place(chat, _positive(topic), _positive(direct), text(message.get("business_connection_id")))


def _positive(number: int | None) -> int | None:
    return number if number is not None and number > 0 else None


def _named(message: Mapping[str, Any]) -> PlatformId | None:
    chat, number = integer(mapping(message.get("chat")).get("id")), _positive(integer(message.get("message_id")))
    return message_key(chat, number) if chat is not None and number is not None else None


def _is_direct(message: Mapping[str, Any]) -> bool:
    return mapping(message.get("chat")).get("type") == "private"


def _message(update: _Update, message: Mapping[str, Any]) -> list[Event]:
    place, named = _place(message), _named(message)
    if place is None or named is None:
        return []
    said = _said(update, message, place, named)
    if message.get("new_chat_members") or message.get("left_chat_member"):
        return _service_members(update, message, said)
    parts = parts_of(message)
    type_ = _type_of(message, parts)
    return [update.event(type_, parts=parts, raw=update.data if type_ is EventType.UNKNOWN else None, **said)]


def _said(update: _Update, message: Mapping[str, Any], place: Place, named: PlatformId) -> dict[str, Any]:
    return {
        "at": moment(message.get("date")),
        "sender": sender_of(message.get("from"), message.get("sender_chat")),
        "thread": place.key(),
        "message_id": named,
        "reply_to": _reply_to(message, place),
        "mentioned": is_mentioned(message, update.bot),
        "direct": _is_direct(message),
    }


def _reply_to(message: Mapping[str, Any], place: Place) -> PlatformId | None:
    # An external reply answers something said in another chat.
    replied = mapping(message.get("reply_to_message")) or mapping(message.get("external_reply"))
    if not replied:
        return None
    number = _positive(integer(replied.get("message_id")))
    if number is None or number == place.topic:  # what opens a topic is named as replied to by all in it
        return None
    chat = integer(mapping(replied.get("chat")).get("id"))
    return message_key(place.chat if chat is None else chat, number)


def _type_of(message: Mapping[str, Any], parts: Sequence[Part]) -> EventType:
    if all(isinstance(part, Unknown) for part in parts):
        return EventType.UNKNOWN
    return EventType.COMMAND if command_of(message) else EventType.MESSAGE


def _service_members(update: _Update, message: Mapping[str, Any], said: dict[str, Any]) -> list[Event]:
    joined = [("member", mapping(m)) for m in items(message.get("new_chat_members"))]
    left = mapping(message.get("left_chat_member"))
    changes = joined + ([("left", left)] if left else [])
    return [
        update.event(
            EventType.MEMBER,
            index=index,
            parts=(_member(user, None, status, update.bot),),
            **{**said, "message_id": None, "mentioned": False},
        )
        for index, (status, user) in enumerate(changes[:200])
    ]


def _member(user: Mapping[str, Any], old: str | None, new: str | None, bot: Bot) -> Unknown:
    """A change of membership: who, from what to what, and whether it is the bot itself."""
    who = sender_of(user)
    ours = bot.is_user(user)
    return Unknown(
        "member",
        {"user": who.ids[0].value if who.ids else None, "name": who.name, "old": old, "new": new, "bot": ours},
    )


def _edited(update: _Update, message: Mapping[str, Any]) -> list[Event]:
    place, named = _place(message), _named(message)
    if place is None or named is None:
        return []
    said = _said(update, message, place, named)
    said["at"] = moment(message.get("edit_date")) or said["at"]
    return [update.event(EventType.EDIT, target=named, parts=parts_of(message), **said)]


def _business(update: _Update, message: Mapping[str, Any]) -> list[Event]:
    """A message in a business account's chat. In it, only the chat's own user is the customer: all else the
    account wrote, by hand (a person) or through a bot (ours, when it is this one)."""
    events = _edited(update, message) if update.kind.startswith("edited") else _message(update, message)
    chat = integer(mapping(message.get("chat")).get("id"))
    author = integer(mapping(message.get("from")).get("id"))
    if author is None or author == chat:
        return events
    through = mapping(message.get("sender_business_bot"))
    ours = bool(through) and update.bot.is_user(through)
    return [
        update.event(
            EventType.ECHO,
            at=e.at,
            sender=e.sender,
            thread=e.thread,
            message_id=e.message_id,
            reply_to=e.reply_to,
            target=e.target,
            parts=e.parts,
            direct=e.direct,
            ours=ours,
        )
        for e in events
    ]


def _deleted_business(update: _Update, body: Mapping[str, Any]) -> list[Event]:
    place = _place(body)
    numbers = [n for n in map(integer, items(body.get("message_ids"))[:1000]) if n is not None and n > 0]
    if place is None:
        return []
    return [
        update.event(
            EventType.DELETE,
            index=index,
            thread=place.key(),
            target=message_key(place.chat, number),
            direct=_is_direct(body),
        )
        for index, number in enumerate(numbers)
    ]


def _tap(update: _Update, query: Mapping[str, Any]) -> list[Event]:
    callback = text(query.get("id"))
    sender = sender_of(query.get("from"))
    if callback is None or not sender.ids:
        return []
    message = mapping(query.get("message"))
    place, inline = _place(message), text(query.get("inline_message_id"))
    data = text(query.get("data")) or text(query.get("game_short_name")) or ""
    return [
        update.event(
            EventType.CHOICE,
            sender=sender,
            # A message sent by way of inline mode names no chat; a user's private chat has the user's id.
            thread=place.key() if place else ThreadKey(sender.ids[0].value),
            target=_named(message) or (PlatformId(f"inline:{inline}") if inline else None),
            parts=(Choice(data, _title_of(message, data)),),
            mentioned=True,
            direct=_is_direct(message) if place else True,
            callback=callback,
        )
    ]


def _title_of(message: Mapping[str, Any], data: str) -> str | None:
    """The label of the button that was tapped: the message comes back with its keyboard."""
    for row in items(mapping(message.get("reply_markup")).get("inline_keyboard")):
        for button in map(mapping, items(row)):
            if data and button.get("callback_data") == data:
                return text(button.get("text"))
    return None


def _reaction(update: _Update, body: Mapping[str, Any]) -> list[Event]:
    place, named = _place(body), _named(body)
    if place is None or named is None:
        return []
    old, new = _emoji(body.get("old_reaction")), _emoji(body.get("new_reaction"))
    changes = [Reaction(e, removed=True) for e in old if e not in new] + [Reaction(e) for e in new if e not in old]
    return [
        update.event(
            EventType.REACTION,
            index=index,
            at=moment(body.get("date")),
            sender=sender_of(body.get("user"), body.get("actor_chat")),
            thread=place.key(),
            target=named,
            parts=(change,),
            direct=_is_direct(body),
        )
        for index, change in enumerate(changes)
    ]


def _emoji(reactions: Any) -> list[str]:
    found: list[str] = []
    for reaction in map(mapping, items(reactions)[:50]):
        custom = text(reaction.get("custom_emoji_id"))
        emoji = text(reaction.get("emoji")) or (f"custom:{custom}" if custom else None)
        if reaction.get("type") == "paid":
            emoji = "\u2b50"
        if emoji and emoji not in found:
            found.append(emoji)
    return found


def _membership(update: _Update, body: Mapping[str, Any]) -> list[Event]:
    place = _place(body)
    if place is None:
        return []
    old, new = mapping(body.get("old_chat_member")), mapping(body.get("new_chat_member"))
    user = mapping(new.get("user")) or mapping(old.get("user"))
    part = _member(user, text(old.get("status")), text(new.get("status")), update.bot)
    if update.kind == "my_chat_member":
        part = Unknown("member", {**part.raw, "bot": True})
    return [
        update.event(
            EventType.MEMBER,
            at=moment(body.get("date")),
            sender=sender_of(body.get("from")),
            thread=place.key(),
            parts=(part,),
            direct=_is_direct(body),
        )
    ]


def _join_request(update: _Update, body: Mapping[str, Any]) -> list[Event]:
    """Somebody asks to be let into a group or a channel."""
    place, person = _place(body), mapping(body.get("from"))
    if place is None or not person:
        return []
    return [
        update.event(
            EventType.MEMBER,
            at=moment(body.get("date")),
            sender=sender_of(person),
            thread=place.key(),
            parts=(_member(person, None, "requested", update.bot),),
            direct=False,
            raw=update.data,
        )
    ]


def _unknown(update: _Update) -> Event:
    """An update the hub has no use for, or one without what it needs, kept whole; who and where if said."""
    body = mapping(update.data.get(update.kind))
    place = _place(body)
    sender = sender_of(body.get("from") or body.get("user"))
    return update.event(
        EventType.UNKNOWN,
        at=moment(body.get("date")),
        sender=sender if sender.ids else Sender(),
        thread=place.key() if place else ThreadKey(""),
        parts=(Unknown(update.kind, body),),
        direct=_is_direct(body) or place is None,
        raw=update.data,
    )


_READERS: Mapping[str, Callable[[_Update, Mapping[str, Any]], list[Event]]] = {
    "message": _message,
    "edited_message": _edited,
    "channel_post": _message,
    "edited_channel_post": _edited,
    "business_message": _business,
    "edited_business_message": _business,
    "deleted_business_messages": _deleted_business,
    "callback_query": _tap,
    "message_reaction": _reaction,
    "my_chat_member": _membership,
    "chat_member": _membership,
    "chat_join_request": _join_request,
}
