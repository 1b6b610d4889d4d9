"""Errors as RFC 9457 problem documents: stable code, field, request id, and nothing that should stay inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from aiohttp import web
from pydantic import Field, ValidationError

from hub.core.errors import HubError, Invalid, TooMany, Unavailable
from hub.http.model import View

PROBLEM_TYPE = "application/problem+json"
_MOST_ERRORS = 10

TITLES: Mapping[str, str] = {
    "invalid": "Something in the request does not fit",
    "malformed": "The request cannot be read",
    "unauthenticated": "A valid key is needed",
    "forbidden": "This is not allowed",
    "profile_needed": "The site asks something first",
    "permission_missing": "A permission is missing",
    "tenant_disabled": "This tenant is switched off",
    "not_found": "There is nothing here",
    "method_not_allowed": "This address does not take this method",
    "stale": "Somebody wrote meanwhile",
    "not_allowed_now": "The channel's rules do not allow this now",
    "conflict": "This cannot be done in the present state",
    "too_large": "The request is too large",
    "unsupported_type": "This kind of content cannot be read",
    "rate_limited": "Too many requests",
    "unavailable": "Something is away for the moment",
    "forged": "The signature is missing or wrong",
    "unreadable": "The document cannot be read",
    "blocked_address": "This address is not allowed",
    "fence_lost": "Somebody else went on with this",
    "model_failed": "The model did not answer",
    "internal": "Something went wrong on our side",
}
"""Every code the API answers with, and its title."""


class FieldError(View):
    """One field that does not fit."""

    field: str
    """Dotted path of the field."""
    detail: str
    """What is wrong with it."""


class Problem(View):
    """An error (RFC 9457)."""

    type: str
    """Where the code is explained."""
    title: str
    """The kind of error, the same for every occurrence."""
    status: int
    """The HTTP status."""
    detail: str
    """What went wrong this time, and what helps."""
    code: str
    """Stable name of the kind of error."""
    field: str | None = None
    """Dotted path of the input that caused it."""
    request_id: str
    """Quote it when asking for help."""
    errors: list[FieldError] = Field(default_factory=list)
    """Every field that does not fit, where there are several."""
    details: dict[str, Any] | None = None
    """What a program needs to go on, where the code promises something: `stale` holds the `newer` messages,
    `permission_missing` the `permission`."""


class Unfit(Invalid):
    """Several fields do not fit; ``errors`` holds (field, detail) for each."""

    def __init__(self, errors: Sequence[tuple[str, str]]) -> None:
        first_field, first_detail = errors[0]
        super().__init__(f"{first_field}: {first_detail}" if first_field else first_detail, field=first_field or None)
        self.errors = tuple(errors[:_MOST_ERRORS])


class MethodNotAllowed(HubError):
    """The address exists but takes other methods; ``allowed`` lists them."""

    code = "method_not_allowed"
    status = 405

    def __init__(self, method: str, allowed: Sequence[str]) -> None:
        super().__init__(f"This address takes {', '.join(sorted(allowed)) or 'other methods'}, not {method}.")
        self.allowed = tuple(sorted(allowed))


class Plain(HubError):
    """A refusal of the web server itself, with its own status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.own_status = status


def problem_response(error: HubError, request_id: str) -> web.Response:
    """The answer to a request that ended in ``error``."""
    status = error.own_status if isinstance(error, Plain) else error.status
    code = _code_for(status) if isinstance(error, Plain) else error.code
    body: dict[str, Any] = {
        "type": f"/api/docs#{code}",
        "title": TITLES.get(code, HTTPStatus(status).phrase),
        "status": status,
        "detail": str(error),
        "code": code,
        "field": error.field,
        "request_id": request_id,
        "errors": [],
        "details": error.details,
    }
    if isinstance(error, Unfit):
        body["errors"] = [{"field": field, "detail": detail} for field, detail in error.errors]
    headers: dict[str, str] = {}
    if isinstance(error, TooMany | Unavailable):
        headers["Retry-After"] = str(max(1, round(error.retry_after)))
    elif status == 503:
        headers["Retry-After"] = "1"
    elif status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="switchboard"'
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = ", ".join(error.allowed)
    return web.Response(status=status, body=_dump(body), content_type=PROBLEM_TYPE, headers=headers)


def _dump(body: dict[str, Any]) -> bytes:
    """``body`` as JSON, whatever characters a stranger put into what an error quotes."""
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError:
        body["detail"] = body["detail"].encode("utf-8", "replace").decode()
        body["field"] = body["field"] and body["field"].encode("utf-8", "replace").decode()
        return orjson.dumps(body)


def _code_for(status: int) -> str:
    return {400: "malformed", 404: "not_found", 413: "too_large", 415: "unsupported_type"}.get(status, "malformed")


def unfit(error: ValidationError, given: Any, *, prefix: str = "") -> Unfit:
    """A pydantic error in our words, each field named as the caller wrote it."""
    found: list[tuple[str, str]] = []
    for item in error.errors(include_url=False, include_input=False):
        path = _path(item["loc"], given)
        found.append(
            (".".join(p for p in (prefix, path) if p), _sentence(item["type"], item.get("ctx") or {}, item["msg"]))
        )
    return Unfit(found)


def _path(loc: Sequence[int | str], given: Any) -> str:
    """The location as a dotted path, without the names of union branches that pydantic puts between."""
    steps: list[str] = []
    here = given
    for index, item in enumerate(loc):
        last = index == len(loc) - 1
        in_object = isinstance(here, Mapping) and item in here
        in_list = isinstance(here, list) and isinstance(item, int) and item < len(here)
        if in_object or in_list:
            here = here[item]
        elif not last:
            continue
        elif not isinstance(here, Mapping):
            break
        steps.append(str(item))
    return ".".join(steps)


_SENTENCES: Mapping[str, str] = {
    "missing": "This field is needed.",
    "extra_forbidden": "There is no such field.",
    "string_type": "Text is needed here.",
    "int_type": "A whole number is needed here.",
    "int_parsing": "A whole number is needed here.",
    "int_from_float": "A whole number is needed here.",
    "float_type": "A number is needed here.",
    "float_parsing": "A number is needed here.",
    "bool_type": "This is true or false.",
    "bool_parsing": "This is true or false.",
    "list_type": "A list is needed here.",
    "tuple_type": "A list is needed here.",
    "dict_type": "An object is needed here.",
    "model_type": "An object is needed here.",
    "model_attributes_type": "An object is needed here.",
    "string_too_short": "At least {min_length} characters are needed.",
    "string_too_long": "At most {max_length} characters are allowed.",
    "too_short": "At least {min_length} entries are needed.",
    "too_long": "At most {max_length} entries are allowed.",
    "greater_than_equal": "This must be at least {ge}.",
    "greater_than": "This must be more than {gt}.",
    "less_than_equal": "This must be at most {le}.",
    "less_than": "This must be less than {lt}.",
    "literal_error": "This must be one of {expected}.",
    "enum": "This must be one of {expected}.",
    "string_pattern_mismatch": "This must match {pattern}.",
    "uuid_type": "This is not an id (a UUID is needed).",
    "uuid_parsing": "This is not an id (a UUID is needed).",
    "uuid_version": "This is not an id (a UUID is needed).",
    "datetime_parsing": "A time is needed here, such as 2026-11-21T09:30:00Z.",
    "datetime_type": "A time is needed here, such as 2026-11-21T09:30:00Z.",
    "datetime_from_date_parsing": "A time is needed here, such as 2026-11-21T09:30:00Z.",
    "timezone_aware": "The time needs its zone, such as 2026-11-21T09:30:00Z.",
    "url_parsing": "A web address is needed here, such as https://example.com/page.",
    "url_scheme": "The address must begin with {expected_schemes}.",
    "union_tag_invalid": "This must be one of {expected_tags}.",
    "union_tag_not_found": "The field {discriminator} is needed to tell which kind this is.",
    "value_error": "{error}",
}


def _sentence(kind: str, context: Mapping[str, Any], message: str) -> str:
    template = _SENTENCES.get(kind)
    if template is None:
        return f"{message}."
    try:
        return template.format(**context)
    except (KeyError, IndexError):
        return f"{message}."
