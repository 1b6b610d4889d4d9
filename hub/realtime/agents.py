"""The colleagues' namespace: who may connect, what each event does, and an answer to every one of them."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog

from hub.core.errors import HubError, Invalid, NotFound, TooMany, Unauthenticated, Unavailable
from hub.core.ids import ConversationId, TenantId
from hub.core.ports import DeltaFeed, PresenceFeed
from hub.realtime.agent_rooms import AgentRooms, conversation_room, inbox_room, limited_room, person_room
from hub.realtime.ports import Agent, AgentDoor, SocketLimits
from hub.realtime.presence import RENEWED_EVERY
from hub.realtime.refusals import refusal
from hub.realtime.schemas import AGENT_FRAMES, AgentTypingFrame, ConversationFrame, Frame, PresenceFrame, read_frame
from hub.realtime.wire import AGENTS, Wire

log = structlog.get_logger(__name__)

_CHECKED_FOR = 10.0
"""Seconds until an event makes the door look again at whether its sender is still allowed."""
_SAY_WHY_SECONDS = 0.2
MOST_OPEN = 20


@dataclass(slots=True)
class _Seat:
    """One connected socket: the conversations it has open, and whether somebody looks at them."""

    agent: Agent
    checked: float
    open: dict[ConversationId, bool] = field(default_factory=dict)
    subscribed: bool = False


class Agents:
    """Handles ``/agent``. Rooms are chosen by the server from who is let in, never by what a client names."""

    def __init__(
        self,
        *,
        wire: Wire,
        rooms: AgentRooms,
        door: AgentDoor,
        presence: PresenceFeed,
        typing: DeltaFeed,
        limits: SocketLimits,
    ) -> None:
        self._wire = wire
        self._rooms = rooms
        self._door = door
        self._presence = presence
        self._typing = typing
        self._limits = limits
        self._seats: dict[str, _Seat] = {}
        self._per_agent: Counter[tuple[TenantId, str]] = Counter()
        self._renewing: asyncio.Task[None] | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        wire.listen("connect", self._connect, namespace=AGENTS)
        wire.listen("disconnect", self._disconnect, namespace=AGENTS)
        wire.listen("*", self._event, namespace=AGENTS)

    async def close(self) -> None:
        """Renew nobody any more."""
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)

    async def _connect(self, sid: str, environ: Mapping[str, Any], auth: Any = None) -> None:
        from socketio.exceptions import ConnectionRefusedError as Refused

        try:
            given = auth if isinstance(auth, Mapping) else {}
            agent = await self._door.admit(environ["aiohttp.request"], given)
            if self._per_agent[agent.tenant, agent.id] >= self._limits.sockets_per_visitor:
                raise TooMany("The inbox is open in too many windows. Close some of them.", retry_after=30)
        except HubError as error:
            raise Refused(str(error), refusal(error)) from None
        except Exception:
            log.exception("realtime.connect_failed")
            raise Refused("The inbox is away for a moment.", refusal(Unavailable("Try again."))) from None
        self._seats[sid] = _Seat(agent, time.monotonic())
        self._per_agent[agent.tenant, agent.id] += 1
        self._rooms.interest.add(agent.tenant)
        await self._wire.enter(sid, person_room(agent.tenant, agent.id), namespace=AGENTS)
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew(), name="agents-presence")

    async def _disconnect(self, sid: str, reason: str = "") -> None:
        seat = self._seats.pop(sid, None)
        if seat is None:
            return
        key = (seat.agent.tenant, seat.agent.id)
        self._per_agent[key] -= 1
        if self._per_agent[key] <= 0:
            del self._per_agent[key]
        self._rooms.interest.remove(seat.agent.tenant)
        for conversation in list(seat.open):
            await self._left(seat, conversation)

    async def _event(self, event: Any, sid: str, *data: Any) -> dict[str, Any]:
        """Every event ends in an acknowledgement, whatever happens inside."""
        try:
            seat = self._seats.get(sid)
            if seat is None:
                raise Unauthenticated("This connection is closed. Connect again.")
            frame = read_frame(str(event), data, AGENT_FRAMES)
            await self._recheck(sid, seat)
            return {"ok": True, **await self._do(sid, seat, str(event), frame)}
        except HubError as error:
            return {"error": refusal(error)}
        except Exception:
            log.exception("realtime.event_failed", socket_event=str(event)[:40])
            return {"error": {"code": "internal", "message": "This did not work. Please try again."}}

    async def _recheck(self, sid: str, seat: _Seat) -> None:
        """A colleague who lost the right is shown out at the next event or renewal."""
        if time.monotonic() - seat.checked < _CHECKED_FOR:
            return
        before = seat.agent
        try:
            seat.agent = await self._door.recheck(before)
        except HubError as error:
            if error.status < 500:
                task = asyncio.create_task(self._dismiss(sid), name="agents-dismiss")
                self._leaving.add(task)
                task.add_done_callback(self._leaving.discard)
            raise
        seat.checked = time.monotonic()
        if seat.agent.limited != before.limited and seat.subscribed:
            await self._wire.leave(sid, _room_of(before), namespace=AGENTS)
            await self._wire.enter(sid, _room_of(seat.agent), namespace=AGENTS)
        if seat.agent.limited:
            await self._close_unseen(sid, seat)

    async def _close_unseen(self, sid: str, seat: _Seat) -> None:
        """Take a limited colleague out of conversations that they no longer see."""
        for conversation in list(seat.open):
            try:
                await self._door.open(seat.agent, conversation)
            except NotFound:
                await self._wire.leave(sid, conversation_room(seat.agent.tenant, conversation), namespace=AGENTS)
                await self._left(seat, conversation)

    async def _dismiss(self, sid: str) -> None:
        """Show somebody out, once the words that say why have left."""
        await asyncio.sleep(_SAY_WHY_SECONDS)
        await self._wire.dismiss(sid, namespace=AGENTS)

    async def _do(self, sid: str, seat: _Seat, event: str, frame: Frame) -> Mapping[str, Any]:
        match frame:
            case PresenceFrame():
                return await self._look(seat, _id(frame), frame.active)
            case AgentTypingFrame():
                return await self._write(seat, _id(frame), frame)
            case ConversationFrame() if event == "conversation.open":
                return await self._open(sid, seat, _id(frame))
            case ConversationFrame():
                conversation = _id(frame)
                await self._wire.leave(sid, conversation_room(seat.agent.tenant, conversation), namespace=AGENTS)
                await self._left(seat, conversation)
                return {}
        seat.subscribed = True
        await self._wire.enter(sid, _room_of(seat.agent), namespace=AGENTS)
        return {"person": seat.agent.id}

    async def _open(self, sid: str, seat: _Seat, conversation: ConversationId) -> Mapping[str, Any]:
        seq = await self._door.open(seat.agent, conversation)
        if len(seat.open) >= MOST_OPEN and conversation not in seat.open:
            raise TooMany("Too many conversations are open in this window.")
        await self._wire.enter(sid, conversation_room(seat.agent.tenant, conversation), namespace=AGENTS)
        if not seat.open.get(conversation):  # opened already, somebody only asks who is there, and may be writing
            await self._tell(seat, conversation, "viewing")
        seat.open[conversation] = True
        people = self._rooms.presence.people(seat.agent.tenant, conversation)
        return {"seq": seq, "people": people}

    async def _look(self, seat: _Seat, conversation: ConversationId, active: bool) -> Mapping[str, Any]:
        _check_open(seat, conversation)
        seat.open[conversation] = active
        await self._tell(seat, conversation, "viewing" if active or self._elsewhere(seat, conversation) else "gone")
        return {}

    async def _write(self, seat: _Seat, conversation: ConversationId, frame: AgentTypingFrame) -> Mapping[str, Any]:
        _check_open(seat, conversation)
        self._door.check_writes(seat.agent, note=frame.note)
        state = ("noting" if frame.note else "typing") if frame.active else "viewing"
        await self._tell(seat, conversation, state)
        if not frame.note:
            await self._typing.typing(seat.agent.tenant, conversation, frame.active)
        return {}

    async def _left(self, seat: _Seat, conversation: ConversationId) -> None:
        if seat.open.pop(conversation, None) is not None and not self._elsewhere(seat, conversation):
            await self._tell(seat, conversation, "gone")

    def _elsewhere(self, seat: _Seat, conversation: ConversationId) -> bool:
        """Whether the same colleague looks at it in another window here."""
        return any(
            other is not seat
            and (other.agent.tenant, other.agent.id) == (seat.agent.tenant, seat.agent.id)
            and other.open.get(conversation, False)
            for other in self._seats.values()
        )

    async def _tell(self, seat: _Seat, conversation: ConversationId, state: str) -> None:
        agent = seat.agent
        try:
            await self._presence.present(agent.tenant, conversation, agent.id, agent.name, state)
        except (HubError, OSError) as error:
            log.info("realtime.presence_lost", error=type(error).__name__)

    async def _renew(self) -> None:
        """Say again who is where, and look again who still may be; other processes forget whom they hear no more of."""
        while self._seats:
            await asyncio.sleep(RENEWED_EVERY)
            for sid, seat in list(self._seats.items()):
                try:
                    await self._recheck(sid, seat)
                except HubError as error:
                    log.info("realtime.agent_refused", code=error.code)
                    continue
                except Exception:
                    log.exception("realtime.recheck_failed")
                    continue
                for conversation, active in list(seat.open.items()):
                    if active:
                        await self._tell(seat, conversation, "viewing")


def _room_of(agent: Agent) -> str:
    return limited_room(agent.tenant) if agent.limited else inbox_room(agent.tenant)


def _id(frame: ConversationFrame) -> ConversationId:
    try:
        return ConversationId(UUID(frame.conversation_id))
    except ValueError:
        raise Invalid("This is not an id (a UUID is needed).", field="conversation_id") from None


def _check_open(seat: _Seat, conversation: ConversationId) -> None:
    if conversation not in seat.open:
        raise Invalid("Open the conversation first.", field="conversation_id")
