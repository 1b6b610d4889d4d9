"""What the Cloud API takes: unknown and missing parameters are refused, lengths and counts are held to.

Source: Meta's OpenAPI document for the WhatsApp Business Platform, version 23, and its reference of messages.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from hub.simulator.whatsapp.graph import GraphError, Json, invalid

Words = Annotated[str, Field(min_length=1)]
Emoji = Annotated[str, Field(max_length=64)]
M = TypeVar("M", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Context(_Strict):
    message_id: Words


class TextBody(_Strict):
    body: Annotated[str, Field(min_length=1, max_length=4096)]
    preview_url: bool = False


class MediaObject(_Strict):
    """A file: by the id of an upload or by a link, one of the two."""

    id: str | None = None
    link: Annotated[str, Field(pattern=r"^https?://")] | None = None
    caption: Annotated[str, Field(max_length=1024)] | None = None
    filename: str | None = None
    voice: bool | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.id is None) == (self.link is None):
            raise ValueError("give either id or link")
        return self


class Place(_Strict):
    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None


class _Name(_Strict):
    formatted_name: Words
    first_name: str | None = None
    last_name: str | None = None
    middle_name: str | None = None
    prefix: str | None = None
    suffix: str | None = None


class _Phone(_Strict):
    phone: Words
    type: str | None = None
    wa_id: str | None = None


class _Email(_Strict):
    email: Words
    type: str | None = None


class Contact(_Strict):
    name: _Name
    phones: list[_Phone] = []
    emails: list[_Email] = []
    org: dict[str, str] | None = None


class Reacted(_Strict):
    message_id: Words
    emoji: Emoji = ""


class _Reply(_Strict):
    id: Annotated[str, Field(min_length=1, max_length=256)]
    title: Annotated[str, Field(min_length=1, max_length=20)]


class _Button(_Strict):
    type: Literal["reply"]
    reply: _Reply


class _Row(_Strict):
    id: Annotated[str, Field(min_length=1, max_length=200)]
    title: Annotated[str, Field(min_length=1, max_length=24)]
    description: Annotated[str, Field(max_length=72)] | None = None


class _Section(_Strict):
    title: Annotated[str, Field(max_length=24)] | None = None
    rows: Annotated[list[_Row], Field(min_length=1, max_length=10)]


class _Link(_Strict):
    display_text: Annotated[str, Field(min_length=1, max_length=20)]
    url: Annotated[str, Field(pattern=r"^https?://")]


class Action(_Strict):
    buttons: Annotated[list[_Button], Field(min_length=1, max_length=3)] | None = None
    button: Annotated[str, Field(min_length=1, max_length=20)] | None = None
    sections: Annotated[list[_Section], Field(min_length=1, max_length=10)] | None = None
    name: Literal["cta_url", "send_location"] | None = None
    parameters: _Link | None = None


class Header(_Strict):
    type: Literal["text", "image", "video", "document"]
    text: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    image: MediaObject | None = None
    video: MediaObject | None = None
    document: MediaObject | None = None


class _Body(_Strict):
    text: Annotated[str, Field(min_length=1, max_length=1024)]


class _Footer(_Strict):
    text: Annotated[str, Field(min_length=1, max_length=60)]


class Interactive(_Strict):
    type: Literal["button", "list", "cta_url", "location_request_message"]
    body: _Body
    action: Action
    header: Header | None = None
    footer: _Footer | None = None

    @model_validator(mode="after")
    def _action_fits(self) -> Self:
        needed = {
            "button": {"buttons"},
            "list": {"button", "sections"},
            "cta_url": {"name", "parameters"},
            "location_request_message": {"name"},
        }[self.type]
        given = self.action.model_fields_set
        if given != needed:
            raise ValueError(f"an action of a {self.type} message has {', '.join(sorted(needed))}")
        if self.type == "location_request_message" and self.action.name != "send_location":
            raise ValueError("action.name must be send_location")
        if self.type == "list" and self.header is not None and self.header.type != "text":
            raise ValueError("the header of a list must be a text")
        _all_differ(self.action)
        return self


def _all_differ(action: Action) -> None:
    replies = [button.reply for button in action.buttons or []]
    rows = [row for section in action.sections or [] for row in section.rows]
    if len(rows) > 10:
        raise ValueError("a list has at most 10 rows")
    if len(action.sections or []) > 1 and not all(section.title for section in action.sections or []):
        raise ValueError("sections need titles where there are several")
    for things in ([r.id for r in replies], [r.title for r in replies], [r.id for r in rows], [r.title for r in rows]):
        if len(set(things)) != len(things):
            raise ValueError("ids and titles must differ")


class _Language(_Strict):
    code: Words
    policy: Literal["deterministic"] | None = None


class _Component(_Strict):
    type: Literal["header", "body", "button"]
    sub_type: str | None = None
    index: str | int | None = None
    parameters: list[dict[str, Any]] = []


class TemplateCall(_Strict):
    name: Words
    language: _Language
    components: list[_Component] = []


class Outgoing(_Strict):
    """A message to be sent."""

    messaging_product: Literal["whatsapp"]
    recipient_type: Literal["individual"] = "individual"
    to: Words | None = None
    recipient: Words | None = None
    type: Literal[
        "text", "image", "audio", "video", "document", "sticker", "location", "contacts", "reaction", "interactive",
        "template",
    ] = "text"  # fmt: skip
    context: Context | None = None
    biz_opaque_callback_data: Annotated[str, Field(max_length=512)] | None = None
    text: TextBody | None = None
    image: MediaObject | None = None
    audio: MediaObject | None = None
    video: MediaObject | None = None
    document: MediaObject | None = None
    sticker: MediaObject | None = None
    location: Place | None = None
    contacts: Annotated[list[Contact], Field(min_length=1)] | None = None
    reaction: Reacted | None = None
    interactive: Interactive | None = None
    template: TemplateCall | None = None

    @model_validator(mode="after")
    def _one_content(self) -> Self:
        about = {
            "messaging_product",
            "recipient_type",
            "to",
            "recipient",
            "type",
            "context",
            "biz_opaque_callback_data",
        }
        if (content := self.model_fields_set - about) != {self.type}:
            raise ValueError(f"a message of type {self.type} has {self.type} and nothing else, not {sorted(content)}")
        if self.to is None and self.recipient is None:
            raise ValueError("to or recipient is required")
        media = getattr(self, self.type) if self.type in ("audio", "sticker") else None
        if isinstance(media, MediaObject) and media.caption is not None:
            raise ValueError(f"{self.type} takes no caption")
        return self


class _Typing(_Strict):
    type: Literal["text"]


class ReadMark(_Strict):
    """A customer's message that was read."""

    messaging_product: Literal["whatsapp"]
    status: Literal["read"]
    message_id: Words
    typing_indicator: _Typing | None = None


def read_body(raw: bytes) -> Json:
    """A JSON object. Raises 100."""
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise invalid("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise invalid("The body must be a JSON object.")
    return body


def read_outgoing(body: Json) -> Outgoing:
    """A message to send. Raises 100, or 131008 where something is missing."""
    return _read(Outgoing, body)


def read_mark(body: Json) -> ReadMark:
    """A read mark. Raises 100."""
    return _read(ReadMark, body)


def _read(kind: type[M], body: Json) -> M:
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        told = f"{where}: {first['msg']}" if where else str(first["msg"])
        if first["type"] == "missing":
            raise GraphError(131008, "Required parameter is missing", details=told) from error
        raise invalid(told) from error
