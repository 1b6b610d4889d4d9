"""A Messenger channel's credentials: what they are and whether they can be right."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hub.core.channels import Credentials
from hub.core.errors import Invalid
from hub.core.ids import AccountKey

_NUMBER = re.compile(r"[0-9]{1,30}")
_TOKEN = re.compile(r"[\x21-\x7e]{10,1000}")
_SECRET = re.compile(r"[\x21-\x7e]{1,256}")
_KNOWN = ("page_id", "page_access_token", "app_secret", "verify_token", "app_id")
_MAX_SECRETS = 5


def configure(credentials: Mapping[str, Any]) -> Credentials:
    """``{page_id, page_access_token, app_secret, verify_token, app_id?}`` with white space trimmed.

    ``app_secret`` and ``verify_token`` may each be a list of up to five, the one in use first, while a secret is
    being changed. ``app_id`` tells what this app sent from what another one did. Raises ``Invalid`` naming the field.
    """
    for name in credentials:
        if name not in _KNOWN:
            needed = "page_id, page_access_token, app_secret and verify_token"
            raise Invalid(f"{name} is not a Messenger credential; give {needed}.", field=str(name))
    page = _string(credentials.get("page_id"), "page_id")
    if not _NUMBER.fullmatch(page):
        raise Invalid("page_id must be the page's number, such as 1234567890.", field="page_id")
    token = _string(credentials.get("page_access_token"), "page_access_token")
    if not _TOKEN.fullmatch(token):
        raise Invalid(
            "page_access_token must be the page's whole access token, without spaces; copy it again from the app's "
            "Messenger settings.",
            field="page_access_token",
        )
    result: dict[str, Any] = {
        "page_id": page,
        "page_access_token": token,
        "app_secret": _secrets(credentials, "app_secret"),
        "verify_token": _secrets(credentials, "verify_token"),
    }
    if credentials.get("app_id"):
        app = _string(credentials["app_id"], "app_id")
        if not _NUMBER.fullmatch(app):
            raise Invalid("app_id must be the Meta app's number, such as 9876543210.", field="app_id")
        result["app_id"] = app
    return result


def _string(value: Any, name: str) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise Invalid(f"{name} is missing.", field=name)
    return value.strip()


def _secrets(credentials: Mapping[str, Any], name: str) -> str | list[str]:
    value = credentials.get(name)
    if not isinstance(value, list):
        return _secret(value, name)
    if not 1 <= len(value) <= _MAX_SECRETS:
        raise Invalid(f"{name} must be one text or a list of 1 to {_MAX_SECRETS}.", field=name)
    return [_secret(item, name) for item in value]


def _secret(value: Any, name: str) -> str:
    secret = _string(value, name)
    if not _SECRET.fullmatch(secret):
        raise Invalid(f"{name} must have 1 to 256 letters, digits or signs, without spaces.", field=name)
    return secret


def secrets_of(credentials: Credentials, name: str) -> Sequence[str]:
    """Every secret of this name: the one in use first, then those being retired."""
    value = credentials.get(name)
    listed = value if isinstance(value, list | tuple) else [value]
    return [item for item in listed if isinstance(item, str) and item]


def account_of(credentials: Credentials) -> AccountKey:
    """The page's id, with the app's where it is known: ``1234567890#9876543210``."""
    page, app = str(credentials["page_id"]), credentials.get("app_id")
    return AccountKey(f"{page}#{app}" if app else page)
