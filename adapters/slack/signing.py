"""Slack's request signature, version 0 (docs.slack.dev/authentication/verifying-requests-from-slack)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from adapters.payloads import NotJson, mapping, read_json, text
from adapters.slack.config import signing_secrets
from hub.core.channels import Verified, WebhookRequest
from hub.core.errors import Forged
from hub.core.signatures import check_timestamp, match_hmac

SIGNATURE_HEADER: Final = "x-slack-signature"
TIMESTAMP_HEADER: Final = "x-slack-request-timestamp"
WINDOW_SECONDS: Final = 300.0
_VERSION: Final = "v0="


def verify(credentials: Sequence[Mapping[str, Any]], request: WebhookRequest, now: datetime) -> Verified:
    """Prove the raw bytes and their time. Only then is the body read, to answer ``url_verification``."""
    if request.method.upper() != "POST":
        raise Forged("Slack sends its events by POST.")
    timestamp = request.headers.get(TIMESTAMP_HEADER, "")
    check_timestamp(timestamp, now, window=WINDOW_SECONDS)
    presented = request.headers.get(SIGNATURE_HEADER, "")
    if not presented.startswith(_VERSION):
        raise Forged("The signature is missing or not of version v0.")
    signed = f"v0:{timestamp}:".encode() + request.raw
    owned = [(index, secret) for index, known in enumerate(credentials) for secret in signing_secrets(known)]
    matched = match_hmac([secret for _, secret in owned], signed, presented.removeprefix(_VERSION))
    # The answer to a command is shown in the chat, and one to a form must be empty or Slack's own.
    silent = not request.raw.lstrip().startswith(b"{")
    return Verified(challenge=_challenge(request.raw), secret=owned[matched][0], silent=silent)


def _challenge(raw: bytes) -> bytes | None:
    if b"url_verification" not in raw:
        return None
    try:
        body = mapping(read_json(raw))
    except NotJson:
        return None
    challenge = text(body.get("challenge"))
    return challenge.encode() if body.get("type") == "url_verification" and challenge else None
