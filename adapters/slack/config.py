"""A Slack channel's credentials: what they are and whether they can be right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from adapters.slack.keys import account_key
from hub.core.channels import Credentials
from hub.core.errors import Invalid
from hub.core.ids import AccountKey

_TOKEN = re.compile(r"xox[be][A-Za-z0-9.-]{2,500}", re.ASCII)
_SECRET = re.compile(r"[!-~]{1,256}", re.ASCII)
_APP = re.compile(r"A[A-Za-z0-9]{1,31}", re.ASCII)
_TEAM = re.compile(r"[TE][A-Za-z0-9]{1,31}", re.ASCII)
_KNOWN = ("bot_token", "signing_secret", "app_id", "team_id")
MAX_SECRETS = 5


def configure(credentials: Mapping[str, Any]) -> Credentials:
    """``{bot_token, signing_secret, app_id, team_id}`` with white space trimmed. Raises ``Invalid`` naming the field.

    ``signing_secret`` may be a list while a secret is being replaced: any of them proves a request. ``team_id`` is
    the organisation's id (E...) for an app installed in a whole Enterprise Grid.
    """
    for name in credentials:
        if name not in _KNOWN:
            raise Invalid(f"{name} is not a Slack credential; give {', '.join(_KNOWN)}.", field=str(name))
    token = _string(credentials, "bot_token")
    if not _TOKEN.fullmatch(token):
        raise Invalid(
            "bot_token must begin with xoxb-; copy the Bot User OAuth Token from OAuth & Permissions.",
            field="bot_token",
        )
    app = _string(credentials, "app_id")
    if not _APP.fullmatch(app):
        raise Invalid("app_id must look like A0123456789; copy it from Basic Information.", field="app_id")
    team = _string(credentials, "team_id")
    if not _TEAM.fullmatch(team):
        raise Invalid(
            "team_id must look like T0123456789, the part after /client/ in Slack's address.", field="team_id"
        )
    return {"bot_token": token, "signing_secret": _signing_secret(credentials), "app_id": app, "team_id": team}


def _signing_secret(credentials: Mapping[str, Any]) -> str | list[str]:
    value = credentials.get("signing_secret")
    if isinstance(value, list | tuple):
        if not 1 <= len(value) <= MAX_SECRETS:
            raise Invalid(f"signing_secret takes 1 to {MAX_SECRETS} secrets.", field="signing_secret")
        return [_secret(item) for item in value]
    return _secret(value)


def _secret(value: Any) -> str:
    secret = value.strip() if isinstance(value, str) else ""
    if not secret:
        raise Invalid("signing_secret is missing.", field="signing_secret")
    if not _SECRET.fullmatch(secret):
        raise Invalid(
            "signing_secret must be the Signing Secret from the app's Basic Information.",
            field="signing_secret",
        )
    return secret


def _string(credentials: Mapping[str, Any], name: str) -> str:
    value = credentials.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Invalid(f"{name} is missing.", field=name)
    return value.strip()


def account_of(credentials: Credentials) -> AccountKey:
    """The app and the workspace or organisation it is installed in: ``A0123:T0123``."""
    return account_key(str(credentials["app_id"]), str(credentials["team_id"]))


def signing_secrets(credentials: Mapping[str, Any]) -> tuple[str, ...]:
    """Every signing secret that proves a request for these credentials, also those of a shared app."""
    value = credentials.get("signing_secret")
    found = value if isinstance(value, list | tuple) else (value,)
    return tuple(secret for secret in found if isinstance(secret, str) and secret)
