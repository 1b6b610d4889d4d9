"""The visitors' namespace: who may connect, what each event does, and an answer to every one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from socketio.exceptions import ConnectionRefusedError as Refused

from hub.core.errors import HubError, Invalid, NotFound, TooMany, Unauthenticated, Unavailable
from hub.core.ids import ConversationId
from hub.realtime.ports import SocketLimits, Visitor, VisitorDesk
from hub.realtime.rooms import Rooms, standing_json, visitor_room
from hub.realtime.schemas import Frame, MessageFrame, ResumeFrame, read_frame
from hub.realtime.wire import NAMESPACE, Wire

log = structlog.get_logger(__name__)

MAX_TOKEN = 4_096
_QUIET = frozenset({"typing", "read"})
"""Events that are fine even where nobody wants to know."""


@dataclass(slots=True)
class _Guest:
    """One connected socket."""

    visitor: Visitor
    conversation: ConversationId | None = None


class Visitors:
    """Handles ``/visitor``. Rooms are joined by what the store says is the visitor's, never by what a client sends."""

    def __init__(self, *, wire: Wire, rooms: Rooms, desk: VisitorDesk, limits: SocketLimits) -> None:
        self._wire = wire
        self._rooms = rooms
        self._desk = desk
        self._limits = limits
        self._guests: dict[str, _Guest] = {}
        self._per_visitor: Counter[tuple[Any, str]] = Counter()
        sio = wire.sio
        sio.on("connect", self._connect, namespace=NAMESPACE)
        sio.on("disconnect", self._disconnect, namespace=NAMESPACE)
        sio.on("*", self._event, namespace=NAMESPACE)

    async def _connect(self, sid: str, environ: Mapping[str, Any], auth: Any = None) -> None:
        try:
            visitor = await self._admit(environ, auth)
        except HubError as error:
            raise Refused(str(error), refusal(error)) from None
        except Exception:
            log.exception("realtime.connect_failed")
            raise Refused("The chat is away for a moment.", refusal(Unavailable("Try again."))) from None
        self._guests[sid] = _Guest(visitor)
        self._per_visitor[visitor.channel, visitor.id] += 1
        await self._wire.enter(sid, visitor_room(visitor.tenant, visitor.channel, visitor.id))

    async def _admit(self, environ: Mapping[str, Any], auth: Any) -> Visitor:
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
        guest = self._guests.pop(sid, None)
        if guest is None:
            return
        key = (guest.visitor.channel, guest.visitor.id)
        self._per_visitor[key] -= 1
        if self._per_visitor[key] <= 0:
            del self._per_visitor[key]
        if guest.conversation is not None:
            await self._rooms.leave(sid, guest.visitor.tenant, guest.conversation)

    async def _event(self, event: Any, sid: str, *data: Any) -> dict[str, Any]:
        """Every event ends in an acknowledgement, whatever happens inside."""
        try:
            guest = self._guests.get(sid)
            if guest is None:
                raise Unauthenticated("This connection is closed. Connect again.")
            frame = read_frame(str(event), data)
            return {"ok": True, **await self._do(sid, guest, str(event), frame)}
        except HubError as error:
            return {"error": refusal(error)}
        except Exception:
            log.exception("realtime.event_failed", socket_event=str(event)[:40])
            return {"error": {"code": "internal", "message": "This did not work. Please try again."}}

    async def _do(self, sid: str, guest: _Guest, event: str, frame: Frame) -> Mapping[str, Any]:
        match frame:
            case MessageFrame():
                return await self._message(sid, guest, frame)
            case ResumeFrame():
                return await self._resume(sid, guest, frame)
        act = self._desk.acts.get(event)
        if act is None:
            if event in _QUIET:
                return {}
            raise Invalid(f"This server does not offer '{event}'.", field="event")
        if guest.conversation is None:
            await self._find(sid, guest)
        if guest.conversation is None:
            raise NotFound("There is no conversation yet. Send a message first.")
        return await act(guest.visitor, guest.conversation, frame) or {}

    async def _message(self, sid: str, guest: _Guest, frame: MessageFrame) -> Mapping[str, Any]:
        raw = orjson.dumps(frame.model_dump(exclude_none=True))
        accepted = await self._desk.accept(guest.visitor, raw)
        if accepted.conversation_id != guest.conversation:
            await self._enter(sid, guest, accepted.conversation_id)
            # The same visitor's other windows learn of it and ask for it themselves.
            page = await self._rooms.read(guest.visitor.tenant, accepted.conversation_id, None)
            if page is not None:
                visitor = guest.visitor
                room = visitor_room(visitor.tenant, visitor.channel, visitor.id)
                await self._wire.emit("conversation", standing_json(page.standing), room=room)
        return {
            "id": str(accepted.id),
            "seq": accepted.seq,
            "conversation_id": str(accepted.conversation_id),
        }

    async def _resume(self, sid: str, guest: _Guest, frame: ResumeFrame) -> Mapping[str, Any]:
        await self._find(sid, guest)
        nothing: dict[str, Any] = {"conversation": None, "messages": [], "deltas": [], "seq": 0, "more": False}
        if guest.conversation is None:
            return nothing
        known = frame.conversation_id in (None, str(guest.conversation))
        page = await self._rooms.read(guest.visitor.tenant, guest.conversation, frame.last_seq if known else None)
        if page is None:
            return nothing
        queue = {"place": page.standing.place, "wait": page.standing.wait}
        return {
            "conversation": standing_json(page.standing),
            "queue": queue,
            "messages": list(page.messages),
            "deltas": [] if page.more else self._rooms.so_far(guest.conversation),
            "seq": page.seq,
            "more": page.more,
        }

    async def _find(self, sid: str, guest: _Guest) -> None:
        current = await self._desk.conversations.current(guest.visitor)
        if current is not None and current != guest.conversation:
            await self._enter(sid, guest, current)

    async def _enter(self, sid: str, guest: _Guest, conversation: ConversationId) -> None:
        if guest.conversation is not None:
            await self._rooms.leave(sid, guest.visitor.tenant, guest.conversation)
        guest.conversation = conversation
        await self._rooms.join(sid, guest.visitor.tenant, conversation)


def refusal(error: HubError) -> dict[str, Any]:
    """An error as a client gets it."""
    data: dict[str, Any] = {"code": error.code, "message": str(error)}
    if error.field is not None:
        data["field"] = error.field
    if isinstance(error, TooMany):
        data["retry_after"] = error.retry_after
    return data
