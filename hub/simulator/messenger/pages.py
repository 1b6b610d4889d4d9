"""The chat page of the simulated Messenger and what it calls: people at a screen play the customers here."""

from __future__ import annotations

from typing import Literal

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
from hub.simulator.messenger.people import Person
from hub.simulator.messenger.platform import Messenger
from hub.simulator.messenger.world import GraphError, Held, Json, Page

_PRIVATE = frozenset({"metadata"})
_FILES = PageFiles("messenger")


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


class MessengerPages:
    """The page under ``/messenger/``, its calls under ``/control/messenger``."""

    def __init__(self, messenger: Messenger) -> None:
        self._messenger = messenger

    def routes(self, app: web.Application) -> None:
        """Put page and calls on an application."""
        app.router.add_get("/messenger", sent_to("/messenger/"))
        app.router.add_get("/messenger/", _safely(_FILES.index))
        app.router.add_get("/messenger/{name}", _safely(_FILES.asset))
        app.router.add_get("/control/messenger/pages", _safely(self._pages))
        app.router.add_post("/control/messenger/pages", _safely(self._add_page))
        chat = "/control/messenger/pages/{page}/people/{person}"
        app.router.add_get(chat, _safely(self._look))
        app.router.add_post(chat, _safely(self._act))
        app.router.add_put(f"{chat}/file", _safely(self._upload))
        app.router.add_get("/control/messenger/pages/{page}/files/{file}", _safely(self._file))

    async def _pages(self, request: web.Request) -> web.Response:
        return answer({"items": [_page_facts(page) for page in self._messenger.pages.values()]})

    async def _add_page(self, request: web.Request) -> web.Response:
        """Register a page; with ``url``, its app's events go there once the address gave the challenge back."""
        asked = await read_body(request, _Page)
        try:
            page = self._messenger.add_page(**asked.model_dump(exclude={"url"}))
        except ValueError as error:
            raise GraphError(str(error)) from error
        if asked.url:
            if not await self._messenger.verify(asked.url, page=page):
                raise GraphError("url: this address did not give the challenge back.")
            self._messenger.listen(asked.url, page=page)
        return answer(_page_facts(page))

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
                "seen_at": chat.seen_at,
                "blocked": chat.blocked,
                "waiting": self._messenger.courier(person.page).pending,
                "page": _page_facts(person.page),
            }
        )

    async def _act(self, request: web.Request) -> web.Response:
        person = self._person(request)
        asked = await read_body(request, _Act)
        return answer({"ok": True, **_do(person, asked)})

    async def _upload(self, request: web.Request) -> web.Response:
        person = self._person(request)
        name, _ = file_named(request)
        data = await request.read()
        picture = picture_type(data)
        if picture:
            made = person.send_photo(data, name=name, mime=picture)
        else:
            made = person.send_document(data, name=name, mime=request.content_type)
        return answer({"ok": True, "mid": made["mid"]})

    async def _file(self, request: web.Request) -> web.Response:
        file = self._page(request).files.get(request.match_info["file"])
        return stored_file(file.data if file else None)

    def _page(self, request: web.Request) -> Page:
        try:
            return self._messenger.page(request.match_info["page"])
        except KeyError as error:
            raise GraphError("There is no such page.", status=404) from error

    def _person(self, request: web.Request) -> Person:
        return self._messenger.user(person_named(request), page=self._page(request))


def _do(person: Person, asked: _Act) -> Json:
    match asked.act:
        case "say" | "inbox":
            if not asked.text.strip():
                raise GraphError("text: write something first.")
            if asked.act == "inbox":
                return {"mid": person.answered_by_hand(asked.text.strip())["mid"]}
            return {"mid": person.say(asked.text.strip(), reply_to=asked.mid)["mid"]}
        case "tap":
            return {"mid": person.tap(asked.text, mid=asked.mid)}
        case "location":
            return {"mid": person.send_location(asked.latitude, asked.longitude)["mid"]}
        case "edit" | "react":
            if asked.mid is None:
                raise GraphError("mid: say which message is meant.")
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


def _safely(handler: Handler) -> Handler:
    return plainly(
        handler, lambda error: Wrong(error.text, status=error.status) if isinstance(error, GraphError) else None
    )
