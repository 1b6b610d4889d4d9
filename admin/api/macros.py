"""Canned replies and macros over REST: a text with variables, and what is done along with it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from admin.api.actors import Act, acting, me
from admin.api.messages import Seq
from admin.api.triage_acts import ACT, ActIn, act_of
from hub.accounts.permissions import Permission
from hub.core.errors import Conflict, HubError, Invalid, NotFound
from hub.core.ids import ConversationId, uuid7
from hub.core.messages import Text
from hub.core.variables import fill
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.routes import Route
from hub.http.views import MessageView, show_message
from hub.inbox.agents import AgentDesk, Colleague
from hub.inbox.triage import Triage
from hub.store.macros import MacroContent, MacroRow
from hub.store.session import Store, Tx

MOST_MACROS = 1_000


class NewMacro(Model):
    """A reply kept ready. With `actions` it is a macro; without a text it only acts."""

    name: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^\S(.*\S)?$", examples=["Ask for the order"])]
    text: Annotated[str, Field(max_length=8_000, examples=["Hello {{contact.first_name|there}}, which order is it?"])]
    shortcut: Annotated[str, Field(pattern="^[a-z0-9_-]{1,30}$", examples=["order"])] | None = None
    note: bool = False
    """The text is a note for colleagues."""
    actions: list[ActIn] = Field(default_factory=list, max_length=10)
    shared: bool = True


class MacroView(View):
    id: UUID
    name: str
    text: str
    shortcut: str | None
    note: bool
    actions: list[dict[str, Any]]
    shared: bool
    used: int
    created_at: datetime
    updated_at: datetime


class MacroList(View):
    items: list[MacroView]


class MacroPreview(View):
    """What a macro would say in this conversation."""

    text: str
    note: bool
    actions: list[dict[str, Any]]
    missing: list[str]
    """Variables without a value here; they stand in the text as they were written."""


class UseMacro(Act):
    text: Annotated[str, Field(max_length=8_000)] | None = None
    """The text as it was edited; null: as the preview shows it."""
    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    last_seen_seq: Seq | None = None


class MacroStep(View):
    """One action of a macro, and whether it was done."""

    type: str
    ok: bool
    error: str | None


class MacroUsed(View):
    message: MessageView | None
    steps: list[MacroStep]


class MacrosApi:
    """The routes of macros."""

    def __init__(self, *, store: Store, desk: AgentDesk, triage: Triage) -> None:
        self._store = store
        self._desk = desk
        self._triage = triage

    async def all(self, call: Call) -> MacroList:
        async with self._store.begin(call.tenant_id) as tx:
            rows = await tx.macros.visible_to(me(call))
        return MacroList(items=[_show(row) for row in rows])

    async def add(self, call: Call, body: NewMacro) -> MacroView:
        new = _content(call, body)
        async with self._store.begin(call.tenant_id) as tx:
            if len(await tx.macros.visible_to(me(call))) >= MOST_MACROS:
                raise Conflict(f"There may be {MOST_MACROS} macros. Remove one that is not used.")
            row = await tx.macros.add(uuid7(), new)
        return _show(_named(row, body))

    async def change(self, call: Call, macro: UUID, body: NewMacro) -> MacroView:
        new = _content(call, body)
        async with self._store.begin(call.tenant_id) as tx:
            _may_change(call, await _find(tx, macro, me(call)))
            row = await tx.macros.change(macro, new)
        return _show(_named(row, body))

    async def remove(self, call: Call, macro: UUID) -> None:
        async with self._store.begin(call.tenant_id) as tx:
            _may_change(call, await _find(tx, macro, me(call)))
            await tx.macros.remove(macro)

    async def preview(self, call: Call, conversation: UUID, macro: UUID) -> MacroPreview:
        who = acting(call)
        async with self._store.begin(call.tenant_id) as tx:
            row = await _find(tx, macro, who.id)
            text, missing = fill(row.text, await _values(tx, ConversationId(conversation), who))
        return MacroPreview(text=text, note=row.note, actions=row.actions, missing=missing)

    async def use(self, call: Call, conversation: UUID, macro: UUID, body: UseMacro | None = None) -> MacroUsed:
        body = body or UseMacro()
        who = acting(call, body.by, body.name)
        id = ConversationId(conversation)
        async with self._store.begin(call.tenant_id) as tx:
            row = await _find(tx, macro, who.id)
            text, missing = fill(row.text if body.text is None else body.text, await _values(tx, id, who))
        if missing:
            raise Invalid(f"There is no value for {', '.join(missing)}. Fill it in first.", field="text")
        message = None
        if text.strip():
            parts = (Text(text),)
            message = (
                await self._desk.note(call.tenant_id, id, parts, who)
                if row.note
                else await self._desk.write(call.tenant_id, id, parts, who, last_seen=body.last_seen_seq)
            )
        steps = []
        for action in row.actions:
            error = None
            try:
                await self._triage.act(call.tenant_id, id, act_of(ACT.validate_python(action), who.id), who)
            except HubError as refused:
                error = str(refused)
            steps.append(MacroStep(type=str(action["type"]), ok=error is None, error=error))
        async with self._store.begin(call.tenant_id) as tx:
            await tx.macros.count_use(macro)
        return MacroUsed(message=None if message is None else show_message(message), steps=steps)

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base, tags = "/api/v1/tenants/{tenant}/macros", ("inbox",)
        here = "/api/v1/tenants/{tenant}/conversations/{conversation}/macros/{macro}"
        reads, writes = tenant(Permission.CONVERSATIONS_READ_ASSIGNED), tenant(Permission.CONVERSATIONS_REPLY)
        return [
            Route(method="GET", path=base, handler=self.all, summary="Canned replies and macros", name="list_macros",
                  tags=tags, access=reads),
            Route(method="POST", path=base, handler=self.add, summary="A new macro", name="add_macro", tags=tags,
                  access=writes, status=201, idempotent=True, problems=(409,)),
            Route(method="PUT", path=f"{base}/{{macro}}", handler=self.change, summary="Change a macro",
                  name="change_macro", tags=tags, access=writes, problems=(409,)),
            Route(method="DELETE", path=f"{base}/{{macro}}", handler=self.remove, summary="Remove a macro",
                  name="remove_macro", tags=tags, access=writes),
            Route(method="GET", path=here, handler=self.preview, summary="What a macro would say here",
                  name="preview_macro", tags=tags, access=reads),
            Route(method="POST", path=here, handler=self.use, summary="Use a macro", name="use_macro", tags=tags,
                  access=writes, idempotent=True, problems=(409,),
                  description="Sends its text, then does its actions; each action tells whether it was done."),
        ]  # fmt: skip


async def _find(tx: Tx, macro: UUID, who: str) -> MacroRow:
    row = await tx.macros.get(macro, who)
    if row is None:
        raise NotFound("There is no such macro.", field="macro")
    return row


def _may_change(call: Call, row: MacroRow) -> None:
    if row.owner is None:
        call.need(Permission.REPLIES_MANAGE)


async def _values(tx: Tx, conversation: ConversationId, who: Colleague) -> dict[str, str]:
    """What the variables stand for in this conversation."""
    row = await tx.conversations.get(conversation)
    if row is None:
        raise NotFound("There is no such conversation.", field="conversation")
    contact = await tx.contacts.get(row.contact_id) if row.contact_id else None
    bot = (await tx.settings.get()).get("bot")
    name = (contact.name or "") if contact else ""
    values = {
        "contact.name": name,
        "contact.first_name": name.split()[0] if name.split() else "",
        "agent.name": who.name or "",
        "conversation.title": row.title or "",
        "conversation.id": str(row.id),
        "company": str(bot.get("company") or "") if isinstance(bot, dict) else "",
    }
    values |= {f"contact.{key}": str(value) for key, value in (contact.attributes if contact else {}).items()}
    return values | {f"conversation.{key}": str(value) for key, value in row.attributes.items()}


def _content(call: Call, body: NewMacro) -> MacroContent:
    if not body.text.strip() and not body.actions:
        raise Invalid("A macro says something, or does something.", field="text")
    actions = [action.model_dump(mode="json", exclude_none=True) for action in body.actions]
    for action, given in zip(actions, body.actions, strict=True):
        act_of(given, "me")
        if given.type in ("assign", "team"):
            action.setdefault("assignee" if given.type == "assign" else "team", None)
    if body.shared:
        call.need(Permission.REPLIES_MANAGE)
    owner = None if body.shared else me(call)
    return MacroContent(owner, body.name, body.shortcut, body.text, body.note, actions)


def _named(row: MacroRow | None, body: NewMacro) -> MacroRow:
    if row is None:
        raise Conflict(f"There is a macro '{body.name}' already.", field="name")
    return row


def _show(row: MacroRow) -> MacroView:
    return MacroView(
        id=row.id,
        name=row.name,
        text=row.text,
        shortcut=row.shortcut,
        note=row.note,
        actions=row.actions,
        shared=row.owner is None,
        used=row.used,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
