"""What a WhatsApp message holds, as parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.payloads import NotJson, count, items, mapping, number, read_json, text
from hub.core.messages import Choice, ContactCard, FormReply, Location, Media, Part, Reaction, Text, Unknown

MEDIA = ("image", "video", "audio", "document", "sticker")


def parts_of(message: Mapping[str, Any]) -> tuple[Part, ...]:
    """Everything in a message that means something to a reader; unknown content as it came. Never empty."""
    kind = text(message.get("type")) or next((name for name in _READERS if name in message), "empty")
    reader = _READERS.get(kind)
    parts = reader(message.get(kind)) if reader else ()
    if not parts:
        return (_unknown(kind, message),)
    return (*parts, *_circumstances(message))


def _circumstances(message: Mapping[str, Any]) -> list[Part]:
    """The advertisement or the product that the customer came from."""
    found: list[Part] = []
    if referral := mapping(message.get("referral")):
        found.append(Unknown("referral", referral))
    if product := mapping(mapping(message.get("context")).get("referred_product")):
        found.append(Unknown("referred_product", product))
    return found


def _unknown(kind: str, message: Mapping[str, Any]) -> Unknown:
    value = message.get(kind)
    if kind == "interactive":
        kind = text(mapping(value).get("type")) or kind
    raw = dict(value) if isinstance(value, Mapping) else {}
    if "errors" in message:
        raw["errors"] = message["errors"]
    return Unknown(kind, raw)


def _text(value: Any) -> tuple[Part, ...]:
    body = text(mapping(value).get("body"))
    return (Text(body),) if body else ()


def _media(kind: str) -> Any:
    def read(value: Any) -> tuple[Part, ...]:
        file = mapping(value)
        ref = text(file.get("id"))
        if ref is None:
            return ()
        return (
            Media(
                kind="voice" if kind == "audio" and file.get("voice") is True else kind,
                ref=ref,
                mime=text(file.get("mime_type")),
                name=text(file.get("filename")),
                size=count(file.get("file_size")),
                caption=text(file.get("caption")),
            ),
        )

    return read


def _location(value: Any) -> tuple[Part, ...]:
    place = mapping(value)
    latitude, longitude = _degrees(place.get("latitude")), _degrees(place.get("longitude"))
    if latitude is None or longitude is None:
        return ()
    return (Location(latitude, longitude, name=text(place.get("name")), address=text(place.get("address"))),)


def _degrees(value: Any) -> float | None:
    if isinstance(value, str) and len(value) < 40:
        try:
            return number(float(value))
        except ValueError:
            return None
    return number(value)


def _contacts(value: Any) -> tuple[Part, ...]:
    return tuple(card for card in (_card(mapping(entry)) for entry in items(value)[:100]) if card)


def _card(entry: Mapping[str, Any]) -> ContactCard | None:
    told = mapping(entry.get("name"))
    full = " ".join(n for n in (text(told.get("first_name")), text(told.get("last_name"))) if n)
    phones = [mapping(p) for p in items(entry.get("phones"))[:100]]
    numbers = tuple(n for n in (text(p.get("phone")) or text(p.get("wa_id")) for p in phones) if n)
    emails = tuple(e for e in (text(mapping(m).get("email")) for m in items(entry.get("emails"))[:100]) if e)
    company = text(mapping(entry.get("org")).get("company"))
    name = text(told.get("formatted_name")) or full or company or next(iter(numbers or emails), None)
    return ContactCard(name, numbers, emails) if name else None


def _interactive(value: Any) -> tuple[Part, ...]:
    body = mapping(value)
    kind = text(body.get("type")) or next((name for name in _REPLIES if name in body), "")
    reply = mapping(body.get(kind))
    if kind in ("button_reply", "list_reply"):
        return _choice(reply.get("id"), reply.get("title"))
    if kind == "nfm_reply":
        return _form(reply)
    return ()


_REPLIES = ("button_reply", "list_reply", "nfm_reply")


def _choice(id_: Any, title: Any) -> tuple[Part, ...]:
    chosen, shown = text(id_), text(title)
    return (Choice(chosen or shown or "", shown),) if chosen or shown else ()


def _button(value: Any) -> tuple[Part, ...]:
    """A tap on a button of a template."""
    return _choice(mapping(value).get("payload"), mapping(value).get("text"))


def _form(reply: Mapping[str, Any]) -> tuple[Part, ...]:
    """A flow that was filled in: its answer is JSON in a string."""
    answer = reply.get("response_json")
    try:
        values = read_json(answer.encode("utf-8", "replace")) if isinstance(answer, str) else answer
    except NotJson:
        values = None
    if not isinstance(values, Mapping):
        return ()
    filled = {str(name): entered for name, entered in values.items() if name != "flow_token"}
    return (FormReply(filled, id=text(values.get("flow_token")) or text(reply.get("name"))),)


def _order(value: Any) -> tuple[Part, ...]:
    """A basket from the catalogue: the customer's words, one line an item, and all of it as it came."""
    order = mapping(value)
    if not order:
        return ()
    lines = [line for line in (_item(mapping(item)) for item in items(order.get("product_items"))[:100]) if line]
    words = [w for w in (text(order.get("text")), "\n".join(lines)) if w]
    return (*(Text(w) for w in words), Unknown("order", order))


def _item(item: Mapping[str, Any]) -> str | None:
    product = text(item.get("product_retailer_id"))
    if product is None:
        return None
    quantity, price = number(item.get("quantity")), number(item.get("item_price"))
    told = f"{quantity:g} \u00d7 {product}" if quantity is not None else product
    currency = text(item.get("currency"))
    return f"{told}, {price:g} {currency}" if price is not None and currency else told


def reaction_of(value: Any) -> Reaction:
    """An emoji; a missing or empty one means that the reaction was taken back."""
    emoji = text(mapping(value).get("emoji"))
    return Reaction(emoji or "", removed=emoji is None)


_READERS: Mapping[str, Any] = {
    "text": _text,
    **{kind: _media(kind) for kind in MEDIA},
    "location": _location,
    "contacts": _contacts,
    "interactive": _interactive,
    "button": _button,
    "order": _order,
}
