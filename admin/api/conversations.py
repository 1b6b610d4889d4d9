"""One conversation over REST: who has the floor, whose it is, what happened to it; and how to take an act back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, Field

from admin.api.actors import Act, ActorId, acting, me
from admin.api.attributes import checked_values
from admin.api.conversation_items import ConversationItem, ItemView
from admin.api.triage_acts import MOST_MINUTES, act_of, snooze_of
from admin.api.triage_acts import ActIn as TriageIn
from hub.accounts.permissions import Permission
from hub.accounts.reach import reach_of
from hub.core.errors import Invalid, NotFound
from hub.core.ids import ConversationId
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.pages import Page, PageQuery
from hub.http.routes import Route
from hub.inbox.agents import AgentDesk
from hub.inbox.floor import Floor
from hub.inbox.triage import Assign, PutLabels, Resolve, Return, Snooze, TakeLabels, ToTeam, Triage, TriageAct
from hub.store.session import Store

MOST_AT_ONCE = 100


class TakeOver(Act):
    unless_held: bool = False
    """Refuse, with 409 and `held`, where another colleague has the conversation already."""


class Assignment(Act):
    assignee: ActorId | None
    """The colleague; `me` for whoever acts; null puts the conversation back into the queue."""


class TeamChoice(Act):
    team: UUID | None
    """The team whose conversation it is; null: nobody's in particular."""


class SnoozeChoice(Act):
    """Until a moment, or for some minutes. A message of the customer's ends it."""

    until: AwareDatetime | None = None
    minutes: Annotated[int, Field(ge=1, le=MOST_MINUTES)] | None = None


class LabelChoice(Act):
    add: list[UUID] = Field(default_factory=list, max_length=20)
    remove: list[UUID] = Field(default_factory=list, max_length=20)


class AttributeValues(Model):
    """The tenant's own attributes, by key. A null takes one away; what is not named stays."""

    attributes: dict[str, str | float | bool | None]


class ReadUpTo(Act):
    seq: Annotated[int, Field(ge=0, le=2**53)]
    unread: bool = False
    """Go back, to mark as unread what was read."""


class UndoRequest(Act):
    token: UUID
    """`undo` of the act's answer."""


class ActedView(ConversationItem):
    """A conversation after an act."""

    undo: UUID | None
    """The token that takes the act back, as long as nothing else happens; null where nothing changed."""


class FloorView(View):
    """A person has the floor now."""

    conversation: ConversationItem
    in_flight: list[UUID]
    """Bot messages that were on their way already; none but these can still arrive."""
    cancelled: list[UUID]
    """Bot messages that were taken back in time."""
    withdrawn: UUID | None
    """The half-shown answer that disappears on the customer's screen."""
    undo: UUID | None = None


class BulkRequest(Act):
    """One act on many conversations."""

    ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_AT_ONCE)]
    action: TriageIn


class BulkError(View):
    code: str
    detail: str


class BulkItem(View):
    """What became of one conversation."""

    id: UUID
    ok: bool
    undo: UUID | None
    error: BulkError | None


class BulkResult(View):
    items: list[BulkItem]


class ActivityView(View):
    """Something that happened to a conversation: an event of the log."""

    seq: int
    type: str
    at: datetime
    by: str | None
    data: dict[str, Any]


class ReaderView(View):
    """How far a colleague has read."""

    person: str
    seq: int
    at: datetime


class ReaderList(View):
    items: list[ReaderView]


class ConversationsApi:
    """The routes of one conversation, and of one act on many."""

    def __init__(self, *, store: Store, desk: AgentDesk, triage: Triage, items: ItemView) -> None:
        self._store = store
        self._desk = desk
        self._triage = triage
        self._items = items

    async def get(self, call: Call, conversation: UUID) -> ConversationItem:
        async with self._store.begin(call.tenant_id) as tx:
            row = await tx.conversation_list.one(ConversationId(conversation), me(call))
        if row is None:
            raise NotFound("There is no such conversation.", field="conversation")
        return self._items.show(row)

    async def take_over(self, call: Call, conversation: UUID, body: TakeOver | None = None) -> FloorView:
        wish = body or TakeOver()
        taken = await self._desk.take_over(
            call.tenant_id, ConversationId(conversation), acting(call, wish.by), unless_held=wish.unless_held
        )
        return await self._floor(call, conversation, taken)

    async def give_back(self, call: Call, conversation: UUID, body: Act | None = None) -> ActedView:
        return await self._acted(call, conversation, Return(), body)

    async def resolve(self, call: Call, conversation: UUID, body: Act | None = None) -> ActedView:
        return await self._acted(call, conversation, Resolve(), body)

    async def assign(self, call: Call, conversation: UUID, body: Assignment) -> FloorView:
        who = acting(call, body.by)
        to = who.id if body.assignee == "me" else body.assignee
        token, moved = await self._triage.assign(call.tenant_id, ConversationId(conversation), Assign(to), who)
        return await self._floor(call, conversation, moved, token)

    async def set_team(self, call: Call, conversation: UUID, body: TeamChoice) -> ActedView:
        return await self._acted(call, conversation, ToTeam(body.team), body)

    async def snooze(self, call: Call, conversation: UUID, body: SnoozeChoice) -> ActedView:
        return await self._acted(call, conversation, snooze_of(body.until, body.minutes), body)

    async def wake(self, call: Call, conversation: UUID, body: Act | None = None) -> ActedView:
        return await self._acted(call, conversation, Snooze(), body)

    async def label(self, call: Call, conversation: UUID, body: LabelChoice) -> ActedView:
        who = acting(call, body.by)
        if body.add:
            await self._triage.act(call.tenant_id, ConversationId(conversation), PutLabels(tuple(body.add)), who)
        return await self._acted(call, conversation, TakeLabels(tuple(body.remove)), body)

    async def undo(self, call: Call, conversation: UUID, body: UndoRequest) -> ConversationItem:
        who = acting(call, body.by)
        await self._check_undo(call, ConversationId(conversation), body.token)
        await self._triage.undo(call.tenant_id, ConversationId(conversation), body.token, who)
        return await self.get(call, conversation)

    async def _check_undo(self, call: Call, conversation: ConversationId, token: UUID) -> None:
        """An act may have put the conversation out of somebody's reach: they may still take that act back."""
        async with self._store.begin(call.tenant_id) as tx:
            reach = await reach_of(tx, call.principal)
            if reach is None or await tx.undo.made_by(conversation, token, me(call)):
                return
            if not await tx.conversation_list.any_of(reach, me(call), conversation=conversation):
                raise NotFound("There is no such conversation.", field="conversation")

    async def change(self, call: Call, conversation: UUID, body: AttributeValues) -> ConversationItem:
        async with self._store.begin(call.tenant_id) as tx:
            row = await tx.conversations.get(ConversationId(conversation), lock=True)
            if row is None:
                raise NotFound("There is no such conversation.", field="conversation")
            values = checked_values(body.attributes, await tx.attributes.all("conversation"), row.attributes)
            await tx.conversations.set_attributes(row.id, values)
        await self._desk.announce(call.tenant_id, row.id)
        return await self.get(call, conversation)

    async def bulk(self, call: Call, body: BulkRequest) -> BulkResult:
        who = acting(call, body.by)
        ids = [ConversationId(id) for id in body.ids]
        async with self._store.begin(call.tenant_id) as tx:
            reach = await reach_of(tx, call.principal)
            seen = set(ids) if reach is None else await tx.conversation_list.within(reach, me(call), ids)
        done = await self._triage.act_on_many(
            call.tenant_id, ids, act_of(body.action, who.id), who, unseen=set(ids) - seen
        )
        return BulkResult(
            items=[
                BulkItem(
                    id=one.conversation,
                    ok=one.error is None,
                    undo=one.undo,
                    error=None if one.error is None else BulkError(code=one.error.code, detail=str(one.error)),
                )
                for one in done
            ]
        )

    async def activity(self, call: Call, conversation: UUID, query: PageQuery) -> Page[ActivityView]:
        before = None if query.cursor is None else sequence(query.cursor)
        async with self._store.begin(call.tenant_id) as tx:
            if await tx.conversations.get(ConversationId(conversation)) is None:
                raise NotFound("There is no such conversation.", field="conversation")
            rows = await tx.events.of_conversation(ConversationId(conversation), before, query.limit + 1)
        kept = rows[: query.limit]
        return Page[ActivityView](
            items=[
                ActivityView(seq=row.seq, type=row.type, at=row.at, by=row.data.get("by"), data=row.data)
                for row in kept
            ],
            next_cursor=str(kept[-1].seq) if len(rows) > query.limit else None,
        )

    async def read(self, call: Call, conversation: UUID, body: ReadUpTo) -> ReaderList:
        who = acting(call, body.by)
        async with self._store.begin(call.tenant_id) as tx:
            await tx.readings.mark(ConversationId(conversation), who.id, body.seq, back=body.unread)
        await self._desk.announce(call.tenant_id, ConversationId(conversation))
        return await self.readers(call, conversation)

    async def readers(self, call: Call, conversation: UUID) -> ReaderList:
        async with self._store.begin(call.tenant_id) as tx:
            if await tx.conversations.get(ConversationId(conversation)) is None:
                raise NotFound("There is no such conversation.", field="conversation")
            rows = await tx.readings.of(ConversationId(conversation))
        return ReaderList(items=[ReaderView(person=row.person, seq=row.seq, at=row.at) for row in rows])

    async def _acted(self, call: Call, conversation: UUID, act: TriageAct, body: Act | None) -> ActedView:
        who = acting(call, body.by if body else None)
        token = await self._triage.act(call.tenant_id, ConversationId(conversation), act, who)
        return ActedView.model_construct(**dict(await self.get(call, conversation)), undo=token)

    async def _floor(self, call: Call, conversation: UUID, floor: Floor, token: UUID | None = None) -> FloorView:
        return FloorView(
            conversation=await self.get(call, conversation),
            in_flight=list(floor.in_flight),
            cancelled=list(floor.cancelled),
            withdrawn=floor.withdrawn,
            undo=token,
        )

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base = "/api/v1/tenants/{tenant}/conversations"
        one = f"{base}/{{conversation}}"
        reads = tenant(Permission.CONVERSATIONS_READ_ASSIGNED)

        def route(
            method: str, path: str, handler: Any, summary: str, name: str, needs: Permission | None = None, **more: Any
        ) -> Route:
            return Route(method=method, path=path, handler=handler, summary=summary, name=name,
                         **{"tags": ("conversations",), "access": reads if needs is None else tenant(needs),
                            "idempotent": method == "POST", **more})  # fmt: skip

        return [
            route("GET", one, self.get, "One conversation", "get_conversation"),
            route("PATCH", one, self.change, "Set the tenant's own attributes", "change_conversation",
                  Permission.CONVERSATIONS_LABEL),
            route("POST", f"{one}/takeover", self.take_over, "Take the conversation over from the bot",
                  "take_over_conversation",
                  Permission.CONVERSATIONS_TAKE_OVER,
                  description="When this answers, nothing of the bot's can arrive any more but what it lists."),
            route("POST", f"{one}/return", self.give_back, "Let the bot answer again", "return_conversation",
                  Permission.CONVERSATIONS_RETURN),
            route("POST", f"{one}/assign", self.assign, "Give the conversation to a colleague",
                  "assign_conversation",
                  Permission.CONVERSATIONS_ASSIGN),
            route("POST", f"{one}/team", self.set_team, "Give the conversation to a team", "set_conversation_team",
                  Permission.CONVERSATIONS_ASSIGN),
            route("POST", f"{one}/resolve", self.resolve, "Close the conversation", "resolve_conversation",
                  Permission.CONVERSATIONS_RESOLVE),
            route("POST", f"{one}/snooze", self.snooze, "Hide the conversation for a while", "snooze_conversation",
                  Permission.CONVERSATIONS_SNOOZE),
            route("POST", f"{one}/wake", self.wake, "Show a snoozed conversation again", "wake_conversation",
                  Permission.CONVERSATIONS_SNOOZE),
            route("POST", f"{one}/labels", self.label, "Put labels on, or take them off", "label_conversation",
                  Permission.CONVERSATIONS_LABEL),
            route("POST", f"{one}/undo", self.undo, "Take back the last act", "undo_act",
                  access=tenant(Permission.CONVERSATIONS_REPLY, beyond_reach=True),
                  description="Refused when anything was said or done since."),
            route("POST", f"{base}/bulk", self.bulk, "One act on many conversations", "act_on_conversations",
                  Permission.CONVERSATIONS_REPLY,
                  description="Each conversation is done, or told why not; none holds up the others."),
            route("GET", f"{one}/activity", self.activity, "What happened to the conversation, newest first",
                  "list_activity"),
            route("POST", f"{one}/read", self.read, "Say how far you have read", "mark_read", audit=False),
            route("GET", f"{one}/readers", self.readers, "Who has read how far", "list_readers"),
        ]  # fmt: skip


def sequence(cursor: str) -> int:
    """The sequence number in a cursor."""
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 15):
        raise Invalid("This cursor was not given out by this list.", field="cursor")
    return int(cursor)
