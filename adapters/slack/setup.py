"""What the app must be allowed and told, and saying in plain words whether it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from adapters.payloads import mapping, text
from adapters.slack.errors import Fault, words_of
from hub.core.channels import Check, Credentials

SCOPES: Final = (
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "chat:write",
    "chat:write.customize",
    "files:read",
    "files:write",
    "groups:history",
    "im:history",
    "mpim:history",
    "reactions:read",
    "users:read",
)
"""The bot's permissions. ``chat:write`` and one ``history`` are what nothing works without."""

NEEDED: Final = ("chat:write", "app_mentions:read", "im:history")

BOT_EVENTS: Final = (
    "app_mention",
    "app_uninstalled",
    "member_joined_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "reaction_added",
    "reaction_removed",
    "tokens_revoked",
)
"""The events the channel understands."""


def manifest(
    name: str, public_url: str, *, channel_id: str | None = None, redirect_url: str | None = None
) -> dict[str, Any]:
    """An app manifest to paste at api.slack.com/apps (manifest schema version 2).

    ``channel_id`` makes an app of one channel's own; without it the app is shared and its events come to
    ``/webhooks/slack``. ``redirect_url`` is where Slack returns after a shared app was installed.
    """
    address = f"{public_url.rstrip('/')}/webhooks/slack" + (f"/{channel_id}" if channel_id else "")
    oauth: dict[str, Any] = {"scopes": {"bot": list(SCOPES)}}
    if redirect_url:
        oauth["redirect_urls"] = [redirect_url]
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {"name": name[:35]},
        "features": {
            "app_home": {
                "home_tab_enabled": False,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": name[:80], "always_online": True},
        },
        "oauth_config": oauth,
        "settings": {
            "event_subscriptions": {"request_url": address, "bot_events": list(BOT_EVENTS)},
            "interactivity": {"is_enabled": True, "request_url": address},
            "org_deploy_enabled": redirect_url is not None,
            "socket_mode_enabled": False,
            "token_rotation_enabled": False,
        },
    }


def workspace_check(answer: Mapping[str, Any], credentials: Credentials) -> Check:
    """What ``auth.test`` says of the token: whose it is, and whether that is the workspace configured."""
    team, user = text(answer.get("team")) or "a workspace", text(answer.get("user")) or "the bot"
    ids = {text(answer.get("team_id")), text(answer.get("enterprise_id"))} - {None}
    wanted = str(credentials["team_id"])
    if ids and wanted not in ids:
        named = text(answer.get("team_id")) or next(iter(ids))
        return Check(
            "bot", False, f"The token belongs to {team} ({named}), but team_id says {wanted}. Correct team_id."
        )
    if not text(answer.get("bot_id")):
        return Check("bot", False, "This is a person's token, not a bot's. Copy the one that begins with xoxb-.")
    return Check("bot", True, f"The token belongs to {user} in {team}.")


def app_check(answer: Mapping[str, Any], credentials: Credentials) -> Check:
    """What ``bots.info`` says: whether the token is of the app whose events are signed."""
    app, wanted = text(mapping(answer.get("bot")).get("app_id")), str(credentials["app_id"])
    if app is not None and app != wanted:
        return Check("app", False, f"The token belongs to the app {app}, but app_id says {wanted}. Correct app_id.")
    return Check("app", True, f"The token belongs to the app {wanted}.")


def scopes_check(headers: Mapping[str, str]) -> Check:
    """Whether the token may do what the channel does. Slack lists its scopes in a header."""
    granted = {scope.strip() for scope in headers.get("X-OAuth-Scopes", "").split(",") if scope.strip()}
    if not granted:
        return Check("permissions", True, "Slack does not say what the bot may do.")
    lacking = [scope for scope in NEEDED if scope not in granted]
    if lacking:
        told = f"The bot lacks {', '.join(lacking)}. Add them under OAuth & Permissions and install the app again."
        return Check("permissions", False, told)
    optional = [scope for scope in SCOPES if scope not in granted]
    if optional:
        return Check("permissions", True, f"The bot may talk. Some things need more: {', '.join(optional)}.")
    return Check("permissions", True, "The bot may do all it needs.")


def failed_check(name: str, fault: Fault) -> Check:
    """A check that Slack did not answer well."""
    if fault.status is None:
        return Check(name, False, "Slack cannot be reached. Check this server's way to the internet.")
    if fault.status == 429:
        return Check(name, False, f"Slack asks to wait {int(fault.retry_after or 1)} seconds. Try again then.")
    if fault.status >= 500 or fault.code == "unreadable":
        return Check(name, False, f"Slack answered with status {fault.status}. Try again later.")
    return Check(name, False, words_of(fault))
