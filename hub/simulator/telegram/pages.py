"""The chat page of the simulated Telegram and what it calls: people at a screen play the customers here."""

from __future__ import annotations

from typing import Any, Literal

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
    whole_number,
)
from hub.simulator.telegram.people import Person
from hub.simulator.telegram.platform import Telegram
from hub.simulator.telegram.schema import BotError
from hub.simulator.telegram.world import Bot, Held, Json

_FILES = PageFiles(".", "telegram.html")


class _Act(BaseModel):
    model_config = ConfigDict(extra="forbid")

    act: Literal["say", "tap", "edit", "react", "block", "unblock", "location"]
    text: str = Field(default="", max_length=4096)
    message_id: int | None = None
    latitude: float = 0.0
    longitude: float = 0.0


class _Bot(BaseModel):
    model_config = ConfigDict(extra="forbid")

    token: str
    name: str = Field(default="Simulated bot", min_length=1, max_length=64)


class TelegramPages:
    """The page under ``/telegram/``, its calls under ``/control/telegram``."""

    def __init__(self, telegram: Telegram) -> None:
        self._telegram = telegram

    def routes(self, app: web.Application) -> None:
        """Put page and calls on an application."""
        app.router.add_get("/telegram", sent_to("/telegram/"))
        app.router.add_get("/telegram/", _safely(_FILES.index))
        app.router.add_get("/telegram/{name}", _safely(_FILES.asset))
        app.router.add_get("/control/telegram/bots", _safely(self._bots))
        app.router.add_post("/control/telegram/bots", _safely(self._add_bot))
        chat = "/control/telegram/bots/{bot}/people/{person}"
        app.router.add_get(chat, _safely(self._look))
        app.router.add_post(chat, _safely(self._act))
        app.router.add_put(f"{chat}/file", _safely(self._upload))
        app.router.add_get("/control/telegram/bots/{bot}/files/{file}", _safely(self._file))

    async def _bots(self, request: web.Request) -> web.Response:
        return answer({"items": [_bot_facts(bot) for bot in self._telegram.bots.values()]})

    async def _add_bot(self, request: web.Request) -> web.Response:
        asked = await read_body(request, _Bot)
        try:
            return answer(_bot_facts(self._telegram.add_bot(asked.token, name=asked.name)))
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
                "toasts": [toast for toast in chat.toasts if news.has(toast["version"])],
                "blocked": chat.blocked,
                "waiting": self._telegram.courier(person.bot).pending,
                "bot": _bot_facts(person.bot),
            }
        )

    async def _act(self, request: web.Request) -> web.Response:
        person = self._person(request)
        asked = await read_body(request, _Act)
        made: dict[str, Any] = {}
        if asked.act == "say":
            if not asked.text.strip():
                raise Wrong("text: write something first.")
            made = {"message_id": person.say(asked.text.strip(), reply_to=asked.message_id)["message_id"]}
        elif asked.act == "tap":
            made = {"tap": person.tap(asked.text, message_id=asked.message_id)}
        elif asked.act == "location":
            made = {"message_id": person.send_location(asked.latitude, asked.longitude)["message_id"]}
        elif asked.act in ("edit", "react"):
            if asked.message_id is None:
                raise Wrong("message_id: say which message is meant.")
            if asked.act == "edit":
                person.edit(asked.message_id, asked.text)
            else:
                person.react(asked.message_id, *([asked.text] if asked.text else []))
        elif asked.act == "block":
            person.block()
        else:
            person.unblock()
        return answer({"ok": True, **made})

    async def _upload(self, request: web.Request) -> web.Response:
        person = self._person(request)
        name, caption = file_named(request)
        data = await request.read()
        if picture_type(data):
            made = person.send_photo(data, caption=caption, name=name)
        else:
            made = person.send_document(data, name=name, mime=request.content_type, caption=caption)
        return answer({"ok": True, "message_id": made["message_id"]})

    async def _file(self, request: web.Request) -> web.Response:
        file = self._bot(request).files.get(request.match_info["file"])
        return stored_file(file.data if file else None)

    def _bot(self, request: web.Request) -> Bot:
        try:
            return self._telegram.bot(whole_number(request.match_info["bot"], "bot"))
        except KeyError as error:
            raise Wrong("There is no such bot.", status=404) from error

    def _person(self, request: web.Request) -> Person:
        return self._telegram.user(person_named(request), bot=self._bot(request))


def _bot_facts(bot: Bot) -> Json:
    return {
        "id": bot.id,
        "name": bot.user["first_name"],
        "username": bot.user["username"],
        "webhook": bool(bot.webhook),
        "webhook_error": bot.webhook.last_error_message if bot.webhook else None,
    }


def _message_facts(held: Held, person: Person) -> Json:
    message = held.message
    if held.deleted:
        return {"message_id": message["message_id"], "deleted": True}
    return {
        **message,
        "mine": message["from"]["id"] == person.id,
        "typed_keys": held.typed_keys,
        "reactions": [reaction.get("emoji", "*") for by in held.reactions.values() for reaction in by],
    }


def _safely(handler: Handler) -> Handler:
    return plainly(handler, _refused)


def _refused(error: Exception) -> Wrong | None:
    if not isinstance(error, BotError):
        return None
    return Wrong(error.text.removeprefix("Bad Request: "), status=error.code)
