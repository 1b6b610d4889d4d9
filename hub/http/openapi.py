"""The OpenAPI 3.1 document, made of the same table as the router."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import TypeAdapter

from hub.accounts.permissions import Permission, scopes_of
from hub.http.access import Who
from hub.http.idempotency import HEADER
from hub.http.problems import PROBLEM_TYPE, TITLES, Problem
from hub.http.routes import Bound

_REF = "#/components/schemas/{model}"
_Mode = Literal["validation", "serialization"]
_Wanted = tuple[tuple[str, ...], _Mode, TypeAdapter[Any]]

_SENTENCES: Mapping[int, str] = {
    400: "The request cannot be read.",
    401: "A valid key is needed.",
    403: "This caller may not do this, or the tenant is switched off.",
    404: "There is no such thing, or it belongs to somebody else.",
    409: "The thing is in a state in which this cannot be done.",
    413: "The body is too large.",
    415: "This kind of content is not read here.",
    422: "A field does not fit; `field` names it.",
    429: "Too many requests; `Retry-After` says when to come back.",
    500: "Something went wrong on our side.",
    502: "The model did not answer.",
    503: "Something is away for the moment; try again.",
}

_SECURITY: Mapping[Who, list[dict[str, list[str]]]] = {
    Who.KEY: [{"bearer": []}],
    Who.PLATFORM: [{"bearer": []}],
    Who.TENANT: [{"bearer": []}],
    Who.VISITOR: [{"visitor": []}],
}


def openapi(routes: Sequence[Bound], *, version: str) -> dict[str, Any]:
    """The document."""
    shown = [b for b in routes if not b.route.hidden]
    schemas, components = _schemas(shown)
    paths: dict[str, dict[str, Any]] = {}
    for bound in shown:
        operation = _operation(bound, schemas)
        paths.setdefault(bound.route.template, {})[bound.route.method.lower()] = operation
    tags = sorted({tag for b in shown for tag in b.route.tags})
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Switchboard",
            "version": version,
            "summary": "One hub that answers a company's customers on every channel.",
            "description": _INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in tags],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _schemes()},
    }


_INTRODUCTION = (
    "Machines send `Authorization: Bearer <key>`. Lists are paged: `?limit=&cursor=` gives "
    "`{items, next_cursor}`. A POST that creates or sends takes an `Idempotency-Key`. Errors are problem "
    "documents (RFC 9457) with a stable `code`: " + ", ".join(f"`{code}`" for code in TITLES) + "."
)


def _schemes() -> dict[str, Any]:
    return {
        "bearer": {"type": "http", "scheme": "bearer", "description": "The operator's key or a tenant's key."},
        "visitor": {
            "type": "http",
            "scheme": "bearer",
            "description": "A visitor's token, given out by `POST /api/v1/visitor/session`.",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "__Host-hub_session",
            "description": "A person's session, begun by `POST /api/v1/auth/sign-in`. Over plain http the cookie is "
            "called `hub_session`. Every change needs the header `X-CSRF-Token` with the token of `GET /api/v1/me`, "
            "and comes from a page of the hub.",
        },
    }


def _schemas(routes: Sequence[Bound]) -> tuple[dict[tuple[tuple[str, ...], _Mode], Any], dict[str, Any]]:
    """Every schema the routes name, by place, and the shared definitions, made in one go so that names agree."""
    wanted: list[_Wanted] = [(("problem",), "serialization", TypeAdapter(Problem))]
    for bound in routes:
        key = bound.route.operation_id
        wanted += [((key, "path", name), "validation", adapter) for name, adapter in bound.path.items()]
        if bound.query is not None:
            wanted.append(((key, "query"), "validation", bound.query))
        if bound.body is not None:
            wanted.append(((key, "body"), "validation", bound.body))
        wanted += [
            ((key, "consumes", kind), "validation", TypeAdapter(model))
            for kind, model in bound.route.consumes.items()
            if not isinstance(model, Mapping)
        ]
        result = bound.result if bound.route.returns is None else TypeAdapter(bound.route.returns)
        if result is not None:
            wanted.append(((key, "result"), "serialization", result))
        wanted += [
            ((key, "also", str(status)), "serialization", TypeAdapter(model))
            for status, model in bound.route.also.items()
        ]
    schemas, definitions = TypeAdapter.json_schemas(wanted, ref_template=_REF)
    return dict(schemas), dict(definitions.get("$defs", {}))


def _operation(bound: Bound, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    route = bound.route
    security = list(_SECURITY.get(route.access.who, []))
    if route.access.who in (Who.TENANT, Who.KEY, Who.PLATFORM, Who.PERSON):
        security.append({"session": []})
    operation: dict[str, Any] = {
        "operationId": route.operation_id,
        "summary": route.summary,
        "tags": list(route.tags),
        "parameters": _parameters(bound, schemas),
        "responses": _responses(bound, schemas),
        "security": security,
    }
    description = route.description
    if route.access.permission is not None:
        description = f"{description}\n\n{_needs(route.access.permission)}".strip()
    if description:
        operation["description"] = description
    content = _request_content(bound, schemas)
    if content:
        operation["requestBody"] = {"required": not bound.body_optional, "content": content}
    return operation


def _needs(permission: Permission) -> str:
    """Which permission a route takes, and which keys have it."""
    scopes = [f"`{scope}`" for scope in scopes_of(permission)]
    return f"Needs the permission `{permission}`" + (
        f", which a key has by the scope {' or '.join(scopes)}." if scopes else "; no key has it."
    )


def _request_content(bound: Bound, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    key = bound.route.operation_id
    content: dict[str, Any] = {}
    if bound.body is not None:
        content["application/json"] = {"schema": schemas[((key, "body"), "validation")]}
    for kind, model in bound.route.consumes.items():
        schema = model if isinstance(model, Mapping) else schemas[((key, "consumes", kind), "validation")]
        content[kind] = {"schema": dict(schema)}
    return content


def _parameters(bound: Bound, schemas: Mapping[Any, Any]) -> list[dict[str, Any]]:
    key = bound.route.operation_id
    found: list[dict[str, Any]] = []
    for name in bound.names:
        schema = schemas.get(((key, "path", name), "validation"), {"type": "string", "minLength": 1})
        entry: dict[str, Any] = {"name": name, "in": "path", "required": True, "schema": schema}
        if name == "tenant":
            entry["description"] = "The tenant's id or slug."
        found.append(entry)
    if bound.query_model is not None:
        # the fields' own schemas: the model's definition is a component, the parameters stand one by one
        model = bound.query_model.model_json_schema(ref_template=_REF)
        required = set(model.get("required", ()))
        for name, schema in model.get("properties", {}).items():
            plain = _without_null(dict(schema))
            entry = {"name": name, "in": "query", "required": name in required, "schema": plain}
            if "description" in plain:
                entry["description"] = plain.pop("description")
            found.append(entry)
    if bound.route.idempotent:
        found.append(
            {
                "name": HEADER,
                "in": "header",
                "required": False,
                "description": "Repeat the request under the same key and it happens once.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[\\x21-\\x7e]+$"},
            }
        )
    return found


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A query parameter is absent or has a value; it is never null."""
    if schema.get("default", 0) is None:
        schema.pop("default")
    choices = schema.get("anyOf")
    if choices is None:
        return schema
    kept = [c for c in choices if c != {"type": "null"}]
    rest = {k: v for k, v in schema.items() if k != "anyOf"}
    return {**kept[0], **rest} if len(kept) == 1 else {**rest, "anyOf": kept}


def _responses(bound: Bound, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    route = bound.route
    key = route.operation_id
    result = schemas.get(((key, "result"), "serialization"))
    empty = bound.result is None and not bound.streams
    status = 204 if empty and route.status == 200 else route.status
    answer: dict[str, Any] = {"description": route.summary}
    if result is not None:
        answer["content"] = {route.produces: {"schema": result}}
    elif not empty:
        answer["content"] = {route.produces: {"schema": {"type": "string"}}}
    responses: dict[str, Any] = {str(status): answer}
    for other in route.also:
        schema = schemas[((key, "also", str(other)), "serialization")]
        responses[str(other)] = {
            "description": _SENTENCES.get(other, "Answered."),
            "content": {"application/json": {"schema": schema}},
        }
    problem = {PROBLEM_TYPE: {"schema": schemas[(("problem",), "serialization")]}}
    for code in sorted(_problem_statuses(bound)):
        responses.setdefault(str(code), {"description": _SENTENCES.get(code, "An error."), "content": problem})
    return responses


def _problem_statuses(bound: Bound) -> set[int]:
    route = bound.route
    statuses = {429, 500, 503, *route.problems}
    if route.access.who not in (Who.PUBLIC,):
        statuses |= {401, 403}
    if bound.names:
        statuses |= {404, 422}
    if bound.query is not None or route.idempotent:
        statuses.add(422)
    if bound.body is not None or route.consumes:
        statuses |= {400, 413, 415, 422}
    if route.idempotent:
        statuses.add(409)
    return statuses
