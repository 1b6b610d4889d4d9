"""The chat page of the simulated WhatsApp, and the control API that it and scripts play customers with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from hub.simulator.chat_pages import ChatPages, PageFiles, SentFile, Wrong, look, person_named, read_body
from hub.simulator.whatsapp.graph import GraphError, Json
from hub.simulator.whatsapp.people import Person
from hub.simulator.whatsapp.platform import WhatsApp
from hub.simulator.whatsapp.world import Held, Number

_PICTURES = ("image/png", "image/jpeg")
"""What WhatsApp sends as a picture; any other goes as a document."""

_CAPTION = 1024  # characters a caption may have


class _Act(BaseModel):
    model_config = ConfigDict(extra="forbid")

    act: Literal[
        "say", "tap", "edit", "delete", "react", "location", "read", "block", "unblock", "close_window", "colleague"
    ]
    text: Annotated[str, Field(max_length=4096)] = ""
    message_id: str | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] = 52.52
    longitude: Annotated[float, Field(ge=-180, le=180)] = 13.405


class _Number(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(pattern=r"^[0-9]{1,32}$")]
    token: Annotated[str, Field(min_length=1, max_length=500)]
    app_secret: Annotated[str, Field(min_length=1, max_length=256)]
    account: Annotated[str, Field(pattern=r"^[0-9]{0,32}$")] = ""
    name: Annotated[str, Field(min_length=1, max_length=64)] = "Simulated business"


class WhatsAppPages(ChatPages[Person, _Act]):
    """The page under ``/whatsapp/``, its calls under ``/control/whatsapp``."""

    name, things, files, acts = "whatsapp", "numbers", PageFiles("whatsapp"), _Act

    def __init__(self, whatsapp: WhatsApp) -> None:
        self._whatsapp = whatsapp

    def refused(self, error: Exception) -> Wrong | None:
        return Wrong(error.details or error.text, status=error.status) if isinstance(error, GraphError) else None

    def accounts(self) -> list[Json]:
        return [_number_facts(number) for number in self._whatsapp.numbers.values()]

    async def add(self, request: web.Request) -> Json:
        """Register a number."""
        asked = await read_body(request, _Number)
        return _number_facts(self._whatsapp.add_number(**asked.model_dump()))

    def person(self, request: web.Request) -> Person:
        phone = request.query.get("phone") != "0"
        return self._whatsapp.user(person_named(request), number=self._number(request), phone=phone)

    async def news(self, request: web.Request, person: Person) -> Json:
        chat = person.chat
        return (await look(request, chat)).told(
            lambda held: _message_facts(held, person),
            typing=chat.typing,
            blocked=chat.blocked,
            open=chat.open,
            waiting=self._whatsapp.courier(person.number).pending,
            number=_number_facts(person.number),
        )

    def do(self, person: Person, asked: _Act) -> Json:
        return {"message_id": _perform(person, asked)}

    def send(self, request: web.Request, person: Person, file: SentFile) -> Json:
        send = person.send_photo if file.picture in _PICTURES else person.send_document
        return {"message_id": send(file.data, name=file.name, mime=file.mime, caption=file.caption[:_CAPTION])}

    def stored(self, request: web.Request, file: str) -> bytes | None:
        found = self._number(request).files.get(file)
        return found.data if found else None

    def _number(self, request: web.Request) -> Number:
        try:
            return self._whatsapp.number(request.match_info["account"])
        except KeyError as error:
            raise Wrong("There is no such number.", status=404) from error


def _perform(person: Person, asked: _Act) -> str | None:
    text = asked.text.strip()
    if asked.act in ("say", "colleague") and not text:
        raise Wrong("text: write something first.")
    if asked.act in ("edit", "delete", "react") and asked.message_id is None:
        raise Wrong("message_id: say which message is meant.")
    named = asked.message_id or ""
    acts: dict[str, Callable[[], Any]] = {
        "say": lambda: person.say(text, reply_to=asked.message_id),
        "tap": lambda: person.tap(asked.text, message_id=asked.message_id),
        "edit": lambda: person.edit(named, text),
        "delete": lambda: person.delete(named),
        "react": lambda: person.react(named, text),
        "location": lambda: person.send_location(asked.latitude, asked.longitude),
        "read": person.read,
        "block": person.block,
        "unblock": person.unblock,
        "close_window": person.let_window_close,
        "colleague": lambda: person.hear_from_colleague(text),
    }
    made = acts[asked.act]()
    return made if isinstance(made, str) else None


def _number_facts(number: Number) -> Json:
    return {
        "id": number.id,
        "name": number.name,
        "display": f"+{number.display}",
        "webhook": bool(number.webhook),
        "webhook_error": number.webhook.last_error if number.webhook else None,
    }


def _message_facts(held: Held, person: Person) -> Json:
    if held.deleted or held.status == "failed":
        return {"message_id": held.id, "deleted": True}
    replied = person.chat.find(held.reply_to) if held.reply_to else None
    return {
        "message_id": held.id,
        "mine": held.mine,
        "at": held.at,
        "content": held.content,
        "read": held.read,
        "edited": held.edited,
        "reply_to": replied.content if replied else None,
        "reactions": [emoji for emoji in held.reactions.values() if emoji],
    }
