"""The visitors' namespace: who may connect, what each event does, and an answer to every one of them."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import structlog

from hub.core.errors import HubError, Invalid, NotFound, TooMany, Unauthenticated, Unavailable
from hub.core.ids import ConversationId
from hub.inbox.guests import Guest
from hub.realtime.ports import SocketLimits, VisitorDesk
from hub.realtime.refusals import refusal
from hub.realtime.revising import REVISING, revise
from hub.realtime.rooms import Rooms, standing_json, visitor_room
from hub.realtime.schemas import Frame, MessageFrame, ResumeFrame, read_frame
from hub.realtime.wire import Wire

log = structlog.get_logger(__name__)

MAX_TOKEN = 4_096
_QUIET = frozenset({"typing", "read"})
"""Events that are fine even where nobody wants to know."""


@dataclass(slots=True)
class _Seat:
    """One connected socket. ``renewed`` is a newer token for its visitor, not given out yet."""

    guest: Guest
    renewed: str | None = None
    conversation: ConversationId | None = None


class Visitors:
    """Handles ``/visitor``. Rooms are joined by what the store says is the visitor's, never by what a client sends."""

    def __init__(self, *, wire: Wire, rooms: Rooms, desk: VisitorDesk, limits: SocketLimits) -> None:
        self._wire = wire
        self._rooms = rooms
        self._desk = desk
        self._limits = limits
        self._seats: dict[str, _Seat] = {}
        self._per_visitor: Counter[tuple[Any, str]] = Counter()
        wire.listen("connect", self._connect)
        wire.listen("disconnect", self._disconnect)
        wire.listen("*", self._event)

    async def _connect(self, sid: str, environ: Mapping[str, Any], auth: Any = None) -> None:
        from socketio.exceptions import ConnectionRefusedError as Refused

        try:
            visitor = await self._admit(environ, auth)
        except HubError as error:
            raise Refused(str(error), refusal(error)) from None
        except Exception:
            log.exception("realtime.connect_failed")
            raise Refused("The chat is away for a moment.", refusal(Unavailable("Try again."))) from None
        self._seats[sid] = _Seat(visitor, self._desk.renew(auth["token"]))
        self._per_visitor[visitor.channel, visitor.id] += 1
        await self._wire.enter(sid, visitor_room(visitor.tenant, visitor.channel, visitor.id))

    async def _admit(self, environ: Mapping[str, Any], auth: Any) -> Guest:
        token = auth.get("token") if isinstance(auth, Mapping) else None
        if not isinstance(token, str) or not 0 < len(token) <= MAX_TOKEN:
            raise Unauthenticated("Connect with a visitor token.", field="token")
        visitor = await self._desk.verify(token)
        # The origin was checked against the site in the address: the token must be of that very site.
        if environ["aiohttp.request"].query.get("site", "") != visitor.site_key:
            raise Unauthenticated("This token is of another site.", field="token")
        if self._per_visitor[visitor.channel, visitor.id] >= self._limits.sockets_per_visitor:
            raise TooMany("The chat is open in too many windows. Close some of them.", retry_after=30)
        return visitor

    async def _disconnect(self, sid: str, reason: str = "") -> None:
        seat = self._seats.pop(sid, None)
        if seat is None:
            return
        key = (seat.guest.channel, seat.guest.id)
        self._per_visitor[key] -= 1
        if self._per_visitor[key] <= 0:
            del self._per_visitor[key]
        if seat.conversation is not None:
            await self._rooms.leave(sid, seat.guest.tenant, seat.conversation)

    async def _event(self, event: Any, sid: str, *data: Any) -> dict[str, Any]:
        """Every event ends in an acknowledgement, whatever happens inside."""
        try:
            seat = self._seats.get(sid)
            if seat is None:
                raise Unauthenticated("This connection is closed. Connect again.")
            frame = read_frame(str(event), data)
            return {"ok": True, **await self._do(sid, seat, str(event), frame)}
        except HubError as error:
            return {"error": refusal(error)}
        except Exception:
            log.exception("realtime.event_failed", socket_event=str(event)[:40])
            return {"error": {"code": "internal", "message": "This did not work. Please try again."}}

    async def _do(self, sid: str, seat: _Seat, event: str, frame: Frame) -> Mapping[str, Any]:
        match frame:
            case MessageFrame():
                return await self._message(sid, seat, frame)
            case ResumeFrame():
                found = await self._resume(sid, seat, frame)
                newer, seat.renewed = seat.renewed, None
                return found if newer is None else {**found, "token": newer}
        act = self._desk.acts.get(event)
        revisions = self._desk.revisions if isinstance(frame, REVISING) else None
        if act is None and revisions is None:
            if event in _QUIET:
                return {}
            raise Invalid(f"This server does not offer '{event}'.", field="event")
        if seat.conversation is None:
            await self._find(sid, seat)
        if seat.conversation is None:
            raise NotFound("There is no conversation yet. Send a message first.")
        if act is not None:
            return await act(seat.guest, seat.conversation, frame) or {}
        if revisions is None:
            raise LookupError(event)
        return await revise(revisions, self._rooms, seat.guest, seat.conversation, frame)

    async def _message(self, sid: str, seat: _Seat, frame: MessageFrame) -> Mapping[str, Any]:
        said = frame.model_dump(exclude_none=True)
        if "conversation_id" in said:
            said["conversation"] = said.pop("conversation_id")
        raw = orjson.dumps({"event": frame.event, **said})
        accepted = await self._desk.accept(seat.guest, raw)
        if accepted.conversation_id != seat.conversation:
            await self._enter(sid, seat, accepted.conversation_id)
            # The same visitor's other windows learn of it and ask for it themselves.
            page = await self._rooms.read(seat.guest.tenant, accepted.conversation_id, None)
            if page is not None:
                visitor = seat.guest
                room = visitor_room(visitor.tenant, visitor.channel, visitor.id)
                await self._wire.emit("conversation", standing_json(page.standing), room=room)
        return {
            "id": str(accepted.id),
            "seq": accepted.seq,
            "conversation_id": str(accepted.conversation_id),
        }

    async def _resume(self, sid: str, seat: _Seat, frame: ResumeFrame) -> Mapping[str, Any]:
        if frame.fresh:
            await self._look_away(sid, seat)
        else:
            await self._find(sid, seat, frame.conversation_id)
        nothing: dict[str, Any] = {"conversation": None, "messages": [], "deltas": [], "seq": 0, "more": False}
        if seat.conversation is None:
            return nothing
        known = frame.conversation_id in (None, str(seat.conversation))
        page = await self._rooms.read(seat.guest.tenant, seat.conversation, frame.last_seq if known else None)
        if page is None:  # deleted meanwhile
            await self._look_away(sid, seat)
            await self._find(sid, seat)
            if seat.conversation is None:
                return nothing
            page = await self._rooms.read(seat.guest.tenant, seat.conversation, None)
        if page is None:
            return nothing
        queue = {"place": page.standing.place, "wait": page.standing.wait}
        return {
            "conversation": standing_json(page.standing),
            "queue": queue,
            "messages": list(page.messages),
            "deltas": [] if page.more else self._rooms.so_far(seat.conversation),
            "seq": page.seq,
            "more": page.more,
        }

    async def _find(self, sid: str, seat: _Seat, wanted: str | None = None) -> None:
        """Enter the conversation the client names, if it is the visitor's own; else the newest."""
        current = None
        with contextlib.suppress(ValueError):
            named = ConversationId(UUID(wanted or ""))
            if named == seat.conversation or await self._desk.conversations.owns(seat.guest, named):
                current = named
        current = current or await self._desk.conversations.current(seat.guest)
        if current is not None and current != seat.conversation:
            await self._enter(sid, seat, current)

    async def _look_away(self, sid: str, seat: _Seat) -> None:
        if seat.conversation is not None:
            await self._rooms.leave(sid, seat.guest.tenant, seat.conversation)
            seat.conversation = None

    async def _enter(self, sid: str, seat: _Seat, conversation: ConversationId) -> None:
        await self._look_away(sid, seat)
        seat.conversation = conversation
        await self._rooms.join(sid, seat.guest.tenant, conversation)
