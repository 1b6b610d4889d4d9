"""From a request to a typed handler and back: admit, read, call, answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import web
from pydantic import BaseModel, TypeAdapter, ValidationError

from hub.core.errors import HubError, Invalid
from hub.core.ids import TenantId
from hub.http.access import Call, Doorkeeper
from hub.http.bodies import check_json_type, decode_json, read_raw, unstorable
from hub.http.client import ClientAddress
from hub.http.cookies import SAFE
from hub.http.idempotency import Kept, Once, fingerprint
from hub.http.problems import problem_response, unfit
from hub.http.routes import TEXT, Bound
from hub.store.audit import AuditEntry

REQUEST_ID: web.RequestKey[str] = web.RequestKey("request_id", str)
ROUTE: web.RequestKey[Bound] = web.RequestKey("route", Bound)
CORS_ORIGIN: web.RequestKey[str] = web.RequestKey("cors_origin", str)

NoteAct = Callable[[TenantId | None, AuditEntry], Awaitable[None]]
"""Writes an act into a tenant's audit log, or into the platform's."""

log = structlog.get_logger("hub.http")

WebHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatcher:
    """Makes aiohttp handlers of bound routes."""

    door: Doorkeeper
    once: Once
    client: ClientAddress
    note: NoteAct | None = None

    def handler(self, bound: Bound) -> WebHandler:
        """The aiohttp handler of one route. It raises ``HubError``; the frame around it answers."""

        async def handle(request: web.Request) -> web.StreamResponse:
            request[ROUTE] = bound
            call = Call(request, request[REQUEST_ID], self.client(request))
            path = _path_values(bound, request)
            await self.door.admit(bound.route.access, call, bound.route.template)
            arguments = dict(path)
            if bound.takes_call:
                arguments["call"] = call
            if bound.query is not None and bound.query_model is not None:
                arguments["query"] = read_query(request, bound.query, bound.query_model)
            raw = b""
            if bound.body is not None:
                raw = await read_raw(request, bound.route.max_body)
                arguments["body"] = _body(bound, request, raw)
            return await self._run(bound, call, arguments, raw)

        return handle

    async def _run(self, bound: Bound, call: Call, arguments: Mapping[str, Any], raw: bytes) -> web.StreamResponse:
        route = bound.route
        if bound.streams:
            response: web.StreamResponse = await route.handler(**arguments)
            if response.status < 400:
                await self._write_down(bound, call)
            return response

        async def act() -> Kept:
            result = await route.handler(**arguments)
            await self._write_down(bound, call)
            body = b"" if bound.result is None else bound.result.dump_json(result, by_alias=True)
            status = 204 if bound.result is None and route.status == 200 else route.status
            return Kept(status, body, route.produces, dict(call.headers))

        if route.idempotent and not route.own_idempotency:
            kept, repeated = await self.once.run(call, fingerprint(call.request.query_string.encode(), raw), act)
        else:
            kept, repeated = await act(), False
        return answer(kept, repeated=repeated)

    async def _write_down(self, bound: Bound, call: Call) -> None:
        """Note what was done in the audit log. What was done stays done when that fails; the log then says so."""
        quiet = not bound.route.audit or bound.route.method in SAFE
        if self.note is None or quiet or call.principal is None:
            return
        given = call.request.match_info
        target = " ".join(given[name] for name in bound.names if name != "tenant") or None
        entry = call.trace.entry(bound.route.operation_id, target)
        try:
            await self.note(None if call.tenant is None else call.tenant.id, entry)
        except HubError as error:
            log.error("audit.lost", act=entry.act, target=target, error=type(error).__name__)


def answer(kept: Kept, *, repeated: bool = False) -> web.Response:
    """The response an action gave, first hand or repeated."""
    headers = dict(kept.headers)
    if repeated:
        headers["Idempotency-Replayed"] = "true"
    if kept.body:
        headers["Content-Type"] = kept.content_type
    return web.Response(status=kept.status, body=kept.body or None, headers=headers)


def dump(value: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Kept:
    """A model as an answer that can be kept, for handlers that run their idempotency themselves."""
    return Kept(status, value.model_dump_json(by_alias=True).encode(), headers=headers or {})


def _path_values(bound: Bound, request: web.Request) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, text in request.match_info.items():
        problem = unstorable(text)
        if problem is not None:
            raise Invalid(problem, field=name)
    for name, adapter in bound.path.items():
        text = request.match_info[name]
        if adapter is TEXT:
            values[name] = text
            continue
        try:
            values[name] = adapter.validate_python(text)
        except ValidationError as error:
            raise unfit(error, text, prefix=name) from None
    return values


def read_query(request: web.Request, adapter: TypeAdapter[Any], model: type[BaseModel]) -> Any:
    """The query string as a model. Fields that are lists may be given several times, others once."""
    given: dict[str, Any] = {}
    for name in dict.fromkeys(request.query.keys()):
        values = request.query.getall(name)
        for text in (name, *values):
            problem = unstorable(text)
            if problem is not None:
                raise Invalid(problem, field=name.replace("\x00", ""))
        info = model.model_fields.get(name)
        if info is not None and _is_list(info.annotation):
            given[name] = values
        elif len(values) > 1:
            raise Invalid("This was given more than once.", field=name)
        else:
            given[name] = values[0]
    try:
        return adapter.validate_python(given)
    except ValidationError as error:
        raise unfit(error, given) from None


def _is_list(annotation: Any) -> bool:
    return str(annotation).startswith(("list[", "tuple[", "typing.List"))


def _body(bound: Bound, request: web.Request, raw: bytes) -> Any:
    if bound.body_optional and not raw:
        return None
    check_json_type(request)
    if bound.body is None:
        return None
    return decode_json(raw, bound.body)


def refuse(error: HubError, request: web.Request) -> web.Response:
    """The problem document for ``error`` as the answer to ``request``."""
    return problem_response(error, request.get(REQUEST_ID, "-"))
