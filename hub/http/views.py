"""Shapes that several parts of the API answer with: messages, parts, citations, conversations."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ConfigDict

from hub.core.conversations import State
from hub.core.messages import AuthorKind, Direction
from hub.http.model import View
from hub.store.conversations import ConversationRow
from hub.store.messages import MessageRow


class PartView(View):
    """A part of a message. What else it holds depends on its type."""

    model_config = ConfigDict(extra="allow")

    type: str
    """text, media, choices, choice, location, contact, card, template, location_request, form, form_reply, reaction
    or unknown."""


class Author(View):
    """Who wrote a message."""

    kind: AuthorKind
    id: str | None
    name: str | None


class GuestAuthor(Author):
    """Who wrote a message, as its visitor may know them."""

    picture: str | None
    """How the colleague looks: an address below the hub's; null without a picture."""


class CitationView(View):
    """A source an answer relies on."""

    n: int
    """The number the answer's text uses."""
    chunk_id: UUID
    document_id: UUID
    title: str
    url: str | None
    section: str | None
    page: int | None
    start: int
    """Where the passage begins in the document's text, in characters."""
    end: int
    quote: str
    """The words relied on."""


class MessageView(View):
    """A message of a conversation."""

    id: UUID
    conversation_id: UUID
    seq: int
    """Its place in the conversation, counted from 1."""
    direction: Direction
    author: Author
    kind: str
    parts: list[PartView]
    reply_to: str | None
    platform_ids: list[str]
    status: str
    at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    citations: list[CitationView]
    support: float | None
    """How well the sources bear the answer out, 0 to 1; null where that was not judged."""


class GuestMessageView(MessageView):
    """A message as its visitor sees it."""

    author: GuestAuthor
    client_id: str | None
    """The widget's own id of a message it sent."""
    superseded: bool
    """The visitor had it answered again, or said it differently: what replaced it follows."""
    stopped: bool
    """The visitor stopped this answer midway."""


class ConversationView(View):
    """A conversation."""

    id: UUID
    channel_id: UUID
    contact_id: UUID | None
    state: State
    reason: str | None
    """Why it is in this state."""
    assignee: str | None
    title: str | None
    direct: bool
    last_seq: int
    last_message_at: datetime | None
    opened_at: datetime
    resolved_at: datetime | None


class HandoffView(View):
    """Who has the floor."""

    state: State
    reason: str | None


def show_message(row: MessageRow) -> MessageView:
    """A stored message as the API shows it."""
    return MessageView.model_construct(
        id=row.id,
        conversation_id=row.conversation_id,
        seq=row.seq,
        direction=Direction(row.direction),
        author=Author.model_construct(kind=AuthorKind(row.author_kind), id=row.author_id, name=row.author_name),
        kind=row.kind,
        parts=[PartView(**part) for part in row.parts],
        reply_to=row.reply_to,
        platform_ids=list(row.platform_ids),
        status=row.status,
        at=row.at,
        edited_at=row.edited_at,
        deleted_at=row.deleted_at,
        citations=[_citation(c) for c in row.citations],
        support=row.support,
    )


def _citation(data: dict[str, Any]) -> CitationView:
    return CitationView.model_validate({name: data.get(name) for name in CitationView.model_fields})


def show_conversation(row: ConversationRow) -> ConversationView:
    """A stored conversation as the API shows it."""
    return ConversationView.model_construct(
        id=row.id,
        channel_id=row.channel_id,
        contact_id=row.contact_id,
        state=State(row.state),
        reason=row.state_reason,
        assignee=row.assignee,
        title=row.title,
        direct=row.direct,
        last_seq=row.last_seq,
        last_message_at=row.last_message_at,
        opened_at=row.opened_at,
        resolved_at=row.resolved_at,
    )
