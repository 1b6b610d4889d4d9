"""The route table: one declaration a route, from which the router and the OpenAPI document are made."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from aiohttp import web
from pydantic import BaseModel, ConfigDict, TypeAdapter

from hub.http.access import Access, Call, Who

Handler = Callable[..., Awaitable[Any]]
"""A typed async function. Its parameters say what it reads: ``call`` (a ``Call``), the names in the path
template, ``query`` (a model) and ``body`` (a model); its return annotation is the response's model."""

_NAME = re.compile(r"{([a-z_]+)(?::[^{}]+)?}")
_ON_WIRE = (web.StreamResponse,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route.

    ``consumes`` documents bodies that the handler reads by itself (content type -> model or JSON schema);
    ``produces`` is the answer's content type and ``returns`` its model where the handler writes it by itself;
    ``also`` maps further statuses to the model they are answered with; ``idempotent`` lets clients send an
    Idempotency-Key, ``own_idempotency`` where the handler runs it by itself because it reads the body by
    itself; ``problems`` names statuses beyond those that follow from the rest; ``cors`` lets pages of sites
    call it; ``hidden`` keeps it out of the OpenAPI document; ``audit`` is False where the handler writes the act
    down by itself, or where a POST changes nothing.
    """

    method: str
    path: str
    handler: Handler
    access: Access
    summary: str
    tags: tuple[str, ...] = ()
    status: int = 200
    name: str = ""
    description: str = ""
    idempotent: bool = False
    own_idempotency: bool = False
    max_body: int = 1_000_000
    consumes: Mapping[str, Any] = field(default_factory=dict)
    produces: str = "application/json"
    returns: Any = None
    also: Mapping[int, Any] = field(default_factory=dict)
    problems: tuple[int, ...] = ()
    cors: bool = False
    hidden: bool = False
    audit: bool = True

    @property
    def operation_id(self) -> str:
        """The route's unique name."""
        return self.name or getattr(self.handler, "__name__", "handler")

    @property
    def template(self) -> str:
        """The path as OpenAPI writes it, without patterns."""
        return _without_patterns(self.path)


@cache
def _without_patterns(path: str) -> str:
    return _NAME.sub(lambda m: "{" + m.group(1) + "}", path)


@dataclass(frozen=True, slots=True)
class Bound:
    """A route whose handler's signature was read and checked."""

    route: Route
    takes_call: bool
    path: Mapping[str, TypeAdapter[Any]]
    names: tuple[str, ...]
    query: TypeAdapter[Any] | None
    query_model: type[BaseModel] | None
    body: TypeAdapter[Any] | None
    body_optional: bool
    result: TypeAdapter[Any] | None
    streams: bool


def bind(route: Route) -> Bound:
    """Read a handler's signature. Raises ``TypeError`` where it does not fit the route's declaration."""
    names = tuple(_NAME.findall(route.path))
    hints = get_type_hints(route.handler, include_extras=True)
    parameters = inspect.signature(route.handler).parameters
    where = f"{route.method} {route.path}"
    unknown = set(parameters) - set(names) - {"call", "query", "body"}
    if unknown:
        raise TypeError(f"{where}: the handler takes {sorted(unknown)}, which the route does not give")
    given = {"tenant"} if route.access.who is Who.TENANT else set()
    if route.access.who is Who.TENANT and "tenant" not in names:
        raise TypeError(f"{where}: a tenant's route needs {{tenant}} in its path")
    missing = set(names) - set(parameters) - given
    if missing and "call" not in parameters:
        raise TypeError(f"{where}: the handler ignores {sorted(missing)}")
    if hints.get("call", Call) is not Call:
        raise TypeError(f"{where}: `call` must be a Call")
    if "return" not in hints:
        raise TypeError(f"{where}: the handler does not say what it returns")
    query = hints.get("query")
    body, optional = _optional(hints.get("body"))
    result = hints["return"]
    streams = isinstance(result, type) and issubclass(result, _ON_WIRE)
    return Bound(
        route=route,
        takes_call="call" in parameters,
        path={name: _adapter(hints[name]) for name in names if name in parameters},
        names=names,
        query=None if query is None else _adapter(query),
        query_model=query,
        body=None if body is None else _adapter(body),
        body_optional=optional,
        result=None if result in (None, NoneType) or streams else _adapter(result),
        streams=streams,
    )


def _adapter(hint: Any) -> TypeAdapter[Any]:
    """An adapter that is built when first used. A model's own configuration says so for itself."""
    if hint is str:
        return TEXT
    if isinstance(hint, type) and (issubclass(hint, BaseModel) or is_dataclass(hint)):
        return TypeAdapter(hint)
    return TypeAdapter(hint, config=ConfigDict(defer_build=True))


TEXT: TypeAdapter[str] = TypeAdapter(str, config=ConfigDict(defer_build=True))
"""Of every name in a path that is text as it stands, and needs no looking at."""


def _optional(hint: Any) -> tuple[Any, bool]:
    """``X | None`` as ``(X, True)``; anything else as ``(hint, False)``."""
    if get_origin(hint) in (Union, UnionType):
        rest = [a for a in get_args(hint) if a is not NoneType]
        if len(rest) < len(get_args(hint)) and len(rest) == 1:
            return rest[0], True
    return hint, False


def bind_all(routes: Sequence[Route]) -> tuple[Bound, ...]:
    """Bind every route. Raises ``TypeError`` for a method and path or a name that occurs twice."""
    seen: set[object] = set()
    for route in routes:
        for mark in ((route.method, route.template), route.operation_id):
            if mark in seen:
                raise TypeError(f"{route.method} {route.path}: {mark} is declared twice")
            seen.add(mark)
    return tuple(bind(route) for route in routes)
