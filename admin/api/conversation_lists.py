"""Lists of conversations: built-in ones, saved views, anything filtered or searched; and how many each holds."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from admin.api.actors import me
from admin.api.conversation_items import ConversationItem, ItemView
from admin.api.filter_trees import read_tree
from hub.accounts.permissions import Permission
from hub.accounts.reach import reach_of
from hub.core.conversations import State
from hub.core.errors import NotFound
from hub.core.inbox_filters import Condition, Either, Filter, Op, Queue, all_of, queue_filter
from hub.http.access import Call, tenant
from hub.http.model import View
from hub.http.pages import Page, PageQuery, decode_cursor, page_of
from hub.http.routes import Route
from hub.store.session import Store, Tx

Sort = Literal["newest", "oldest", "opened", "waiting", "queue", "sla"]
_COUNTED = tuple(queue for queue in Queue if queue is not Queue.RESOLVED)


class ConversationsQuery(PageQuery):
    """Which conversations. Everything given must hold."""

    queue: Queue | None = None
    """One of the built-in lists."""
    view: UUID | None = None
    """A saved view."""
    state: State | None = None
    assignee: Annotated[str, Field(max_length=200)] | None = None
    """A colleague's id, `me`, or `none`."""
    team: UUID | None = None
    channel: list[UUID] = Field(default_factory=list)
    channel_kind: list[str] = Field(default_factory=list)
    contact: UUID | None = None
    label: list[UUID] = Field(default_factory=list)
    """Carries all of these."""
    mentioned: bool | None = None
    unread: bool | None = None
    snoozed: bool | None = None
    reason: Annotated[str, Field(max_length=100)] | None = None
    """Why a person was asked for."""
    opened_after: AwareDatetime | None = None
    opened_before: AwareDatetime | None = None
    active_after: AwareDatetime | None = None
    """The last message came after this."""
    active_before: AwareDatetime | None = None
    search: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """Words of messages, a customer's name, or the beginning of an address or number."""
    sort: Sort | None = None
    """`newest` unless a view says otherwise."""


class ConversationCounts(View):
    """How many open conversations each list holds for whoever asks."""

    queues: dict[str, int]
    views: dict[str, int]
    """By saved view's id."""


class ConversationListsApi:
    """The routes of lists."""

    def __init__(self, *, store: Store, items: ItemView) -> None:
        self._store = store
        self._items = items

    async def page(self, call: Call, query: ConversationsQuery) -> Page[ConversationItem]:
        who = me(call)
        async with self._store.begin(call.tenant_id) as tx:
            saved, sort = await _saved(tx, query.view, who)
            reach = await reach_of(tx, call.principal)
            wanted = all_of(reach, saved, _queue(query.queue, await _teams(tx, call)), *_conditions(query))
            rows = await tx.conversation_list.page(
                wanted,
                who,
                query.limit + 1,
                sort=query.sort or sort,
                after=decode_cursor(query.cursor),
                search=query.search,
            )
        return page_of(rows, query.limit, lambda row: (row.sort_key, row.conversation.id), self._items.show)

    async def counts(self, call: Call) -> ConversationCounts:
        who = me(call)
        async with self._store.begin(call.tenant_id) as tx:
            views = await tx.saved_views.visible_to(who)
            teams = await _teams(tx, call)
            lists: dict[str, Filter] = {queue.value: queue_filter(queue, teams) for queue in _COUNTED}
            lists |= {str(view.id): read_tree(view.filter) for view in views[:50]}
            reach = await reach_of(tx, call.principal)
            found = await tx.conversation_list.counts({name: all_of(reach, one) for name, one in lists.items()}, who)
        return ConversationCounts(
            queues={queue.value: found[queue.value] for queue in _COUNTED},
            views={str(view.id): found[str(view.id)] for view in views[:50]},
        )

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base, reads = "/api/v1/tenants/{tenant}/conversations", tenant(Permission.CONVERSATIONS_READ_ASSIGNED)
        tags = ("conversations",)
        return [
            Route(method="GET", path=base, handler=self.page, name="list_conversations", tags=tags, access=reads,
                  summary="Conversations: filtered, searched, sorted"),
            Route(method="GET", path=f"{base}/counts", handler=self.counts, name="count_conversations", tags=tags,
                  access=reads, summary="How many conversations each list holds"),
        ]  # fmt: skip


async def _saved(tx: Tx, view: UUID | None, who: str) -> tuple[Filter | None, str]:
    if view is None:
        return None, "newest"
    row = await tx.saved_views.get(view, who)
    if row is None:
        raise NotFound("There is no such view.", field="view")
    return read_tree(row.filter), row.sort


async def _teams(tx: Tx, call: Call) -> tuple[UUID, ...]:
    """The teams of whoever asks; a key belongs to none."""
    person = call.principal.person_id if call.principal is not None else None
    return () if person is None else tuple(await tx.notifications.teams_of(person))


def _queue(queue: Queue | None, teams: tuple[UUID, ...]) -> Filter | None:
    return None if queue is None else queue_filter(queue, teams)


def _conditions(query: ConversationsQuery) -> list[Filter | None]:
    def when(field: str, op: Op, value: str | bool | datetime | UUID | None) -> Filter | None:
        return None if value is None else Condition(field, op, value)

    def any_of(field: str, values: list[UUID] | list[str]) -> Filter | None:
        return Either(tuple(Condition(field, Op.IS, value) for value in values)) if values else None

    nobody = query.assignee == "none"
    return [
        when("state", Op.IS, None if query.state is None else query.state.value),
        Condition("assignee", Op.IS, None) if nobody else when("assignee", Op.IS, query.assignee),
        when("team", Op.IS, query.team),
        any_of("channel", query.channel),
        any_of("channel_kind", query.channel_kind),
        when("contact", Op.IS, query.contact),
        *(Condition("label", Op.IS, label) for label in query.label),
        when("mentioned", Op.IS, query.mentioned),
        when("unread", Op.IS, query.unread),
        when("snoozed", Op.IS, query.snoozed),
        when("handoff_reason", Op.IS, query.reason),
        when("opened_at", Op.AFTER, query.opened_after),
        when("opened_at", Op.BEFORE, query.opened_before),
        when("last_message_at", Op.AFTER, query.active_after),
        when("last_message_at", Op.BEFORE, query.active_before),
    ]
