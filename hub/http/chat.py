"""Asking the bot over REST: one answer as JSON, or the same as it grows, by server-sent events."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated, Any, Literal, Protocol
from uuid import UUID

import orjson
import structlog
from aiohttp import web
from pydantic import BaseModel, Field

from hub.accounts.permissions import Permission
from hub.core.conversations import State
from hub.core.errors import HubError, Unavailable
from hub.core.ids import ConversationId, TenantId
from hub.http.access import Call, tenant
from hub.http.frame import route_of
from hub.http.model import Model, View
from hub.http.problems import TITLES
from hub.http.routes import Route
from hub.http.views import CitationView, HandoffView, MessageView, show_message
from orchestrator.chat import Answered, Grew, Question, TakenBack

log = structlog.get_logger("hub.http.chat")

_KEEP_ALIVE_SECONDS = 15.0


class Engine(Protocol):
    """Runs one turn for a question and tells how it goes; ends with one ``Answered``.

    Raises ``NotFound`` for a conversation of somebody else, ``Conflict`` while another question of the same
    conversation is being answered, and any other ``HubError``.
    """

    def __call__(self, tenant: TenantId, question: Question) -> AsyncGenerator[Grew | TakenBack | Answered, None]: ...


class ChatRequest(Model):
    """A question."""

    message: Annotated[str, Field(min_length=1, max_length=8_000, examples=["What are your opening hours?"])]
    conversation_id: UUID | None = None
    """The conversation to go on with; without it a new one begins."""
    context: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """Answer from this context's documents alone."""


class ChatAnswer(View):
    """An answer."""

    conversation_id: UUID
    message: MessageView | None
    """The answer; null where a person is awaited or has the floor."""
    citations: list[CitationView]
    handoff: HandoffView | None
    """Who has the floor, unless it is the bot."""


class StreamedEvent(View):
    """One server-sent event."""

    event: Literal["delta", "message", "withdrawn", "error", "done"]
    data: str
    """JSON."""


class ChatApi:
    """The chat routes."""

    def __init__(self, *, engine: Engine) -> None:
        self._engine = engine

    async def ask(self, call: Call, body: ChatRequest) -> ChatAnswer:
        async with contextlib.aclosing(self._engine(call.tenant_id, _question(call, body))) as happened:
            async for event in happened:
                if isinstance(event, Answered):
                    return show_answer(event)
        raise Unavailable("The answer did not come to an end. Ask again.")

    async def stream(self, call: Call, body: ChatRequest) -> web.StreamResponse:
        happened = self._engine(call.tenant_id, _question(call, body))
        async with contextlib.aclosing(happened):
            # Until the first event an error is an ordinary problem document.
            first = await anext(happened, None)
            response = web.StreamResponse(
                headers={"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}
            )
            await response.prepare(call.request)
            alive = asyncio.create_task(_keep_alive(response))
            try:
                await _pass_on(call, response, first, happened)
            except ConnectionError:
                log.info("chat.reader_left")
            finally:
                alive.cancel()
                with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                    await alive
        return response

    def routes(self) -> list[Route]:
        """The routes of this file."""
        access = tenant(Permission.CHAT)
        return [
            Route(
                method="POST",
                path="/api/v1/tenants/{tenant}/chat",
                handler=self.ask,
                access=access,
                name="ask",
                audit=False,
                summary="Ask the bot",
                tags=("chat",),
                idempotent=True,
                problems=(409, 502),
            ),
            Route(
                method="POST",
                path="/api/v1/tenants/{tenant}/chat/stream",
                handler=self.stream,
                access=access,
                name="ask_streaming",
                audit=False,
                summary="Ask the bot and read along",
                description=(
                    "Server-sent events: `delta {n, text}` (n counts from 0 within a message), `message` (what counts, "
                    "in the form of the JSON answer), `withdrawn` (forget what was shown), "
                    "`error {code, message}`, `done`."
                ),
                tags=("chat",),
                produces="text/event-stream",
                returns=StreamedEvent,
                problems=(409, 502),
            ),
        ]


def show_answer(event: Answered) -> ChatAnswer:
    """A finished turn as the API shows it."""
    message = None if event.message is None else show_message(event.message)
    handoff = None if event.state is State.BOT else HandoffView(state=event.state, reason=event.reason)
    return ChatAnswer(
        conversation_id=event.conversation,
        message=message,
        citations=[] if message is None else message.citations,
        handoff=handoff,
    )


def _question(call: Call, body: ChatRequest) -> Question:
    principal = call.principal
    asker = str(principal.key_id) if principal is not None and principal.key_id is not None else "platform"
    conversation = None if body.conversation_id is None else ConversationId(body.conversation_id)
    return Question(body.message, asker, conversation, body.context)


async def _pass_on(
    call: Call,
    response: web.StreamResponse,
    first: Grew | TakenBack | Answered | None,
    rest: AsyncIterator[Grew | TakenBack | Answered],
) -> None:
    try:
        if first is not None:
            await _tell(response, first)
        async for event in rest:
            await _tell(response, event)
    except ConnectionError:
        raise
    except HubError as error:
        await _write(response, "error", {"code": error.code, "message": str(error)})
    except Exception:
        log.exception("http.failed", method=call.request.method, route=route_of(call.request))
        await _write(response, "error", {"code": "internal", "message": f"{TITLES['internal']}."})
    await _write(response, "done", {})
    await response.write_eof()


async def _tell(response: web.StreamResponse, event: Grew | TakenBack | Answered) -> None:
    match event:
        case Grew(n=n, text=text):
            await _write(response, "delta", {"n": n, "text": text})
        case TakenBack(message=message):
            await _write(response, "withdrawn", {"message_id": str(message)})
        case Answered():
            await _write(response, "message", show_answer(event))


async def _write(response: web.StreamResponse, name: str, data: dict[str, Any] | BaseModel) -> None:
    body = data.model_dump_json().encode() if isinstance(data, BaseModel) else orjson.dumps(data)
    await response.write(b"event: " + name.encode() + b"\ndata: " + body + b"\n\n")


async def _keep_alive(response: web.StreamResponse) -> None:
    """A comment now and then, so that proxies do not take a thinking model for a dead connection."""
    while True:
        await asyncio.sleep(_KEEP_ALIVE_SECONDS)
        await response.write(b": thinking\n\n")
