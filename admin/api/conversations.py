"""Conversations over REST: reading them, and what a colleague does in them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from hub.accounts.principals import Scope
from hub.core.conversations import State
from hub.core.errors import Invalid, NotFound
from hub.core.ids import ChannelId, ContactId, ConversationId, FileId
from hub.core.messages import Choices, Media, Option, Part, Text
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.pages import Page, PageQuery, decode_cursor, page_of
from hub.http.routes import Route
from hub.http.views import ConversationView, MessageView, show_conversation, show_message
from hub.inbox.agents import AgentDesk, Colleague
from hub.inbox.floor import Floor
from hub.store.contacts import ContactRow
from hub.store.session import Store

Words = Annotated[str, Field(min_length=1, max_length=8_000, examples=["I am looking into it."])]


class ConversationsQuery(PageQuery):
    state: State | None = None
    channel: UUID | None = None
    contact: UUID | None = None


class MessagesQuery(Model):
    """Messages in order. The cursor is opaque; `after` asks for what came after a sequence number."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    after: Annotated[int, Field(ge=0, le=2**53)] = 0
    cursor: Annotated[str, Field(max_length=20)] | None = None


class MessagePage(View):
    """Messages, oldest first."""

    items: list[MessageView]
    next_cursor: str | None


class TextIn(Model):
    type: Literal["text"]
    text: Words


class OptionIn(Model):
    id: Annotated[str, Field(min_length=1, max_length=64)]
    title: Annotated[str, Field(min_length=1, max_length=80)]


class ChoicesIn(Model):
    type: Literal["choices"]
    text: Words
    options: Annotated[list[OptionIn], Field(min_length=1, max_length=20)]


class MediaIn(Model):
    type: Literal["media"]
    kind: Literal["image", "audio", "voice", "video", "document"]
    file_id: UUID
    caption: Annotated[str, Field(max_length=1_000)] | None = None


PartIn = Annotated[TextIn | ChoicesIn | MediaIn, Field(discriminator="type")]


class NewMessage(Model):
    """A colleague's message: `text`, or `parts`."""

    text: Words | None = None
    parts: Annotated[list[PartIn], Field(min_length=1, max_length=10)] | None = None
    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """The name the customer sees."""


class NewNote(Model):
    text: Words
    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None


class Act(Model):
    """Who acts, where a key acts for a person."""

    by: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class Assignment(Act):
    assignee: Annotated[str, Field(min_length=1, max_length=200)] | None
    """The colleague; null puts the conversation back into the queue."""


class FloorView(View):
    """A person has the floor now."""

    conversation: ConversationView
    in_flight: list[UUID]
    """Bot messages that were on their way already; none but these can still arrive."""
    cancelled: list[UUID]
    """Bot messages that were taken back in time."""
    withdrawn: UUID | None
    """The half-shown answer that disappears on the customer's screen."""


class PolicyView(View):
    """May a colleague write freely now?"""

    verdict: Literal["allow", "template", "refuse"]
    text: str
    until: datetime | None


class ContactView(View):
    id: UUID
    name: str | None
    locale: str | None
    attributes: dict[str, Any]
    blocked: bool
    created_at: datetime


class ConversationsApi:
    """The routes of conversations and contacts."""

    def __init__(self, *, store: Store, desk: AgentDesk) -> None:
        self._store = store
        self._desk = desk

    async def page(self, call: Call, query: ConversationsQuery) -> Page[ConversationView]:
        async with self._store.begin(call.tenant_id) as tx:
            rows = await tx.conversations.page(
                query.limit + 1,
                decode_cursor(query.cursor),
                state=query.state,
                channel=None if query.channel is None else ChannelId(query.channel),
                contact=None if query.contact is None else ContactId(query.contact),
            )
        return page_of(rows, query.limit, lambda row: (row.opened_at, row.id), show_conversation)

    async def get(self, call: Call, conversation: UUID) -> ConversationView:
        async with self._store.begin(call.tenant_id) as tx:
            row = await tx.conversations.get(ConversationId(conversation))
        if row is None:
            raise NotFound("There is no such conversation.", field="conversation")
        return show_conversation(row)

    async def messages(self, call: Call, conversation: UUID, query: MessagesQuery) -> MessagePage:
        after = query.after if query.cursor is None else _sequence(query.cursor)
        async with self._store.begin(call.tenant_id) as tx:
            if await tx.conversations.get(ConversationId(conversation)) is None:
                raise NotFound("There is no such conversation.", field="conversation")
            rows = await tx.messages.since(ConversationId(conversation), after, query.limit + 1)
        kept = rows[: query.limit]
        more = str(kept[-1].seq) if len(rows) > query.limit else None
        return MessagePage(items=[show_message(row) for row in kept], next_cursor=more)

    async def write(self, call: Call, conversation: UUID, body: NewMessage) -> MessageView:
        parts = await self._parts(call, body)
        row = await self._desk.write(call.tenant_id, ConversationId(conversation), parts, _who(call, None, body.name))
        return show_message(row)

    async def note(self, call: Call, conversation: UUID, body: NewNote) -> MessageView:
        who = _who(call, None, body.name)
        return show_message(
            await self._desk.note(call.tenant_id, ConversationId(conversation), (Text(body.text),), who)
        )

    async def take_over(self, call: Call, conversation: UUID, body: Act | None = None) -> FloorView:
        who = _who(call, body)
        return await self._floor(
            call, conversation, await self._desk.take_over(call.tenant_id, ConversationId(conversation), who)
        )

    async def give_back(self, call: Call, conversation: UUID, body: Act | None = None) -> ConversationView:
        await self._desk.give_back(call.tenant_id, ConversationId(conversation), _who(call, body))
        return await self.get(call, conversation)

    async def resolve(self, call: Call, conversation: UUID, body: Act | None = None) -> ConversationView:
        await self._desk.resolve(call.tenant_id, ConversationId(conversation), _who(call, body))
        return await self.get(call, conversation)

    async def assign(self, call: Call, conversation: UUID, body: Assignment) -> FloorView:
        who = _who(call, body)
        moved = await self._desk.assign(call.tenant_id, ConversationId(conversation), body.assignee, who)
        return await self._floor(call, conversation, moved)

    async def policy(self, call: Call, conversation: UUID) -> PolicyView:
        decision = await self._desk.policy(call.tenant_id, ConversationId(conversation))
        return PolicyView(verdict=decision.verdict.value, text=decision.text, until=decision.until)

    async def contacts(self, call: Call, query: PageQuery) -> Page[ContactView]:
        async with self._store.begin(call.tenant_id) as tx:
            rows = await tx.contacts.page(query.limit + 1, decode_cursor(query.cursor))
        return page_of(rows, query.limit, lambda row: (row.created_at, row.id), _contact)

    async def _floor(self, call: Call, conversation: UUID, floor: Floor) -> FloorView:
        return FloorView(
            conversation=await self.get(call, conversation),
            in_flight=list(floor.in_flight),
            cancelled=list(floor.cancelled),
            withdrawn=floor.withdrawn,
        )

    async def _parts(self, call: Call, body: NewMessage) -> tuple[Part, ...]:
        if (body.text is None) == (body.parts is None):
            raise Invalid("Give either text or parts.", field="text")
        if body.text is not None:
            return (Text(body.text),)
        return tuple([await self._part(call, part, index) for index, part in enumerate(body.parts or ())])

    async def _part(self, call: Call, part: TextIn | ChoicesIn | MediaIn, index: int) -> Part:
        match part:
            case TextIn():
                return Text(part.text)
            case ChoicesIn():
                return Choices(part.text, tuple(Option(o.id, o.title) for o in part.options))
            case MediaIn():
                async with self._store.begin(call.tenant_id) as tx:
                    file = await tx.files.get(FileId(part.file_id))
                if file is None:
                    raise Invalid("There is no such file.", field=f"parts.{index}.file_id")
                return Media(part.kind, file_id=str(file.id), mime=file.mime, name=file.name, size=file.size,
                             caption=part.caption)  # fmt: skip

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base = "/api/v1/tenants/{tenant}/conversations"
        one = f"{base}/{{conversation}}"
        reads, writes = tenant(Scope.CONVERSATIONS_READ), tenant(Scope.CONVERSATIONS_WRITE)

        def route(method: str, path: str, handler: Any, summary: str, name: str, **more: Any) -> Route:
            access = reads if method == "GET" else writes
            tags = ("conversations",)
            return Route(method=method, path=path, handler=handler, summary=summary, name=name,
                         **{"tags": tags, "access": access, "idempotent": method == "POST", **more})  # fmt: skip

        return [
            route("GET", base, self.page, "Conversations, newest first", "list_conversations"),
            route("GET", one, self.get, "One conversation", "get_conversation"),
            route("GET", f"{one}/messages", self.messages, "Messages of a conversation", "list_messages"),
            route("POST", f"{one}/messages", self.write, "Write to the customer as a colleague", "send_message",
                  status=201, description="Takes the floor from the bot."),
            route("POST", f"{one}/notes", self.note, "Leave a note for colleagues", "add_note", status=201),
            route("POST", f"{one}/takeover", self.take_over, "Take the conversation over from the bot",
                  "take_over_conversation",
                  description="When this answers, nothing of the bot's can arrive any more but what it lists."),
            route("POST", f"{one}/return", self.give_back, "Let the bot answer again", "return_conversation"),
            route("POST", f"{one}/assign", self.assign, "Give the conversation to a colleague",
                  "assign_conversation"),
            route("POST", f"{one}/resolve", self.resolve, "Close the conversation", "resolve_conversation"),
            route("GET", f"{one}/policy", self.policy, "May a message be sent now?", "get_send_policy"),
            route("GET", "/api/v1/tenants/{tenant}/contacts", self.contacts, "Customers", "list_contacts"),
        ]  # fmt: skip


def _who(call: Call, act: Act | None, name: str | None = None) -> Colleague:
    if act is not None and act.by is not None:
        return Colleague(act.by, name)
    principal = call.principal
    if principal is None:
        raise LookupError("this route needs a caller")
    return Colleague(f"key:{principal.key_id}" if principal.key_id else "operator", name)


def _sequence(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 15):
        raise Invalid("This cursor was not given out by this list.", field="cursor")
    return int(cursor)


def _contact(row: ContactRow) -> ContactView:
    return ContactView(
        id=row.id,
        name=row.name,
        locale=row.locale,
        attributes=row.attributes,
        blocked=row.blocked,
        created_at=row.created_at,
    )
