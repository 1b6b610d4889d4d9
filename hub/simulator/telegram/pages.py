"""The chat page of the simulated Telegram and what it calls: people at a screen play the customers here."""

from __future__ import annotations

from typing import Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from hub.simulator.chat_pages import ChatPages, PageFiles, SentFile, Wrong, look, person_named, read_body, whole_number
from hub.simulator.telegram.people import Person
from hub.simulator.telegram.platform import Telegram
from hub.simulator.telegram.schema import BotError
from hub.simulator.telegram.world import Bot, Held, Json

_CAPTION = 1024  # characters a caption may have


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


class TelegramPages(ChatPages[Person, _Act]):
    """The page under ``/telegram/``, its calls under ``/control/telegram``."""

    name, things, files, acts = "telegram", "bots", PageFiles(".", "telegram.html"), _Act

    def __init__(self, telegram: Telegram) -> None:
        self._telegram = telegram

    def refused(self, error: Exception) -> Wrong | None:
        if not isinstance(error, BotError):
            return None
        return Wrong(error.text.removeprefix("Bad Request: "), status=error.code)

    def accounts(self) -> list[Json]:
        return [_bot_facts(bot) for bot in self._telegram.bots.values()]

    async def add(self, request: web.Request) -> Json:
        """Register a bot."""
        asked = await read_body(request, _Bot)
        return _bot_facts(self._telegram.add_bot(asked.token, name=asked.name))

    def person(self, request: web.Request) -> Person:
        return self._telegram.user(person_named(request), bot=self._bot(request))

    async def news(self, request: web.Request, person: Person) -> Json:
        chat = person.chat
        news = await look(request, chat)
        return news.told(
            lambda held: _message_facts(held, person),
            typing=chat.typing,
            toasts=[toast for toast in chat.toasts if news.has(toast["version"])],
            blocked=chat.blocked,
            waiting=self._telegram.courier(person.bot).pending,
            bot=_bot_facts(person.bot),
        )

    def do(self, person: Person, asked: _Act) -> Json:
        return _do(person, asked)

    def send(self, request: web.Request, person: Person, file: SentFile) -> Json:
        if file.picture:
            made = person.send_photo(file.data, caption=file.caption[:_CAPTION], name=file.name)
        else:
            made = person.send_document(file.data, name=file.name, mime=file.mime, caption=file.caption[:_CAPTION])
        return {"message_id": made["message_id"]}

    def stored(self, request: web.Request, file: str) -> bytes | None:
        found = self._bot(request).files.get(file)
        return found.data if found else None

    def _bot(self, request: web.Request) -> Bot:
        try:
            return self._telegram.bot(whole_number(request.match_info["account"], "bot"))
        except KeyError as error:
            raise Wrong("There is no such bot.", status=404) from error


def _do(person: Person, asked: _Act) -> Json:
    made: Json = {}
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
    return made


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
