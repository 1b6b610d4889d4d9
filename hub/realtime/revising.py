"""A visitor's second thoughts over the socket: the act, its acknowledgement, and what every window must now show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.core.ids import ConversationId
from hub.inbox.guests import Guest, Taken
from hub.inbox.revisions import Replaced, message_id
from hub.realtime.ports import Revises
from hub.realtime.rooms import Rooms
from hub.realtime.schemas import ActionFrame, EditFrame, Frame, RegenerateFrame, StopFrame

REVISING = (StopFrame, RegenerateFrame, EditFrame, ActionFrame)


async def revise(
    revisions: Revises, rooms: Rooms, guest: Guest, conversation: ConversationId, frame: Frame
) -> Mapping[str, Any]:
    """Do what the frame asks for; what it returns joins the acknowledgement."""
    match frame:
        case StopFrame():
            shown = rooms.shown(conversation)
            if shown is not None:
                rooms.end(conversation, shown)
            return {"stopped": await revisions.stop(guest.tenant, conversation, shown)}
        case RegenerateFrame():
            replaced = await revisions.regenerate(guest.tenant, conversation, message_id(frame.message_id))
            return await _replaced(rooms, guest, conversation, replaced)
        case EditFrame():
            taken, replaced = await revisions.edit(guest, conversation, message_id(frame.message_id), frame.text)
            return {**_taken(taken), **await _replaced(rooms, guest, conversation, replaced)}
        case ActionFrame():
            return _taken(await revisions.press(guest, conversation, message_id(frame.message_id), frame.action))
    raise LookupError(type(frame).__name__)


async def _replaced(rooms: Rooms, guest: Guest, conversation: ConversationId, replaced: Replaced) -> Mapping[str, Any]:
    await rooms.tell_superseded(guest.tenant, conversation, replaced.after)
    return {"superseded": [str(id) for id in replaced.messages]}


def _taken(taken: Taken) -> Mapping[str, Any]:
    return {"id": str(taken.id), "seq": taken.seq, "conversation_id": str(taken.conversation_id)}
