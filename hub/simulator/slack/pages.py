"""The chat page of the simulated Slack and what it calls: people at a screen play the customers here."""

from __future__ import annotations

from typing import Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from hub.simulator.chat_pages import ChatPages, PageFiles, SentFile, Wrong, look, person_named, picture_type, read_body
from hub.simulator.slack.people import Person
from hub.simulator.slack.platform import Slack
from hub.simulator.slack.world import App, Held, Json, SlackError

DIRECT = "direct"
"""The place that is the direct chat with the bot; any other names a channel."""

_SHOWN = ("ts", "thread_ts", "text", "blocks", "username")


class _Act(BaseModel):
    model_config = ConfigDict(extra="forbid")

    act: Literal["say", "mention", "tap", "edit", "delete", "react", "unreact", "command"]
    text: str = Field(default="", max_length=12_000)
    ts: str | None = None
    thread: str | None = None


class _App(BaseModel):
    model_config = ConfigDict(extra="forbid")

    token: str = Field(min_length=1, max_length=300)
    app_id: str = Field(pattern=r"^A[A-Za-z0-9]{1,31}$")
    team_id: str = Field(pattern=r"^[TE][A-Za-z0-9]{1,31}$")
    signing_secret: str = Field(min_length=1, max_length=256)
    name: str = Field(default="Simulated app", min_length=1, max_length=80)
    url: str = Field(default="", max_length=2000)


class SlackPages(ChatPages[Person, _Act]):
    """The page under ``/slack/``, its calls under ``/control/slack``."""

    name, things, place, files, acts = "slack", "apps", "/{place}", PageFiles("slack"), _Act

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    def refused(self, error: Exception) -> Wrong | None:
        if not isinstance(error, SlackError):
            return None
        return Wrong(error.code, status=error.status if error.status >= 400 else 400)

    def accounts(self) -> list[Json]:
        return [_app_facts(app) for app in self._slack.apps.values()]

    async def add(self, request: web.Request) -> Json:
        """Install an app; with ``url``, its events go there once the address gave the challenge back."""
        asked = await read_body(request, _App)
        app = self._slack.add_app(**asked.model_dump(exclude={"url"}))
        if asked.url and not await self._slack.subscribe(asked.url, app=app):
            raise Wrong("url: this address did not give the challenge back.")
        return _app_facts(app)

    def person(self, request: web.Request) -> Person:
        name, place = person_named(request), request.match_info["place"].strip()[:64]
        if not place:
            raise Wrong("place: give a name.")
        app = self._app(request)
        person = self._slack.user(name, app=app)
        return person if place == DIRECT else self._slack.channel(place, [person], app=app)[0]

    async def news(self, request: web.Request, person: Person) -> Json:
        chat = person.chat
        return (await look(request, chat)).told(
            lambda held: _message_facts(held, person),
            typing=chat.typing,
            waiting=person.desk.courier.pending,
            app=_app_facts(person.app),
        )

    def do(self, person: Person, asked: _Act) -> Json:
        return _do(person, asked)

    def send(self, request: web.Request, person: Person, file: SentFile) -> Json:
        thread = request.query.get("thread") or None
        made = person.send_file(file.data, name=file.name, mime=file.mime, text=file.caption, thread=thread)
        return {"ts": made["ts"]}

    def stored(self, request: web.Request, file: str) -> bytes | None:
        found = self._app(request).files.get(file)
        return found.data if found else None

    def _app(self, request: web.Request) -> App:
        try:
            return self._slack.app(request.match_info["account"])
        except KeyError as error:
            raise Wrong("There is no such workspace.", status=404) from error


def _do(person: Person, asked: _Act) -> Json:
    words = asked.text.strip()
    if asked.act in ("say", "mention", "edit", "command", "tap", "react", "unreact") and not words:
        raise Wrong("text: write something first.")
    if asked.act in ("say", "mention"):
        return {"ts": person.say(words, thread=asked.thread, at_bot=asked.act == "mention")["ts"]}
    if asked.act == "tap":
        person.tap(words, ts=asked.ts)
        return {}
    if asked.act == "command":
        command, _, rest = words.partition(" ")
        person.command(command, rest)
        return {}
    if asked.ts is None:
        raise Wrong("ts: say which message is meant.")
    if asked.act == "edit":
        person.edit(asked.ts, words)
    elif asked.act == "delete":
        person.delete(asked.ts)
    else:
        person.react(asked.ts, words, remove=asked.act == "unreact")
    return {}


def _app_facts(app: App) -> Json:
    return {
        "team": app.team_id,
        "name": app.name,
        "bot": app.bot_user,
        "people": app.people,
        "webhook": app.webhook is not None,
        "webhook_error": app.webhook_error,
    }


def _message_facts(held: Held, person: Person) -> Json:
    message = held.message
    if held.deleted:
        return {"ts": message["ts"], "deleted": True}
    author = message["user"]
    reactions = {name: sorted(people) for name, people in held.reactions.items() if people}
    return {
        **{name: message[name] for name in _SHOWN if name in message},
        "author": author,
        "name": message.get("username") or person.app.people.get(author, person.app.name),
        "mine": author == person.id,
        "bot": author == person.app.bot_user,
        "edited": "edited" in message,
        "reactions": reactions,
        "reacted": [name for name, people in reactions.items() if person.id in people],
        "files": [_file_facts(file, person.app) for file in message.get("files", ())],
    }


def _file_facts(file: Json, app: App) -> Json:
    stored = app.files.get(file["id"])
    picture = bool(stored and stored.data and picture_type(stored.data))
    address = f"/control/slack/apps/{app.team_id}/files/{file['id']}"
    return {"name": file["name"], "size": file["size"], "picture": picture, "address": address}
