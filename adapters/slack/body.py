"""What Slack posts, as one object: events are JSON, interactions a form's ``payload``, slash commands a form.

Source: docs.slack.dev (Events API; handling user interaction; implementing slash commands).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from adapters.payloads import NotJson, items, mapping, read_json, scrubbed, text
from adapters.slack.keys import account_key
from hub.core.ids import AccountKey

_MAX_FIELDS = 100
_CAMEL = re.compile(r"(?<=[a-z0-9])([A-Z])")


def read_body(raw: bytes) -> Mapping[str, Any] | None:
    """The object in the body; None when there is none. Total."""
    start = raw.lstrip()[:1]
    if start in (b"{", b"["):
        return _json(raw)
    try:
        form = dict(parse_qsl(raw.decode("utf-8", "replace"), max_num_fields=_MAX_FIELDS))
    except ValueError:
        return None
    if "payload" in form:
        return _json(form["payload"].encode("utf-8", "replace"))
    found: Mapping[str, Any] = scrubbed(form)
    return found if "command" in found or "ssl_check" in found else None


def _json(raw: bytes) -> Mapping[str, Any] | None:
    try:
        data = read_json(raw)
    except NotJson:
        return None
    if not isinstance(data, Mapping):
        return None
    if isinstance(data.get("payload"), str) and "type" not in data:
        return _json(data["payload"].encode("utf-8", "replace"))
    # Some relays hand events on with their fields renamed to camel case.
    if "teamId" in data and "team_id" not in data:
        event = {_snake(name): value for name, value in mapping(data.get("event")).items()}
        return {**{_snake(name): value for name, value in data.items()}, "event": event}
    return data


def _snake(name: str) -> str:
    return _CAMEL.sub(lambda found: f"_{found[1].lower()}", name)


def app_of(body: Mapping[str, Any]) -> str | None:
    """The app a body is for, where it says so."""
    named = (body, mapping(body.get("view")), mapping(body.get("message")))
    fields = ("api_app_id", "app_id", "app_id")
    return next((found for part, field in zip(named, fields, strict=True) if (found := text(part.get(field)))), None)


def routed(body: Mapping[str, Any]) -> Sequence[AccountKey]:
    """The installations a body is for, each once.

    An event names the installation that may see it in ``authorizations`` (one, even where several see it);
    ``team_id`` may be the writer's workspace, in channels shared between organisations.
    """
    app = app_of(body)
    if app is None:
        return ()
    teams = [team for a in map(mapping, items(body.get("authorizations"))[:100]) if (team := installed(a))]
    if not teams:
        teams = [team for team in (installed(body),) if team]
    return tuple(dict.fromkeys(account_key(app, team) for team in teams))


def installed(named: Mapping[str, Any]) -> str | None:
    """The workspace or organisation that a body, or one of its authorizations, says the app is installed in."""
    team = text(named.get("context_team_id")) or text(named.get("team_id")) or _id(named.get("team"))
    # A tap or a form may come from a guest's workspace; what was tapped belongs to the installation's.
    message, view = mapping(named.get("message")), mapping(named.get("view"))
    own = text(message.get("team")) if message.get("app_id") else None
    team = text(view.get("app_installed_team_id")) or own or team
    enterprise = text(named.get("enterprise_id")) or _id(named.get("enterprise"))
    # A slash command says "true" in words.
    if named.get("is_enterprise_install") in (True, "true"):
        return enterprise or team
    return team or enterprise


def is_about(body: Mapping[str, Any], account: AccountKey) -> bool:
    """Whether a body concerns an installation. One that names no app or no team concerns whoever received it."""
    app, _, team = account.partition("#")[0].partition(":")
    named = app_of(body)
    if named is not None and named != app:
        return False
    teams = _teams(body)
    return named is None or not teams or team in teams


def _teams(body: Mapping[str, Any]) -> set[str]:
    parts = [body, *map(mapping, items(body.get("authorizations"))[:100])]
    fields = ("team_id", "enterprise_id", "context_team_id", "context_enterprise_id")
    found = {value for part in parts for field in fields if (value := text(part.get(field)))}
    team = mapping(body.get("team"))
    ids = (_id(team), text(team.get("enterprise_id")), _id(body.get("enterprise")))
    installed = text(mapping(body.get("view")).get("app_installed_team_id"))
    return found | {value for value in (*ids, installed, text(mapping(body.get("message")).get("team"))) if value}


def _id(value: Any) -> str | None:
    return text(mapping(value).get("id"))


def bot_user(body: Mapping[str, Any]) -> str | None:
    """The bot's own user id, which an event's ``authorizations`` name."""
    for authorization in map(mapping, items(body.get("authorizations"))[:100]):
        if authorization.get("is_bot") is True and (user := text(authorization.get("user_id"))):
            return user
    return next((user for user in items(body.get("authed_users"))[:1] if isinstance(user, str) and user), None)
