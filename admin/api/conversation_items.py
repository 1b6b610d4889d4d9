"""A conversation as a row of a list and as the head of a thread."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from hub.core.channels import Channel
from hub.core.conversations import State
from hub.core.ids import ChannelKind
from hub.core.messages import AuthorKind, Media, part_from_json, plain_text
from hub.core.policy import Standing, may_send
from hub.core.ports import Clock
from hub.core.prose import one_line
from hub.http.model import View
from hub.http.views import Author, ConversationView
from hub.store.conversation_list import ListedRow

_PREVIEW = 200


class LastMessage(View):
    """The newest message of a conversation, in a line."""

    text: str
    kind: str
    author: Author
    status: str
    at: datetime


class ChannelOfConversation(View):
    id: UUID
    kind: str
    name: str
    enabled: bool


class ContactOfConversation(View):
    id: UUID
    name: str | None
    blocked: bool


class Hit(View):
    """Where a search found its words."""

    seq: int
    text: str


class ConversationItem(ConversationView):
    """A conversation with what an inbox shows of it."""

    contact: ContactOfConversation | None
    channel: ChannelOfConversation
    last_message: LastMessage | None
    unread: int
    """Customer messages that whoever asks has not read, counted up to 100."""
    read_seq: int
    """How far whoever asks has read."""
    labels: list[UUID]
    team_id: UUID | None
    snoozed_until: datetime | None
    handoff_reason: str | None
    """Why a person was last asked for."""
    handoff_at: datetime | None
    waiting_since: datetime | None
    """The customer waits for a person's answer since then."""
    answered_at: datetime | None
    """A person's first answer after the handoff."""
    sla_due_at: datetime | None
    """The next promise that would be broken."""
    window_closes_at: datetime | None
    """Until when the channel takes a free reply; null where it always does, or no longer."""
    may_write: str
    """allow, tag, template, wait or refuse: what the channel's rules say to a reply now."""
    hit: Hit | None
    """Set by a search."""
    attributes: dict[str, object]


class ItemView:
    """Makes items of rows: the one place that knows how a conversation looks in a list."""

    def __init__(self, *, channels: Mapping[ChannelKind, Channel], clock: Clock) -> None:
        self._channels = channels
        self._clock = clock

    def show(self, row: ListedRow) -> ConversationItem:
        """One row as the API shows it."""
        c = row.conversation
        closes_at, verdict = self._window(row)
        return ConversationItem.model_construct(
            id=c.id,
            channel_id=c.channel_id,
            contact_id=c.contact_id,
            state=State(c.state),
            reason=c.state_reason,
            assignee=c.assignee,
            title=c.title,
            direct=c.direct,
            last_seq=c.last_seq,
            last_message_at=c.last_message_at,
            opened_at=c.opened_at,
            resolved_at=c.resolved_at,
            contact=None
            if c.contact_id is None
            else ContactOfConversation(id=c.contact_id, name=row.contact_name, blocked=row.contact_blocked),
            channel=ChannelOfConversation(
                id=c.channel_id, kind=row.channel_kind, name=row.channel_name, enabled=row.channel_enabled
            ),
            last_message=_last(row),
            unread=row.unread,
            read_seq=row.read_seq,
            labels=row.labels,
            team_id=c.team_id,
            snoozed_until=c.snoozed_until,
            handoff_reason=c.handoff_reason,
            handoff_at=c.handoff_at,
            waiting_since=c.waiting_since,
            answered_at=c.answered_at,
            sla_due_at=c.sla_due_at,
            window_closes_at=closes_at,
            may_write=verdict,
            hit=None if row.hit_seq is None else Hit(seq=row.hit_seq, text=_hit_line(row)),
            attributes=c.attributes,
        )

    def _window(self, row: ListedRow) -> tuple[datetime | None, str]:
        adapter = self._channels.get(ChannelKind(row.channel_kind))
        if adapter is None or not row.channel_enabled:
            return None, "refuse"
        standing = Standing(row.conversation.last_inbound_at, row.contact_blocked, row.opted_out_at)
        decision = may_send(adapter.capabilities, AuthorKind.AGENT, standing, now=self._clock.now())
        return decision.until, decision.verdict.value


def line_of(parts: list[dict[str, object]], author: str | None) -> str:
    """Parts as one short line: their words, else what kind of file they are. Ours are Markdown, and read without its
    marks; a customer's stay as they were written."""
    read = [part_from_json(part) for part in parts]
    text = plain_text(read)
    words = (author != AuthorKind.CONTACT and one_line(text)) or " ".join(text.split())
    if not words:
        words = ", ".join(part.name or part.kind if isinstance(part, Media) else part.type for part in read)
    return words if len(words) <= _PREVIEW else words[: _PREVIEW - 1].rstrip() + "\u2026"


def _hit_line(row: ListedRow) -> str:
    return line_of(row.hit_parts or [], row.hit_author_kind)


def _last(row: ListedRow) -> LastMessage | None:
    if row.last_at is None or row.last_author_kind is None:
        return None
    return LastMessage(
        text="" if row.last_deleted_at is not None else line_of(row.last_parts or [], row.last_author_kind),
        kind=row.last_kind or "message",
        author=Author(kind=AuthorKind(row.last_author_kind), id=row.last_author_id, name=row.last_author_name),
        status="deleted" if row.last_deleted_at is not None else row.last_status or "",
        at=row.last_at,
    )
