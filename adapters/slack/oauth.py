"""Installing a shared app in a workspace: where to send the owner, and what to make of their return.

Source: docs.slack.dev/authentication/installing-with-oauth. Pure but for ``exchange``. The state that travels
through Slack is signed, says for whom the installation is and ends after ten minutes; it is bound to the browser
that began by a random value, which the routes keep in a cookie of that browser.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from adapters.payloads import mapping, text
from adapters.slack.config import configure, signing_secrets
from adapters.slack.errors import CallFailed, words_of
from adapters.slack.hosts import API_URL
from adapters.slack.setup import SCOPES
from hub.core.channels import Credentials
from hub.core.errors import Forged, Invalid, Unavailable
from hub.core.signatures import equal, hmac_sha256_hex, match_hmac

if TYPE_CHECKING:
    import aiohttp

STATE_MINUTES: Final = 10
_MAX_STATE = 2000


@dataclass(frozen=True, slots=True)
class State:
    """What an installation carries through Slack: for whom it is, and the browser's random value."""

    tenant: str
    browser: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Installation:
    """What Slack granted: the credentials of a channel (as ``configure`` takes them) and how to call it."""

    credentials: Credentials
    workspace: str
    bot_user: str | None
    scopes: tuple[str, ...]


def authorize_url(
    client_id: str, redirect_uri: str, state: str, *, scopes: Sequence[str] = SCOPES, api_url: str = API_URL
) -> str:
    """Where the owner of a workspace agrees to the installation: ``/oauth/v2/authorize`` of the API's host."""
    parts = urlsplit(api_url)
    query = {"client_id": client_id, "scope": ",".join(scopes), "redirect_uri": redirect_uri, "state": state}
    return f"{parts.scheme}://{parts.netloc}/oauth/v2/authorize?{urlencode(query)}"


def sign_state(secret: str, tenant: str, browser: str, now: datetime) -> str:
    """The state for an installation that begins at ``now``. ``secret`` is the app's client secret."""
    until = int((now + timedelta(minutes=STATE_MINUTES)).timestamp())
    told = json.dumps({"t": tenant, "b": browser, "u": until}, separators=(",", ":"))
    body = base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")
    return f"{body}.{_seal(secret, body)}"


def check_state(secrets: Sequence[str], presented: str, browser: str, now: datetime) -> State:
    """The state that came back. Raises ``Forged`` unless it is ours, in time and from the browser that began."""
    body, _, seal = presented.partition(".")
    if len(presented) > _MAX_STATE or not body or not seal:
        raise Forged("The installation did not begin here. Start it again.")
    match_hmac(secrets, _PURPOSE + body.encode("utf-8", "replace"), seal)
    told = mapping(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))
    state = State(str(told["t"]), str(told["b"]), datetime.fromtimestamp(int(told["u"]), UTC))
    if not browser or not equal(browser, state.browser):
        raise Forged("The installation began in another browser. Start it again in this one.")
    if now >= state.until:
        raise Forged(f"The installation took longer than {STATE_MINUTES} minutes. Start it again.")
    return state


_PURPOSE: Final = b"slack-installation:"


def _seal(secret: str, body: str) -> str:
    return hmac_sha256_hex(secret, _PURPOSE + body.encode())


def refusal(query: Mapping[str, str]) -> str | None:
    """Why Slack sent the owner back without a code, in words; None when there is one."""
    error = query.get("error")
    if error == "access_denied":
        return "The installation was cancelled in Slack. Nothing was changed."
    if error or not query.get("code"):
        return f"Slack did not grant the installation ({(error or 'no code')[:100]}). Start it again."
    return None


async def exchange(
    session: aiohttp.ClientSession, app: Mapping[str, Any], code: str, redirect_uri: str, *, api_url: str = API_URL
) -> Installation:
    """Trade the code for a bot token, once. ``app`` is ``{app_id, client_id, client_secret, signing_secret}``.

    Raises ``Invalid`` when Slack refuses or grants another app's token, ``Unavailable`` when it does not answer.
    """
    from adapters.slack import web

    form = {"code": code, "redirect_uri": redirect_uri}
    try:
        answer = await web.exchange(session, api_url, str(app["client_id"]), str(app["client_secret"]), form)
    except CallFailed as failed:
        fault = failed.fault
        if fault.status is None or fault.status >= 429 or fault.code == "unreadable":
            raise Unavailable("Slack does not answer just now. Start the installation again.") from None
        raise Invalid(_REFUSED.get(fault.code) or words_of(fault), field=_FIELDS.get(fault.code, "code")) from None
    return _installation(answer, app)


_REFUSED: Final = {
    "invalid_code": "The installation's code was used already or is too old. Start it again.",
    "code_already_used": "The installation's code was used already. Start it again.",
    "bad_client_secret": "Slack does not accept client_secret; copy it again from the app's Basic Information.",
    "invalid_client_id": "Slack does not know this client_id; copy it again from the app's Basic Information.",
    "bad_redirect_uri": "The redirect URL is not listed in the app's OAuth & Permissions. Add it there.",
}
_FIELDS: Final = {
    "bad_client_secret": "client_secret",
    "invalid_client_id": "client_id",
    "bad_redirect_uri": "redirect_uri",
}


def _installation(answer: Mapping[str, Any], app: Mapping[str, Any]) -> Installation:
    granted = text(answer.get("app_id"))
    if granted != app["app_id"]:
        raise Invalid(f"Slack installed the app {granted}, not {app['app_id']}; correct app_id.", field="app_id")
    if answer.get("token_type") != "bot":
        raise Invalid("Slack granted no bot token. Give the app bot scopes and install it again.", field="scope")
    whole = answer.get("is_enterprise_install") is True
    place = mapping(answer.get("enterprise" if whole else "team"))
    credentials = configure(
        {
            "bot_token": answer.get("access_token"),
            "signing_secret": list(signing_secrets(app)),
            "app_id": granted,
            "team_id": place.get("id"),
        }
    )
    scopes = tuple(scope for scope in (text(answer.get("scope")) or "").split(",") if scope)
    name = text(place.get("name")) or str(credentials["team_id"])
    return Installation(credentials, name, text(answer.get("bot_user_id")), scopes)
