"""Asking the bot the way OpenAI's chat completions are asked, so that any client of theirs can talk to a tenant.

The key names the tenant. What a client sends before its last user message is taken as the talk so far; its system
messages are left out, since what the bot may say is the tenant's to decide.

https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Annotated, Any, Literal

import orjson
import structlog
from aiohttp import web
from pydantic import ConfigDict, Field

from hub.accounts.permissions import Permission
from hub.accounts.principals import Tenant, TenantDirectory
from hub.core.errors import Forbidden, HubError, Invalid, PermissionMissing, TenantDisabled, Unavailable
from hub.core.ids import uuid7
from hub.http.access import ANY_KEY, Call
from hub.http.chat import ChatAnswer, Engine, show_answer
from hub.http.model import Model, View
from hub.http.routes import Route
from orchestrator.chat import Answered, Earlier, Grew, Question, TakenBack

log = structlog.get_logger("hub.http.completions")

MODEL = "switchboard"
_LONGEST = 8_000
_MOST_EARLIER = 40


class ContentPart(Model):
    """A part of a message; texts are read, other parts are left out."""

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)

    type: str
    text: str | None = None


class CompletionMessage(Model):
    """One message of the talk."""

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[ContentPart] | None = None

    @property
    def text(self) -> str:
        """Its words."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text" and part.text)
        return self.content or ""


class CompletionRequest(Model):
    """A request for a completion. What OpenAI knows beside these fields is taken and changes nothing."""

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)

    messages: Annotated[list[CompletionMessage], Field(min_length=1, max_length=2048)]
    model: Annotated[str, Field(max_length=200, examples=[MODEL])] = MODEL
    """Any name: the tenant's settings decide which model answers."""
    stream: bool = False
    n: Literal[1] | None = None


class CompletionView(View):
    """A completion in OpenAI's form. `switchboard` holds what OpenAI's form has no place for."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[dict[str, Any]]
    usage: dict[str, int]
    switchboard: dict[str, Any]
    """`conversation_id`, `citations`, `support`, `handoff`."""


class ModelsView(View):
    """The models there are: one."""

    object: Literal["list"] = "list"
    data: list[dict[str, Any]]


class CompletionsApi:
    """OpenAI's chat completions over a tenant's bot."""

    def __init__(self, *, engine: Engine, tenants: TenantDirectory) -> None:
        self._engine = engine
        self._tenants = tenants

    async def complete(self, call: Call, body: CompletionRequest) -> web.StreamResponse:
        tenant = await self._tenant_of(call)
        happened = self._engine(tenant.id, _question(call, body))
        id, created = f"chatcmpl-{uuid7().hex}", int(time.time())
        async with contextlib.aclosing(happened):
            if body.stream:
                return await _stream(call, happened, id, created)
            async for event in happened:
                if isinstance(event, Answered):
                    view = _completion(show_answer(event), id, created)
                    return web.json_response(body=view.model_dump_json().encode())
        raise Unavailable("The answer did not come to an end. Ask again.")

    async def models(self, call: Call) -> ModelsView:
        await self._tenant_of(call)
        return ModelsView(data=[{"id": MODEL, "object": "model", "created": 0, "owned_by": "switchboard"}])

    async def _tenant_of(self, call: Call) -> Tenant:
        """The tenant of the caller's key. Raises ``Forbidden`` for a key that names none or may not chat."""
        who = call.principal
        if who is None or who.tenant_id is None:
            raise Forbidden("Use a key of the tenant whose bot shall answer: here the key names the tenant.")
        if not who.allows(Permission.CHAT):
            needed = Permission.CHAT.value
            raise PermissionMissing(f"This key lacks the permission {needed}. Make one that has it.", needed)
        tenant = await self._tenants.find(str(who.tenant_id))
        if tenant is None or not tenant.enabled:
            raise TenantDisabled("This tenant is switched off. The operator can switch it on again.")
        return tenant

    def routes(self) -> list[Route]:
        """The routes of this file."""
        return [
            Route(
                method="POST",
                path="/openai/v1/chat/completions",
                handler=self.complete,
                access=ANY_KEY,
                name="complete_chat",
                summary="Ask the bot as OpenAI is asked",
                description=(
                    "For programs that speak OpenAI's protocol: set their base URL to `/openai/v1` and their key to a "
                    "tenant's key. `stream` gives OpenAI's server-sent events. Citations stand in `switchboard`."
                ),
                tags=("chat",),
                returns=CompletionView,
                produces="application/json",
                problems=(409, 502),
            ),
            Route(
                method="GET",
                path="/openai/v1/models",
                handler=self.models,
                access=ANY_KEY,
                name="list_models",
                summary="The models of the OpenAI-compatible API",
                tags=("chat",),
            ),
        ]


def _question(call: Call, body: CompletionRequest) -> Question:
    """The last user message asks; what stands before it is the talk so far. Raises ``Invalid`` without one."""
    last = max((n for n, m in enumerate(body.messages) if m.role == "user" and m.text.strip()), default=None)
    if last is None:
        raise Invalid("There is no user message with words in it.", field="messages")
    text = body.messages[last].text.strip()
    if len(text) > _LONGEST:
        raise Invalid(f"The question has more than {_LONGEST:,} characters.", field="messages")
    earlier = [
        Earlier("user" if m.role == "user" else "assistant", m.text[:_LONGEST])
        for m in body.messages[:last]
        if m.role in ("user", "assistant") and m.text.strip()
    ]
    who = call.principal
    asker = str(who.key_id) if who is not None and who.key_id is not None else "platform"
    return Question(text, asker, earlier=tuple(earlier[-_MOST_EARLIER:]))


def _completion(answer: ChatAnswer, id: str, created: int) -> CompletionView:
    message = {"role": "assistant", "content": _text_of(answer), "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return CompletionView(
        id=id, created=created, model=MODEL, choices=[choice], usage=_usage(answer), switchboard=_extras(answer)
    )


def _text_of(answer: ChatAnswer) -> str:
    parts: Sequence[Any] = [] if answer.message is None else answer.message.model_dump(mode="json")["parts"]
    return "\n".join(str(part["text"]) for part in parts if part.get("text"))


def _usage(answer: ChatAnswer) -> dict[str, int]:
    """The answer's length in OpenAI's words; what models used stands in the tenant's usage."""
    made = -(-len(_text_of(answer)) // 4)
    return {"prompt_tokens": 0, "completion_tokens": made, "total_tokens": made}


def _extras(answer: ChatAnswer) -> dict[str, Any]:
    data: dict[str, Any] = answer.model_dump(mode="json", include={"conversation_id", "citations", "handoff"})
    return {**data, "support": None if answer.message is None else answer.message.support}


async def _stream(
    call: Call, happened: AsyncGenerator[Grew | TakenBack | Answered, None], id: str, created: int
) -> web.StreamResponse:
    first = await anext(happened, None)  # until the first event an error is an ordinary problem document
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}
    )
    await response.prepare(call.request)
    head = {"id": id, "object": "chat.completion.chunk", "created": created, "model": MODEL}
    try:
        await _send(response, {**head, "choices": [_delta({"role": "assistant", "content": ""})]})
        async for chunk in _chunks(first, happened):
            await _send(response, {**head, **chunk})
        await response.write(b"data: [DONE]\n\n")
        await response.write_eof()
    except ConnectionError:
        log.info("completions.reader_left")
    return response


async def _chunks(
    first: Grew | TakenBack | Answered | None, rest: AsyncIterator[Grew | TakenBack | Answered]
) -> AsyncGenerator[dict[str, Any], None]:
    """The answer's pieces, then what was still missing of the message that counts, then the end."""
    shown = ""
    event = first
    try:
        while event is not None:
            if isinstance(event, Grew):
                shown += event.text
                yield {"choices": [_delta({"content": event.text})]}
            elif isinstance(event, Answered):
                answer = show_answer(event)
                whole = _text_of(answer)
                if missing := whole[len(shown) :] if whole.startswith(shown) else f"\n\n{whole}":
                    yield {"choices": [_delta({"content": missing})]}
                yield {"choices": [_delta({}, "stop")], "usage": _usage(answer), "switchboard": _extras(answer)}
            event = await anext(rest, None)
    except HubError as error:
        yield {"error": {"message": str(error), "type": "server_error", "code": error.code}, "choices": []}


def _delta(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}


async def _send(response: web.StreamResponse, data: dict[str, Any]) -> None:
    await response.write(b"data: " + orjson.dumps(data) + b"\n\n")
