"""A web chat's settings: where the bubble may stand, and how a shop vouches for its signed-in visitors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hub.core.channels import Credentials
from hub.core.errors import Invalid

_ORIGIN = re.compile(r"(https?)://((?:\*\.)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::([0-9]{1,5}))?")
_KNOWN = ("allowed_origins", "identity_secret")
_MAX_ORIGINS = 100
_MIN_SECRET = 32
_DEFAULT_PORTS = {"http": "80", "https": "443"}


def configure(credentials: Mapping[str, Any]) -> Credentials:
    """``{allowed_origins, identity_secret?}`` in one form: origins lower-case, without default ports, each once.

    An origin is ``https://shop.example`` or ``https://*.shop.example``; a comma-separated string does as well
    as a list. Raises ``Invalid`` naming the field.
    """
    for name in credentials:
        if name not in _KNOWN:
            raise Invalid(f"{name} is not a web chat setting; give allowed_origins.", field=str(name))
    result: dict[str, Any] = {"allowed_origins": _origins(credentials.get("allowed_origins"))}
    secret = credentials.get("identity_secret")
    if secret not in (None, ""):
        if not isinstance(secret, str) or len(secret) < _MIN_SECRET:
            raise Invalid(f"identity_secret must have at least {_MIN_SECRET} characters.", field="identity_secret")
        result["identity_secret"] = secret
    return result


def _origins(value: Any) -> list[str]:
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not given:
        raise Invalid("allowed_origins must list at least one site, such as https://shop.example.", field=_FIELD)
    if len(given) > _MAX_ORIGINS:
        raise Invalid(f"allowed_origins may list at most {_MAX_ORIGINS} sites.", field=_FIELD)
    return list(dict.fromkeys(_origin(item) for item in given))


_FIELD = "allowed_origins"


def _origin(item: Any) -> str:
    text = item.strip().lower().rstrip("/") if isinstance(item, str) else ""
    found = _ORIGIN.fullmatch(text)
    if found is None or (found[3] and not 0 < int(found[3]) < 65_536):
        shown = str(item)[:80]
        raise Invalid(f"{shown!r} is not a site's origin; write it like https://shop.example.", field=_FIELD)
    scheme, host, port = found.groups()
    return f"{scheme}://{host}" if port in (None, _DEFAULT_PORTS[scheme]) else f"{scheme}://{host}:{port}"
