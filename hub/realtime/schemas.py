"""What a visitor may send over a socket, event by event. Everything has a bound; nothing unknown gets through."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from hub.core.errors import Invalid

Words = Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Token = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
Seq = Annotated[int, Field(ge=0, le=2**53)]


class Frame(BaseModel):
    """One event's data."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class TextPart(Frame):
    type: Literal["text"]
    text: Words


class ChoicePart(Frame):
    type: Literal["choice"]
    id: Name
    title: Name | None = None


class MediaPart(Frame):
    """A file uploaded before; whether it is the visitor's own is for ``accept`` to check."""

    type: Literal["media"]
    kind: Literal["image", "audio", "voice", "video", "document"]
    file_id: Token
    name: Name | None = None
    caption: Words | None = None


class FormReplyPart(Frame):
    """What was filled in, by the fields' names."""

    type: Literal["form_reply"]
    id: Name | None = None
    values: Annotated[dict[Name, Words], Field(min_length=1, max_length=20)]


class MessageFrame(Frame):
    """``message``. ``client_id`` is the client's own; the same one again is the same message.

    A choice stands alone; ``target`` is the message that offered it. ``conversation_id`` says which of the visitor's
    conversations it belongs to (default: the newest), ``fresh`` that it begins a new one, under the client's own id.
    """

    client_id: Token
    conversation_id: Token | None = None
    fresh: Token | None = None
    target: Token | None = None
    parts: Annotated[
        list[Annotated[TextPart | ChoicePart | MediaPart | FormReplyPart, Field(discriminator="type")]],
        Field(min_length=1, max_length=10),
    ]

    @model_validator(mode="after")
    def _choice_alone(self) -> Self:
        if len(self.parts) > 1 and any(isinstance(part, ChoicePart) for part in self.parts):
            raise ValueError("a choice must be the only part")
        return self

    @property
    def event(self) -> Literal["message", "choice"]:
        """What kind of saying this is."""
        return "choice" if isinstance(self.parts[0], ChoicePart) else "message"


class TypingFrame(Frame):
    active: bool = True


class ReadFrame(Frame):
    seq: Seq


class ResumeFrame(Frame):
    """``resume``: look at one of the visitor's conversations (default: the newest). Without ``last_seq``, or where
    another one comes instead, the last messages. ``fresh``: look at none, for the next message begins a new one."""

    last_seq: Seq | None = None
    conversation_id: Token | None = None
    fresh: bool = False


class ActionFrame(Frame):
    message_id: Token
    action: Name


class FeedbackFrame(Frame):
    message_id: Token
    value: Literal["up", "down"]
    comment: Words | None = None


class StopFrame(Frame):
    message_id: Token | None = None


class RegenerateFrame(Frame):
    message_id: Token


class EditFrame(Frame):
    message_id: Token
    text: Words


FRAMES: dict[str, type[Frame]] = {
    "message": MessageFrame,
    "typing": TypingFrame,
    "read": ReadFrame,
    "resume": ResumeFrame,
    "action": ActionFrame,
    "feedback": FeedbackFrame,
    "stop": StopFrame,
    "regenerate": RegenerateFrame,
    "edit": EditFrame,
}
"""Every event a visitor may send."""


class ConversationFrame(Frame):
    """``conversation.open`` and ``conversation.close``."""

    conversation_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F-]{36}$")]


class PresenceFrame(ConversationFrame):
    """``presence``: whether this window shows the conversation to somebody who looks."""

    active: bool = True


class AgentTypingFrame(ConversationFrame):
    """``typing``. ``note``: it is for colleagues alone."""

    active: bool = True
    note: bool = False


AGENT_FRAMES: dict[str, type[Frame]] = {
    "inbox.subscribe": Frame,
    "conversation.open": ConversationFrame,
    "conversation.close": ConversationFrame,
    "presence": PresenceFrame,
    "typing": AgentTypingFrame,
}
"""Every event a colleague may send."""


def read_frame(event: str, data: tuple[Any, ...], frames: dict[str, type[Frame]] = FRAMES) -> Frame:
    """The event's data, checked. Raises ``Invalid`` naming the event or the field."""
    kind = frames.get(event)
    if kind is None:
        raise Invalid(f"There is no event with this name. Use one of: {', '.join(frames)}.", field="event")
    if len(data) > 1:
        raise Invalid(f"'{event}' takes one object.", field="data")
    try:
        return kind.model_validate(data[0] if data and data[0] is not None else {})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "data"
        raise Invalid(f"'{where}' of '{event}' cannot be used: {first['msg']}.", field=where) from None
