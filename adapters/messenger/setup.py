"""Telling Meta that a page's messages are ours, and saying in plain words whether they get through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from adapters.messenger.errors import Fault
from adapters.messenger.keys import identifier
from adapters.payloads import items, mapping, text
from hub.core.channels import Check, Credentials

FIELDS: Final = (
    "messages",
    "messaging_postbacks",
    "message_echoes",
    "message_deliveries",
    "message_reads",
    "message_reactions",
    "message_edits",
    "messaging_referrals",
    "messaging_optins",
    "messaging_handovers",
    "standby",
)
"""What the channel understands of a page's events."""

_NEEDED: Final = ("messages", "messaging_postbacks", "message_echoes")
_SCOPES: Final = ("pages_messaging", "pages_manage_metadata")


def token_check(answer: Mapping[str, Any], credentials: Credentials) -> Check:
    """What the page says of itself."""
    page, name = identifier(answer.get("id")), text(answer.get("name")) or "without a name"
    if page != credentials["page_id"]:
        return Check("page", False, f"The token belongs to page {page}, not to {credentials['page_id']}. Correct one.")
    return Check("page", True, f"The token belongs to the page {name}.")


def secret_check(fault: Fault | None) -> Check:
    """Whether Meta takes a proof made with the app secret."""
    if fault is None:
        return Check("app_secret", True, "The app secret belongs to the token's app.")
    return Check(
        "app_secret",
        False,
        "The app secret does not belong to the token's app, so no message would be accepted. Copy it again from the "
        "app's basic settings.",
    )


def webhook_check(answer: Mapping[str, Any], credentials: Credentials) -> Check:
    """What the page's subscriptions say of delivery."""
    apps = [mapping(app) for app in items(answer.get("data"))]
    own = credentials.get("app_id")
    mine = [app for app in apps if own is None or identifier(app.get("id")) == own]
    if not mine:
        return Check("webhook", False, "The page sends its messages to no app of yours. Register the webhook.")
    fields = {field for app in mine for field in items(app.get("subscribed_fields")) if isinstance(field, str)}
    missing = [field for field in _NEEDED if field not in fields]
    if missing:
        return Check("webhook", False, f"The page does not send {', '.join(missing)}. Register the webhook again.")
    return Check("webhook", True, "The page sends its messages to the app.")


def scopes_check(answer: Mapping[str, Any]) -> Check:
    """What the token may do, as ``debug_token`` tells."""
    data = mapping(answer.get("data"))
    if data.get("is_valid") is False:
        return Check("permissions", False, "The page's access token has expired. Make a new one.")
    granted = {scope for scope in items(data.get("scopes")) if isinstance(scope, str)}
    missing = [scope for scope in _SCOPES if scope not in granted]
    if missing:
        return Check("permissions", False, f"The token lacks {' and '.join(missing)}. Grant it and make a new token.")
    return Check("permissions", True, "The token may read and answer messages.")


def failed_check(name: str, fault: Fault) -> Check:
    """A check that Meta did not answer well."""
    if fault.code in (102, 190):
        return Check(name, False, "Meta does not accept the page's access token. Make a new one for this page.")
    if fault.code in (3, 10) or (fault.code is not None and 200 <= fault.code < 300):
        return Check(name, False, "The token lacks a permission: it needs pages_messaging and pages_manage_metadata.")
    if fault.code == 100:
        return Check(name, False, "Meta does not know this page, or the token is another page's. Check page_id.")
    if fault.status is None:
        return Check(name, False, "Meta cannot be reached. Check this server's way to the internet.")
    return Check(name, False, f"Meta answered: {fault.text[:200]}. Try again later.")
