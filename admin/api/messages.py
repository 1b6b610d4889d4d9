"""Messages of a conversation: reading them, writing as a colleague, notes, drafts, and what may be sent now."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from admin.api.actors import ActorId, acting, me
from admin.api.conversations import sequence
from admin.api.parts import PartIn, Words, written_part
from admin.api.templates import TemplateView, show_template
from hub.accounts.permissions import Permission
from hub.accounts.reach import reach_of
from hub.core.errors import Invalid, NotFound
from hub.core.ids import ConversationId, MessageId
from hub.core.messages import Part, Text
from hub.core.policy import Verdict
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.routes import Route
from hub.http.views import MessageView, show_message
from hub.inbox.agents import AgentDesk
from hub.store.messages import MessageRow
from hub.store.session import Store

Seq = Annotated[int, Field(ge=0, le=2**53)]


class MessagesQuery(Model):
    """Messages in order. The cursor is opaque; `after` asks for what came after a sequence number, `before` for the
    last ones before it."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    after: Seq = 0
    before: Seq | None = None
    cursor: Annotated[str, Field(max_length=20)] | None = None


class ThreadMessage(MessageView):
    """A message as colleagues see it."""

    error: str | None
    """Why it failed, in words."""
    reactions: dict[str, str]
    """Emoji by who reacted."""
    edits: int
    """How often it was edited."""
    mentions: list[str]
    """Colleagues whom a note names."""


class MessagePage(View):
    """Messages, oldest first."""

    items: list[ThreadMessage]
    next_cursor: str | None


class NewMessage(Model):
    """A colleague's message: `text`, or `parts`."""

    text: Words | None = None
    parts: Annotated[list[PartIn], Field(min_length=1, max_length=10)] | None = None
    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """The name the customer sees."""
    by: ActorId | None = None
    """Who writes, where a key acts for a person."""
    last_seen_seq: Seq | None = None
    """The newest message the writer has seen. Where somebody wrote since, the message is refused as `stale`."""
    reply_to: UUID | None = None
    """The message this answers."""


class NewNote(Model):
    text: Words
    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    by: ActorId | None = None
    mentions: list[ActorId] = Field(default_factory=list, max_length=20)
    """Colleagues who shall see it."""


class NewDraft(Model):
    """What was begun; an empty text forgets it."""

    text: Annotated[str, Field(max_length=8_000)]
    note: bool = False
    by: ActorId | None = None


class DraftView(View):
    conversation_id: UUID
    note: bool
    text: str
    updated_at: datetime


class DraftList(View):
    items: list[DraftView]


class PolicyView(View):
    """May a colleague write freely now?"""

    verdict: Literal["allow", "tag", "template", "wait", "refuse"]
    text: str
    until: datetime | None
    closes_at: datetime | None
    """When free writing ends, unless the customer writes again; null where it does not, or has ended."""
    templates: list[TemplateView]
    """At `template`: those that may be sent, in the customer's language first."""


class MessagesApi:
    """The routes of messages, notes and drafts."""

    def __init__(self, *, store: Store, desk: AgentDesk) -> None:
        self._store = store
        self._desk = desk

    async def messages(self, call: Call, conversation: UUID, query: MessagesQuery) -> MessagePage:
        after = query.after if query.cursor is None else sequence(query.cursor)
        async with self._store.begin(call.tenant_id) as tx:
            if await tx.conversations.get(ConversationId(conversation)) is None:
                raise NotFound("There is no such conversation.", field="conversation")
            if query.before is not None:
                rows = await tx.messages.before(ConversationId(conversation), query.before, query.limit)
                return MessagePage(items=[show_in_thread(row) for row in reversed(rows)], next_cursor=None)
            rows = await tx.messages.since(ConversationId(conversation), after, query.limit + 1)
        kept = rows[: query.limit]
        more = str(kept[-1].seq) if len(rows) > query.limit else None
        return MessagePage(items=[show_in_thread(row) for row in kept], next_cursor=more)

    async def write(self, call: Call, conversation: UUID, body: NewMessage) -> MessageView:
        parts = await self._parts(call, body)
        row = await self._desk.write(
            call.tenant_id,
            ConversationId(conversation),
            parts,
            acting(call, body.by, body.name),
            last_seen=body.last_seen_seq,
            reply_to=None if body.reply_to is None else MessageId(body.reply_to),
        )
        return show_message(row)

    async def note(self, call: Call, conversation: UUID, body: NewNote) -> MessageView:
        who = acting(call, body.by, body.name)
        row = await self._desk.note(
            call.tenant_id, ConversationId(conversation), (Text(body.text),), who, body.mentions
        )
        return show_message(row)

    async def drafts(self, call: Call) -> DraftList:
        async with self._store.begin(call.tenant_id) as tx:
            rows = await tx.drafts.all_of(me(call))
            reach = await reach_of(tx, call.principal)
            if reach is not None:
                seen = await tx.conversation_list.within(reach, me(call), [row.conversation_id for row in rows])
                rows = [row for row in rows if row.conversation_id in seen]
        return DraftList(items=[DraftView.model_construct(**vars_of(row)) for row in rows])

    async def drafts_here(self, call: Call, conversation: UUID) -> DraftList:
        async with self._store.begin(call.tenant_id) as tx:
            if await tx.conversations.get(ConversationId(conversation)) is None:
                raise NotFound("There is no such conversation.", field="conversation")
            rows = await tx.drafts.of(ConversationId(conversation), me(call))
        return DraftList(items=[DraftView.model_construct(**vars_of(row)) for row in rows])

    async def keep_draft(self, call: Call, conversation: UUID, body: NewDraft) -> DraftList:
        who = acting(call, body.by)
        async with self._store.begin(call.tenant_id) as tx:
            if await tx.conversations.get(ConversationId(conversation)) is None:
                raise NotFound("There is no such conversation.", field="conversation")
            await tx.drafts.put(ConversationId(conversation), who.id, note=body.note, text=body.text)
            rows = await tx.drafts.of(ConversationId(conversation), who.id)
        return DraftList(items=[DraftView.model_construct(**vars_of(row)) for row in rows])

    async def policy(self, call: Call, conversation: UUID) -> PolicyView:
        decision = await self._desk.policy(call.tenant_id, ConversationId(conversation))
        free = decision.verdict in (Verdict.ALLOW, Verdict.TAG)
        only = decision.verdict is Verdict.TEMPLATE
        fit = await self._desk.templates(call.tenant_id, ConversationId(conversation)) if only else ()
        return PolicyView(
            verdict=decision.verdict.value,
            text=decision.text,
            until=decision.until,
            closes_at=decision.until if free else None,
            templates=[show_template(template) for template in fit],
        )

    async def _parts(self, call: Call, body: NewMessage) -> tuple[Part, ...]:
        if (body.text is None) == (body.parts is None):
            raise Invalid("Give either text or parts.", field="text")
        if body.text is not None:
            return (Text(body.text),)
        async with self._store.begin(call.tenant_id) as tx:
            return tuple([await written_part(tx, call, part, f"parts.{n}") for n, part in enumerate(body.parts or ())])

    def routes(self) -> list[Route]:
        """The routes of this file."""
        one = "/api/v1/tenants/{tenant}/conversations/{conversation}"
        reads, writes = tenant(Permission.CONVERSATIONS_READ_ASSIGNED), tenant(Permission.CONVERSATIONS_REPLY)

        def route(method: str, path: str, handler: Any, summary: str, name: str, **more: Any) -> Route:
            return Route(method=method, path=path, handler=handler, summary=summary, name=name,
                         **{"tags": ("conversations",), "access": reads if method == "GET" else writes,
                            "idempotent": method == "POST", **more})  # fmt: skip

        return [
            route("GET", f"{one}/messages", self.messages, "Messages of a conversation", "list_messages"),
            route("POST", f"{one}/messages", self.write, "Write to the customer as a colleague", "send_message",
                  status=201, problems=(409,),
                  description="Takes the floor from the bot. With `last_seen_seq`, a message that would cross another "
                  "one is refused with 409 `stale`, and `details.newer` holds what was written meanwhile."),
            route("POST", f"{one}/notes", self.note, "Leave a note for colleagues", "add_note", status=201,
                  access=tenant(Permission.CONVERSATIONS_NOTE)),
            route("GET", f"{one}/draft", self.drafts_here, "What you have begun to write here", "get_draft"),
            route("PUT", f"{one}/draft", self.keep_draft, "Keep what you have begun to write", "keep_draft",
                  audit=False),
            route("GET", "/api/v1/tenants/{tenant}/drafts", self.drafts, "Everything you have begun to write",
                  "list_drafts"),
            route("GET", f"{one}/policy", self.policy, "May a message be sent now?", "get_send_policy"),
        ]  # fmt: skip


def vars_of(row: object) -> dict[str, Any]:
    """A row's fields by name."""
    return {name: getattr(row, name) for name in row.__dataclass_fields__}  # type: ignore[attr-defined]  # rows are dataclasses


def show_in_thread(row: MessageRow) -> ThreadMessage:
    """A message as colleagues see it."""
    reactions = row.metadata.get("reactions")
    return ThreadMessage.model_construct(
        **dict(show_message(row)),
        error=row.error,
        reactions={str(k): str(v) for k, v in reactions.items()} if isinstance(reactions, dict) else {},
        edits=len(row.metadata.get("edits") or []),
        mentions=[str(person) for person in row.metadata.get("mentions") or []],
    )
