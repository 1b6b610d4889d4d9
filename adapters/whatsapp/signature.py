"""Proof that a webhook comes from Meta: HMAC-SHA256 of the raw body under the app secret, or the verify token.

Source: developers.facebook.com/docs/graph-api/webhooks/getting-started (validating payloads, verification requests).
"""

from __future__ import annotations

from collections.abc import Sequence

from adapters.whatsapp.config import secrets_of
from hub.core.channels import Credentials, Verified, WebhookRequest
from hub.core.errors import Forged
from hub.core.signatures import match_hmac, match_token

HEADER = "x-hub-signature-256"
_PREFIX = "sha256="
_LONGEST_CHALLENGE = 1024


def verify(credentials: Sequence[Credentials], request: WebhookRequest) -> Verified:
    """The request is genuine: a signed body by POST, or Meta's question by GET. Raises ``Forged``."""
    method = request.method.upper()
    if method == "GET":
        return _challenge(credentials, request)
    if method != "POST":
        raise Forged("WhatsApp sends its webhooks by POST.")
    owners, secrets = _flat(credentials, "app_secret")
    presented = request.headers.get(HEADER, "")
    if not presented.startswith(_PREFIX):
        raise Forged("The signature is missing or wrong.")
    return Verified(secret=owners[match_hmac(secrets, request.raw, presented.removeprefix(_PREFIX))])


def _challenge(credentials: Sequence[Credentials], request: WebhookRequest) -> Verified:
    owners, tokens = _flat(credentials, "verify_token")
    index = match_token(tokens, request.query.get("hub.verify_token", ""))
    challenge = request.query.get("hub.challenge", "")
    if request.query.get("hub.mode") != "subscribe" or not challenge or len(challenge) > _LONGEST_CHALLENGE:
        raise Forged("This is not a verification as WhatsApp sends it.")
    return Verified(challenge=challenge.encode("utf-8", "replace"), secret=owners[index])


def _flat(credentials: Sequence[Credentials], name: str) -> tuple[list[int], list[str]]:
    """All secrets of a name, and whose each is."""
    pairs = [(owner, secret) for owner, known in enumerate(credentials) for secret in secrets_of(known, name)]
    return [owner for owner, _ in pairs], [secret for _, secret in pairs]
