"""What a colleague's message may be made of, and how it becomes the parts that every channel renders."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from admin.api.own_files import reachable_file
from hub.core.errors import Invalid
from hub.core.ids import FileId
from hub.core.messages import (
    Card,
    Choices,
    ContactCard,
    Form,
    Location,
    LocationRequest,
    Media,
    Option,
    Part,
    Template,
    Text,
)
from hub.http.access import Call
from hub.http.model import Model
from hub.store.session import Tx

Words = Annotated[str, Field(min_length=1, max_length=8_000, examples=["I am looking into it."])]
Line = Annotated[str, Field(min_length=1, max_length=200)]


class TextIn(Model):
    """Markdown."""

    type: Literal["text"]
    text: Words


class OptionIn(Model):
    """One thing to choose. With `url` it opens a page instead of being an answer."""

    id: Annotated[str, Field(min_length=1, max_length=64)]
    title: Annotated[str, Field(min_length=1, max_length=80)]
    description: Line | None = None
    url: (
        Annotated[str, Field(max_length=2_000, pattern=r"^https?://[^\s]+$", examples=["https://shop.example/"])] | None
    ) = None


class ChoicesIn(Model):
    """Options under a text: buttons, a list or numbers, whatever the channel has."""

    type: Literal["choices"]
    text: Words
    options: Annotated[list[OptionIn], Field(min_length=1, max_length=20)]


class MediaIn(Model):
    type: Literal["media"]
    kind: Literal["image", "audio", "voice", "video", "document"]
    file_id: UUID
    caption: Annotated[str, Field(max_length=1_000)] | None = None


class CardIn(Model):
    """A title with words, a picture and options."""

    type: Literal["card"]
    title: Annotated[str, Field(min_length=1, max_length=80)]
    text: Annotated[str, Field(max_length=1_000)] | None = None
    image: UUID | None = None
    """A file's id."""
    options: Annotated[list[OptionIn], Field(max_length=10)] = Field(default_factory=list)


class LocationIn(Model):
    """A place, in degrees."""

    type: Literal["location"]
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    name: Line | None = None
    address: Line | None = None


class LocationRequestIn(Model):
    """A question for a place; WhatsApp and Telegram show a key that sends it."""

    type: Literal["location_request"]
    text: Annotated[str, Field(min_length=1, max_length=1_000)]


class ContactIn(Model):
    """A person's details."""

    type: Literal["contact"]
    name: Line
    phones: Annotated[list[Annotated[str, Field(min_length=3, max_length=32)]], Field(max_length=5)] = Field(
        default_factory=list
    )
    emails: Annotated[list[Annotated[str, Field(min_length=3, max_length=254)]], Field(max_length=5)] = Field(
        default_factory=list
    )


class FieldIn(Model):
    """One thing to fill in."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["order"])]
    label: Line
    required: bool = False


class FormIn(Model):
    """Fields to fill in: a form on the website, a list of questions on other channels."""

    type: Literal["form"]
    id: Annotated[str, Field(min_length=1, max_length=64, examples=["return"])]
    """Comes back with what was filled in."""
    title: Line
    fields: Annotated[list[FieldIn], Field(min_length=1, max_length=10)]


class TemplateIn(Model):
    """A message the platform approved beforehand; it may go out when the window is closed."""

    type: Literal["template"]
    name: Annotated[str, Field(min_length=1, max_length=512, examples=["order_update"])]
    language: Annotated[str, Field(min_length=2, max_length=20, examples=["en_US"])]
    values: dict[str, Any] = Field(default_factory=dict, max_length=50, examples=[{"1": "Ada"}])
    """The text's placeholders by number or name, `header` and `buttons`; the channel's templates say which."""


AnyPartIn = TextIn | ChoicesIn | MediaIn | CardIn | LocationIn | LocationRequestIn | ContactIn | FormIn | TemplateIn
PartIn = Annotated[AnyPartIn, Field(discriminator="type")]


async def written_part(tx: Tx, call: Call, part: AnyPartIn, field: str) -> Part:
    """The part as channels know it. Raises ``Invalid`` naming a place under ``field`` for a file that is not there, or
    not within the caller's reach."""
    match part:
        case TextIn():
            return Text(part.text)
        case ChoicesIn():
            return Choices(part.text, _options(part.options))
        case MediaIn():
            return await _media(tx, call, part.file_id, f"{field}.file_id", kind=part.kind, caption=part.caption)
        case CardIn():
            image = None
            if part.image is not None:
                image = await _media(tx, call, part.image, f"{field}.image", kind="image")
            return Card(part.title, part.text, image, _options(part.options))
        case LocationIn():
            return Location(part.latitude, part.longitude, part.name, part.address)
        case LocationRequestIn():
            return LocationRequest(part.text)
        case ContactIn():
            return ContactCard(part.name, tuple(part.phones), tuple(part.emails))
        case FormIn():
            return Form(part.id, part.title, tuple(field.model_dump() for field in part.fields))
        case TemplateIn():
            return Template(part.name, part.language, part.values)


def _options(options: list[OptionIn]) -> tuple[Option, ...]:
    return tuple(Option(o.id, o.title, o.description, o.url) for o in options)


async def _media(tx: Tx, call: Call, id: UUID, field: str, *, kind: str, caption: str | None = None) -> Media:
    file = await reachable_file(tx, call, FileId(id))
    if file is None:
        raise Invalid("There is no such file.", field=field)
    return Media(kind, file_id=str(file.id), mime=file.mime, name=file.name, size=file.size, caption=caption)
