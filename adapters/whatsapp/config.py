"""A WhatsApp channel's credentials: what they are and whether they can be right."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from hub.core.channels import Credentials
from hub.core.errors import Invalid
from hub.core.ids import AccountKey

_NUMBER = re.compile(r"[0-9]{1,32}")
_TOKEN = re.compile(r"[\x21-\x7e]{1,2000}")
_SECRET = re.compile(r"[\x21-\x7e]{1,256}")
_PHONE = re.compile(r"[1-9][0-9]{6,14}")
_KNOWN = ("phone_number_id", "access_token", "app_secret", "verify_token", "waba_id")
_MOST_SECRETS = 5


def configure(credentials: Mapping[str, Any]) -> Credentials:
    """``{phone_number_id, access_token, app_secret, verify_token, waba_id?}`` with white space trimmed.

    ``app_secret`` and ``verify_token`` may be lists while one is being replaced by another. Raises ``Invalid``
    naming the field.
    """
    for name in credentials:
        if name not in _KNOWN:
            needed = ", ".join(_KNOWN[:4])
            raise Invalid(f"{name} is not a WhatsApp credential; give {needed}.", field=str(name))
    result: dict[str, Any] = {"phone_number_id": _number(credentials, "phone_number_id")}
    token = _string(credentials.get("access_token"), "access_token")
    if not _TOKEN.fullmatch(token):
        raise Invalid("access_token must be the token of a system user, as Meta shows it.", field="access_token")
    result["access_token"] = token
    result["app_secret"] = _secrets(credentials, "app_secret", "copy it from the app's basic settings at Meta")
    result["verify_token"] = _secrets(credentials, "verify_token", "choose a long random one")
    if credentials.get("waba_id"):
        result["waba_id"] = _number(credentials, "waba_id")
    return result


def _number(credentials: Mapping[str, Any], name: str) -> str:
    value = credentials.get(name)
    given = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    found = _string(given, name)
    if not _NUMBER.fullmatch(found):
        raise Invalid(f"{name} must be a number; WhatsApp Manager shows it. It is not the phone number.", field=name)
    return found


def _string(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Invalid(f"{name} is missing.", field=name)
    return value.strip()


def _secrets(credentials: Mapping[str, Any], name: str, advice: str) -> str | list[str]:
    value = credentials.get(name)
    given = list(value) if isinstance(value, list | tuple) else [value]
    if not given or len(given) > _MOST_SECRETS:
        raise Invalid(f"{name} must be one secret, or a list of at most {_MOST_SECRETS}.", field=name)
    found = [_string(item, name) for item in given]
    if not all(_SECRET.fullmatch(item) for item in found):
        raise Invalid(f"{name} must have 1 to 256 characters without spaces; {advice}.", field=name)
    return found if isinstance(value, list | tuple) else found[0]


def secrets_of(credentials: Credentials, name: str) -> Sequence[str]:
    """One credential's secrets, the newest first; none where it is not set."""
    value = credentials.get(name)
    given = value if isinstance(value, list | tuple) else [value]
    return [item for item in given if isinstance(item, str) and item]


def account_of(credentials: Credentials) -> AccountKey:
    """The phone number id."""
    return AccountKey(str(credentials["phone_number_id"]))


def start_link(address: str | None, code: str, words: str) -> str:
    """The link that opens a chat with the number, the words and the code written. Raises ``Invalid`` without one."""
    number = re.sub(r"[\s()./-]", "", address or "").removeprefix("+")
    if not _PHONE.fullmatch(number):
        raise Invalid("Say the WhatsApp number with its country code, such as +49 30 1234567.", field="address")
    return f"https://wa.me/{number}?text={quote(f'{words} {code}'.strip(), safe='')}"
