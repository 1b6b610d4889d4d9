"""Takes the business's messages: refuses what WhatsApp refuses at once, and tells the rest by statuses."""

from __future__ import annotations

import time
from typing import Any

from hub.simulator.whatsapp.delivery import Courier
from hub.simulator.whatsapp.graph import GraphError, Json, invalid
from hub.simulator.whatsapp.people import Person
from hub.simulator.whatsapp.schema import Outgoing, TemplateCall
from hub.simulator.whatsapp.world import LIMITS, ApprovedTemplate, Chat, Held, Number

_CLOSED = (131047, "Re-engagement message", "More than 24 hours have passed since the recipient last replied.")
_NOBODY = (131026, "Message undeliverable", "The recipient is not a WhatsApp user or cannot receive this message.")


def accept(number: Number, courier: Courier, chat: Chat | None, message: Outgoing) -> str:
    """Put a message into its chat; its id. What cannot be delivered is accepted all the same and fails later, as
    WhatsApp does it: to strangers, and outside the 24 hours. Raises ``GraphError`` for what is refused at once."""
    content = _content(number, message)
    if chat is None:
        stranger = Person(number, courier, Chat("", message.to, "Nobody"))
        held = _held(number, stranger.chat, message, content)
        _fail(stranger, held, *_NOBODY)
        return held.id
    if message.type == "reaction":
        return _react(number, chat, message)
    if message.context is not None and chat.find(message.context.message_id) is None:
        raise invalid("context.message_id: there is no such message in this chat.")
    person = Person(number, courier, chat)
    held = _held(number, chat, message, content)
    if not chat.open and message.type != "template":
        held.status = "failed"
        _fail(person, held, *_CLOSED)
        return held.id
    chat.typing_until = 0.0
    held.status = "sent"
    person.status(held, "sent")
    if chat.blocked:
        held.deleted = True
    else:
        held.status = "delivered"
        person.status(held, "delivered")
    chat.touch(held)
    return held.id


def _held(number: Number, chat: Chat, message: Outgoing, content: Json) -> Held:
    replied = message.context.message_id if message.context else None
    held = Held(
        number.message_id(),
        False,
        content,
        int(time.time()),
        key=message.biz_opaque_callback_data,
        reply_to=replied,
    )
    return chat.add(held)


def _fail(person: Person, held: Held, code: int, title: str, details: str) -> None:
    error = {"code": code, "title": title, "message": title, "error_data": {"details": details}}
    person.status(held, "failed", [error])


def _react(number: Number, chat: Chat, message: Outgoing) -> str:
    wanted = message.reaction
    held = chat.find(wanted.message_id) if wanted else None
    if wanted is None or held is None:
        raise invalid("reaction.message_id: there is no such message in this chat.")
    held.reactions = {**held.reactions, "business": wanted.emoji} if wanted.emoji else {}
    chat.touch(held)
    return number.message_id()


def _content(number: Number, message: Outgoing) -> Json:
    """The message's content as the chat keeps it. Raises for files and templates that are not there."""
    value: Any = getattr(message, message.type)
    content: Any
    if isinstance(value, list):
        content = [item.model_dump(exclude_none=True) for item in value]
    else:
        content = value.model_dump(exclude_none=True)
    if message.type in LIMITS:
        _named(number, message.type, content)
    if message.interactive and message.interactive.header:
        kind = message.interactive.header.type
        if kind in LIMITS:
            _named(number, kind, content["header"][kind])
    if message.template:
        return {"type": "template", "template": content, "shown": _filled(number, message.template)}
    return {"type": message.type, message.type: content}


def _named(number: Number, kind: str, value: Json) -> None:
    stored = number.check_media(kind, value)
    if stored is not None:
        value["mime_type"] = stored.mime


def _filled(number: Number, call: TemplateCall) -> str:
    template = number.templates.get((call.name, call.language.code))
    if template is None or template.status != "APPROVED":
        raise GraphError(
            132001, "Template does not exist in the translation", status=404,
            details=f"template name ({call.name}) does not exist in {call.language.code}",
        )  # fmt: skip
    _check_header(template, [p for c in call.components if c.type == "header" for p in c.parameters])
    _check_buttons(template, {str(c.index): c.parameters for c in call.components if c.type == "button"})
    given = [p for c in call.components if c.type == "body" for p in c.parameters]
    if len(given) != template.placeholders:
        raise GraphError(
            132000, "Number of parameters does not match the expected number of params",
            details=f"body: number of localizable_params ({len(given)}) does not match the expected number of params "
            f"({template.placeholders})",
        )  # fmt: skip
    shown = template.body
    for index, parameter in enumerate(given, start=1):
        name = parameter.get("parameter_name") or str(index)
        shown = shown.replace("{{" + str(name) + "}}", str(parameter.get("text", "")))
    return shown


def _check_header(template: ApprovedTemplate, given: list[Json]) -> None:
    header = template.header or {}
    kind = str(header.get("format", "")).lower()
    needed = kind if kind not in ("", "text") else ("text" if "{{" in str(header.get("text", "")) else None)
    types = [parameter.get("type") for parameter in given]
    if types != ([needed] if needed else []):
        told = ", ".join(map(str, types)) or "none"
        raise GraphError(
            132012, "Parameter format does not match format in the created template",
            details=f"header: Format mismatch, expected {needed or 'none'}, received {told}",
        )  # fmt: skip


def _check_buttons(template: ApprovedTemplate, given: dict[str, list[Json]]) -> None:
    for index, button in enumerate(template.buttons):
        needs = button.get("type") in ("OTP", "COPY_CODE") or "{{" in str(button.get("url", ""))
        if needs and not given.get(str(index)):
            told = f"buttons: Button at index {index} requires a parameter"
            raise GraphError(131008, "Required parameter is missing", details=told)
    if any(not index.isdecimal() or int(index) >= len(template.buttons) for index in given):
        raise GraphError(132018, "Template parameter is invalid", details="buttons: there is no such button")
