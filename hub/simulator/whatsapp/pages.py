"""The chat page of the simulated WhatsApp, and the control API that it and scripts play customers with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from hub.simulator.chat_pages import (
    Handler,
    PageFiles,
    Wrong,
    answer,
    file_named,
    look,
    person_named,
    picture_type,
    plainly,
    read_body,
    sent_to,
    stored_file,
)
from hub.simulator.whatsapp.graph import GraphError, Json
from hub.simulator.whatsapp.people import Person
from hub.simulator.whatsapp.platform import WhatsApp
from hub.simulator.whatsapp.world import Held, Number

_FILES = PageFiles("whatsapp")
_PICTURES = ("image/png", "image/jpeg")
"""What WhatsApp sends as a picture; any other goes as a document."""


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


class WhatsAppPages:
    """``/whatsapp/`` and ``/control/whatsapp/``."""

    def __init__(self, whatsapp: WhatsApp) -> None:
        self._whatsapp = whatsapp

    def routes(self, app: web.Application) -> None:
        """Put page and API on an application."""
        chat = "/control/whatsapp/numbers/{number}/people/{person}"
        app.router.add_get("/whatsapp", sent_to("/whatsapp/"))
        app.router.add_get("/whatsapp/", _plain(_FILES.index))
        app.router.add_get("/whatsapp/{name}", _plain(_FILES.asset))
        app.router.add_get("/control/whatsapp/numbers", _plain(self._numbers))
        app.router.add_post("/control/whatsapp/numbers", _plain(self._add_number))
        app.router.add_get(chat, _plain(self._look))
        app.router.add_post(chat, _plain(self._act))
        app.router.add_put(f"{chat}/file", _plain(self._upload))
        app.router.add_get("/control/whatsapp/numbers/{number}/files/{file}", _plain(self._file))

    async def _numbers(self, request: web.Request) -> web.Response:
        return answer({"items": [_number_facts(number) for number in self._whatsapp.numbers.values()]})

    async def _add_number(self, request: web.Request) -> web.Response:
        asked = await read_body(request, _Number)
        try:
            return answer(_number_facts(self._whatsapp.add_number(**asked.model_dump())))
        except ValueError as error:
            raise Wrong(str(error)) from error

    async def _look(self, request: web.Request) -> web.Response:
        """The chat's changes after a version; with ``wait``, as soon as there are any."""
        person = self._person(request)
        chat = person.chat
        news = await look(request, chat)
        return answer(
            {
                "version": chat.version,
                "restarted": news.restarted,
                "messages": [_message_facts(held, person) for held in news.messages],
                "typing": chat.typing,
                "blocked": chat.blocked,
                "open": chat.open,
                "waiting": self._whatsapp.courier(person.number).pending,
                "number": _number_facts(person.number),
            }
        )

    async def _act(self, request: web.Request) -> web.Response:
        person = self._person(request)
        asked = await read_body(request, _Act)
        return answer({"ok": True, "message_id": _perform(person, asked)})

    async def _upload(self, request: web.Request) -> web.Response:
        person = self._person(request)
        name, caption = file_named(request)
        data = await request.read()
        if (kind := picture_type(data)) in _PICTURES:
            made = person.send_photo(data, caption=caption, name=name, mime=kind)
        else:
            made = person.send_document(data, name=name, mime=request.content_type, caption=caption)
        return answer({"ok": True, "message_id": made})

    async def _file(self, request: web.Request) -> web.Response:
        file = self._number(request).files.get(request.match_info["file"])
        return stored_file(file.data if file else None)

    def _number(self, request: web.Request) -> Number:
        try:
            return self._whatsapp.number(request.match_info["number"])
        except KeyError as error:
            raise Wrong("There is no such number.", status=404) from error

    def _person(self, request: web.Request) -> Person:
        phone = request.query.get("phone") != "0"
        return self._whatsapp.user(person_named(request), number=self._number(request), phone=phone)


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


def _plain(handler: Handler) -> Handler:
    return plainly(handler, _refused)


def _refused(error: Exception) -> Wrong | None:
    return Wrong(error.details or error.text, status=error.status) if isinstance(error, GraphError) else None
