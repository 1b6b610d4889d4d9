"""Our messages as calls of the Cloud API. Pure: the same message gives the same calls.

Text is Markdown; it leaves in WhatsApp's own marks, in as many messages as the limits need. Link previews are off: an
answer must not make a customer's app fetch an address a model wrote.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from adapters.payloads import storable
from adapters.rendering.links import spelled_out
from adapters.rendering.parse import parse, verbatim
from adapters.rendering.runs import Mark, Run, Style
from adapters.rendering.split import shorten
from adapters.whatsapp.buttons import interactive, told_options
from adapters.whatsapp.capabilities import BODY, CAPABILITIES
from adapters.whatsapp.files import attachment, captioned
from adapters.whatsapp.keys import Recipient, read_thread
from adapters.whatsapp.markup import fitted, to_marks
from adapters.whatsapp.templates import template_object
from hub.core.channels import Request, Upload
from hub.core.errors import Invalid
from hub.core.messages import (
    Card,
    Choice,
    Choices,
    ContactCard,
    Form,
    FormReply,
    Location,
    LocationRequest,
    Media,
    Option,
    Outbound,
    Part,
    Reaction,
    Template,
    Text,
)

MESSAGES: Final = "messages"
"""The method that sends."""

_WAMID = re.compile(r"[\x21-\x7e]{1,512}")


def render(outbound: Outbound) -> Sequence[Request]:
    """The calls that show this message, in order; the first one replies where a reply is asked for.

    Raises ``Invalid`` when the thread names nobody.
    """
    recipient = read_thread(outbound.thread)
    if recipient is None:
        raise Invalid("This conversation has nobody on WhatsApp to send to.", field="thread")
    writer = _Writer(recipient, _below(outbound.sources))
    last = _last_words(outbound.parts)
    requests: list[Request] = []
    for index, part in enumerate(outbound.parts):
        if isinstance(part, Reaction):
            requests += writer.reaction(part, outbound.reply_to)
        else:
            requests += writer.part(part, with_sources=index == last)
    if outbound.sources and last is None and requests:
        requests += writer.words(_below(outbound.sources))
    return [_as_reply(requests[0], outbound.reply_to), *requests[1:]] if requests else []


def _below(sources: str | None) -> list[Run]:
    return verbatim(storable(sources)) if sources else []


def _last_words(parts: Sequence[Part]) -> int | None:
    """The part that sources stand under."""
    return next((i for i in reversed(range(len(parts))) if isinstance(parts[i], Text | Choices)), None)


def _as_reply(request: Request, reply_to: str | None) -> Request:
    if reply_to is None or request.payload["type"] == "reaction" or not _WAMID.fullmatch(reply_to):
        return request
    return Request(request.method, {**request.payload, "context": {"message_id": reply_to}}, request.uploads)


def markdown(text: str) -> list[Run]:
    """The runs of a Markdown text, with links' addresses written out."""
    return spelled_out(parse(storable(text)))


def _bold(text: str) -> Run:
    return Run(storable(text), frozenset({Mark(Style.BOLD)}))


class _Writer:
    """Writes the calls to one recipient."""

    def __init__(self, recipient: Recipient, sources: Sequence[Run]) -> None:
        self._to = {"messaging_product": "whatsapp", **recipient.parameters()}
        self._sources = sources

    def part(self, part: Part, *, with_sources: bool) -> list[Request]:
        below = [Run("\n\n"), *self._sources] if with_sources and self._sources else []
        match part:
            case Text(text=text):
                return self.words([*markdown(text), *below])
            case Choices(text=text, options=options):
                return self.choices([*markdown(text), *below], options)
            case LocationRequest(text=text):
                return self.under_words(
                    markdown(text), {"type": "location_request_message", "action": {"name": "send_location"}}
                )
            case Card():
                return self.card(part)
            case Media():
                return self.media(part)
            case Location():
                return [self.message("location", _location(part))]
            case ContactCard():
                return [self.message("contacts", [_contact(part)])]
            case Template():
                return [self.message("template", template_object(part))]
            case _:
                return self.words(_in_words(part))

    def message(self, type_: str, value: Any, uploads: tuple[Upload, ...] = ()) -> Request:
        return Request(MESSAGES, {**self._to, "type": type_, type_: value}, uploads)

    def words(self, runs: Sequence[Run]) -> list[Request]:
        chunks = fitted(runs, CAPABILITIES.text_limit, CAPABILITIES.text_unit)
        return [self.message("text", {"body": to_marks(chunk), "preview_url": False}) for chunk in chunks]

    def choices(self, runs: Sequence[Run], options: Sequence[Option]) -> list[Request]:
        """Buttons where they hold all, else a list, else numbers."""
        shape = interactive(options)
        return (
            self.under_words([*runs, *told_options(options, shape)], shape)
            if shape
            else self.words([*runs, *told_options(options, None)])
        )

    def under_words(
        self, runs: Sequence[Run], shape: Mapping[str, Any], uploads: tuple[Upload, ...] = ()
    ) -> list[Request]:
        """An interactive message; words beyond its 1,024 go before it."""
        before, body = self._body(runs)
        value = {**shape, "body": {"text": body}}
        return [*before, self.message("interactive", value, uploads)]

    def _body(self, runs: Sequence[Run]) -> tuple[list[Request], str]:
        fits = sum(len(run.text) for run in runs) <= BODY
        short = fitted(runs, BODY, CAPABILITIES.text_unit) if fits else []
        if fits and len(short) <= 1:
            return [], to_marks(short[0]) if short else "\u2022"  # buttons need a text to stand under
        chunks = fitted(runs, CAPABILITIES.text_limit, CAPABILITIES.text_unit)
        tail = fitted(chunks[-1], BODY, CAPABILITIES.text_unit)
        told = [*chunks[:-1], *tail[:-1]]
        return [r for chunk in told for r in self.words(chunk)], to_marks(tail[-1])

    def card(self, card: Card) -> list[Request]:
        """A picture over title, text and buttons in one message where WhatsApp allows it, else one after the other."""
        runs = [_bold(card.title), *([Run("\n"), *markdown(card.text)] if card.text else [])]
        if card.image is None:
            return self.choices(runs, card.options) if card.options else self.words(runs)
        shape = interactive(card.options)
        if not card.options and len(fitted(runs, CAPABILITIES.caption_limit, CAPABILITIES.text_unit)) == 1:
            return self.media(card.image, runs)
        image = attachment(card.image)
        if image is None or image.type != "image":
            return [*self.media(card.image), *self.choices(runs, card.options)]
        if shape is None or shape["type"] == "list" or len(fitted(runs, BODY, CAPABILITIES.text_unit)) > 1:
            return [self.message("image", image.value, image.uploads("image")), *self.choices(runs, card.options)]
        header = {"type": "image", "image": image.value}
        told = [*runs, *told_options(card.options, shape)]
        return self.under_words(told, {**shape, "header": header}, image.uploads("interactive.header.image"))

    def media(self, media: Media, caption: Sequence[Run] | None = None) -> list[Request]:
        """A file with its caption; a caption WhatsApp has no place for follows as text."""
        told = list(caption) if caption is not None else (markdown(media.caption) if media.caption else [])
        file = attachment(media)
        if file is None:
            return self.words(told)
        chunks = fitted(told, CAPABILITIES.caption_limit, CAPABILITIES.text_unit)
        if captioned(file.type) and len(chunks) == 1:
            value = {**file.value, "caption": to_marks(chunks[0])}
            return [self.message(file.type, value, file.uploads(file.type))]
        return [self.message(file.type, file.value, file.uploads(file.type)), *self.words(told)]

    def reaction(self, reaction: Reaction, target: str | None) -> list[Request]:
        if target is None or not _WAMID.fullmatch(target):
            return []
        emoji = "" if reaction.removed else storable(reaction.emoji)
        return [self.message("reaction", {"message_id": target, "emoji": emoji})]


def _in_words(part: Part) -> list[Run]:
    match part:
        case Choice(id=id_, title=title):
            return verbatim(storable(title or id_))
        case Form(title=title, listed=listed):
            return [_bold(title), *verbatim(storable(listed))]
        case FormReply(listed=listed):
            return verbatim(storable(listed))
        case _:  # unknown parts have no form as a WhatsApp message
            return []


def _location(place: Location) -> dict[str, Any]:
    told = {"name": place.name, "address": place.address}
    where: dict[str, Any] = {"latitude": place.latitude, "longitude": place.longitude}
    return where | {key: shorten(storable(value), 1000) for key, value in told.items() if value}


def _contact(card: ContactCard) -> dict[str, Any]:
    name = storable(card.name).strip() or next(iter((*card.phones, *card.emails)), "\u2022")
    contact: dict[str, Any] = {"name": {"formatted_name": name, "first_name": name.split()[0]}}
    if card.phones:
        contact["phones"] = [{"phone": storable(phone)} for phone in card.phones]
    if card.emails:
        contact["emails"] = [{"email": storable(email)} for email in card.emails]
    return contact
