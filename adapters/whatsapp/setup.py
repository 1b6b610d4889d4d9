"""Telling WhatsApp where to send webhooks, and saying in plain words whether a channel is set up well."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from adapters.payloads import items, mapping, text
from adapters.whatsapp.config import secrets_of
from adapters.whatsapp.errors import Fault
from hub.core.channels import Check, Credentials

NUMBER_FIELDS = "display_phone_number,verified_name,quality_rating,code_verification_status"


def proof_of(credentials: Credentials) -> dict[str, str]:
    """The parameter by which Meta checks that token and app secret belong together."""
    secret = next(iter(secrets_of(credentials, "app_secret")), "")
    token = str(credentials["access_token"])
    return {"appsecret_proof": hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()}


def number_check(answer: Any) -> Check:
    """What WhatsApp says of the number."""
    told = mapping(answer)
    number = text(told.get("display_phone_number")) or "unknown"
    name = text(told.get("verified_name"))
    shown = f"{number} ({name})" if name else number
    if told.get("quality_rating") == "RED":
        return Check("number", True, f"The number is {shown}. Customers rate its messages as bad: take care.")
    return Check("number", True, f"The number is {shown}.")


def secret_check(fault: Fault | None) -> Check:
    """Whether the app secret belongs to the token's app."""
    if fault is None:
        return Check("app secret", True, "The app secret belongs to the access token's app.")
    return Check(
        "app secret",
        False,
        "The app secret does not belong to the access token's app. Copy it from the app's basic settings at Meta.",
    )


def subscription_check(answer: Any) -> Check:
    """Whether an app receives the business account's webhooks."""
    apps = [mapping(mapping(a).get("whatsapp_business_api_data")) for a in items(mapping(answer).get("data"))]
    names = [text(app.get("name")) or text(app.get("id")) or "an app" for app in apps if app]
    if not names:
        return Check("webhook", False, "No app receives this business account's messages. Register the webhook.")
    return Check("webhook", True, f"Messages go to {', '.join(names[:5])}.")


def is_about_secret(fault: Fault) -> bool:
    """Whether a refusal is for the app secret's proof."""
    return "appsecret_proof" in fault.text


def failed_check(name: str, fault: Fault) -> Check:
    """A check that WhatsApp did not answer well."""
    if fault.status is None:
        return Check(name, False, "WhatsApp cannot be reached. Check this server's way to the internet.")
    if fault.code == 190 or fault.status == 401:
        return Check(name, False, "WhatsApp does not accept the access token. Make a new one for the system user.")
    if fault.code in (10, 200, 131005) or fault.status == 403:
        return Check(
            name,
            False,
            "The access token lacks permissions. Give it whatsapp_business_messaging and whatsapp_business_management.",
        )
    if fault.code == 2200:
        told = "WhatsApp got no answer from this server's address. Start the server, and check HUB_PUBLIC_URL."
        return Check(name, False, told)
    if fault.code == 100:
        return Check(name, False, "The access token cannot see this number or account. Check its id and its access.")
    return Check(name, False, f"WhatsApp answered: {fault.text[:200].rstrip('.')}. Try again later.")


def override(url: str, credentials: Credentials) -> Mapping[str, Any]:
    """The body that sends one number's webhooks to ``url``."""
    token = next(iter(secrets_of(credentials, "verify_token")), "")
    return {"webhook_configuration": {"override_callback_uri": url, "verify_token": token}}
