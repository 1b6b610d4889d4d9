"""The chat page of the simulated Messenger and what it calls: people at a screen play the customers here."""

from __future__ import annotations

from typing import Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from hub.simulator.chat_pages import ChatPages, PageFiles, SentFile, Wrong, look, person_named, read_body
from hub.simulator.messenger.people import Person
from hub.simulator.messenger.platform import Messenger
from hub.simulator.messenger.world import GraphError, Held, Json, Page

_PRIVATE = frozenset({"metadata"})


class _Act(BaseModel):
    model_config = ConfigDict(extra="forbid")

    act: Literal["say", "tap", "edit", "react", "read", "block", "unblock", "location", "inbox"]
    text: str = Field(default="", max_length=2000)
    mid: str | None = None
    latitude: float = Field(default=0.0, ge=-90, le=90)
    longitude: float = Field(default=0.0, ge=-180, le=180)


class _Page(BaseModel):
    model_config = ConfigDict(extra="forbid")

    page_id: str = Field(pattern=r"^[0-9]{1,30}$")
    token: str = Field(min_length=1, max_length=500)
    app_secret: str = Field(min_length=1, max_length=256)
    verify_token: str = Field(min_length=1, max_length=256)
    name: str = Field(default="Simulated page", min_length=1, max_length=80)
    url: str = Field(default="", max_length=2000)


class MessengerPages(ChatPages[Person, _Act]):
    """The page under ``/messenger/``, its calls under ``/control/messenger``."""

    name, things, files, acts = "messenger", "pages", PageFiles("messenger"), _Act

    def __init__(self, messenger: Messenger) -> None:
        self._messenger = messenger

    def refused(self, error: Exception) -> Wrong | None:
        return Wrong(error.text, status=error.status) if isinstance(error, GraphError) else None

    def accounts(self) -> list[Json]:
        return [_page_facts(page) for page in self._messenger.pages.values()]

    async def add(self, request: web.Request) -> Json:
        """Register a page; with ``url``, its app's events go there once the address gave the challenge back."""
        asked = await read_body(request, _Page)
        page = self._messenger.add_page(**asked.model_dump(exclude={"url"}))
        if asked.url:
            if not await self._messenger.verify(asked.url, page=page):
                raise Wrong("url: this address did not give the challenge back.")
            self._messenger.listen(asked.url, page=page)
        return _page_facts(page)

    def person(self, request: web.Request) -> Person:
        return self._messenger.user(person_named(request), page=self._page(request))

    async def news(self, request: web.Request, person: Person) -> Json:
        chat = person.chat
        return (await look(request, chat)).told(
            lambda held: _message_facts(held, person),
            typing=chat.typing,
            seen_at=chat.seen_at,
            blocked=chat.blocked,
            waiting=self._messenger.courier(person.page).pending,
            page=_page_facts(person.page),
        )

    def do(self, person: Person, asked: _Act) -> Json:
        return _do(person, asked)

    def send(self, request: web.Request, person: Person, file: SentFile) -> Json:
        send = person.send_photo if file.picture else person.send_document
        return {"mid": send(file.data, name=file.name, mime=file.mime)["mid"]}

    def stored(self, request: web.Request, file: str) -> bytes | None:
        found = self._page(request).files.get(file)
        return found.data if found else None

    def _page(self, request: web.Request) -> Page:
        try:
            return self._messenger.page(request.match_info["account"])
        except KeyError as error:
            raise Wrong("There is no such page.", status=404) from error


def _do(person: Person, asked: _Act) -> Json:
    match asked.act:
        case "say" | "inbox":
            if not asked.text.strip():
                raise Wrong("text: write something first.")
            if asked.act == "inbox":
                return {"mid": person.answered_by_hand(asked.text.strip())["mid"]}
            return {"mid": person.say(asked.text.strip(), reply_to=asked.mid)["mid"]}
        case "tap":
            return {"mid": person.tap(asked.text, mid=asked.mid)}
        case "location":
            return {"mid": person.send_location(asked.latitude, asked.longitude)["mid"]}
        case "edit" | "react":
            if asked.mid is None:
                raise Wrong("mid: say which message is meant.")
            if asked.act == "edit":
                person.edit(asked.mid, asked.text)
            else:
                person.react(asked.mid, asked.text)
        case "read":
            person.read()
        case "block":
            person.block()
        case _:
            person.unblock()
    return {}


def _page_facts(page: Page) -> Json:
    listening = bool(page.webhook and page.fields)
    return {"id": page.id, "name": page.name, "webhook": listening, "webhook_error": page.webhook_error or None}


def _message_facts(held: Held, person: Person) -> Json:
    told = {key: value for key, value in held.message.items() if key not in _PRIVATE}
    attachments = [_attachment_facts(attachment, person.page) for attachment in told.get("attachments", ())]
    return {
        **told,
        "attachments": attachments,
        "mine": told["from"] == "person",
        "reaction": held.reaction,
    }


def _attachment_facts(attachment: Json, page: Page) -> Json:
    stored = page.files.get(attachment["payload"].get("file", ""))
    if stored is None:
        return attachment
    address = f"/control/messenger/pages/{page.id}/files/{stored.id}"
    return {**attachment, "file": {"name": stored.name, "size": len(stored.data), "address": address}}
