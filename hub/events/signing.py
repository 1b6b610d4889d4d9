"""Signatures by Standard Webhooks (https://www.standardwebhooks.com, version 1): made, verified, rotated.

A webhook's secrets are kept sealed as a list, newest first. After a rotation both sign, until the old one ends, so
that a receiver can change over without losing an event.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from standardwebhooks import Webhook, WebhookVerificationError
from standardwebhooks.webhooks import EmptyWebhookSecretError

from hub.core.errors import Forged, Invalid
from hub.core.ids import TenantId
from hub.security.encryption import Vault

PURPOSE = "webhook-signing"
MOST_SECRETS = 3
_BYTES = 32


@dataclass(frozen=True, slots=True)
class SigningSecret:
    """One secret, ``whsec_...``. It signs until ``until``; None: until it is rotated out."""

    text: str
    until: datetime | None = None


def new_secret() -> SigningSecret:
    """256 random bits, in the form the receivers' libraries take."""
    return SigningSecret("whsec_" + base64.b64encode(secrets.token_bytes(_BYTES)).decode())


def rotated(held: Sequence[SigningSecret], now: datetime, overlap: timedelta) -> tuple[SigningSecret, ...]:
    """A new secret first; those that still sign end after ``overlap`` at the latest."""
    end = now + overlap
    older = [
        SigningSecret(secret.text, end if secret.until is None else min(secret.until, end))
        for secret in signing(held, now)
    ]
    kept = [secret for secret in older if secret.until is not None and secret.until > now]
    return (new_secret(), *kept[: MOST_SECRETS - 1])


def signing(held: Sequence[SigningSecret], now: datetime) -> tuple[SigningSecret, ...]:
    """Those that sign now."""
    return tuple(secret for secret in held if secret.until is None or secret.until > now)


def seal(vault: Vault, tenant: TenantId, held: Sequence[SigningSecret]) -> bytes:
    """The secrets, encrypted for storing."""
    listed = [{"text": s.text, "until": s.until.isoformat() if s.until else None} for s in held]
    return vault.encrypt_json({"secrets": listed}, tenant=tenant, purpose=PURPOSE)


def unseal(vault: Vault, tenant: TenantId, sealed: bytes) -> tuple[SigningSecret, ...]:
    """The stored secrets. Raises ``Undecryptable``."""
    listed = vault.decrypt_json(sealed, tenant=tenant, purpose=PURPOSE)["secrets"]
    return tuple(SigningSecret(s["text"], datetime.fromisoformat(s["until"]) if s["until"] else None) for s in listed)


def headers(held: Sequence[SigningSecret], id: UUID, body: bytes, now: datetime) -> dict[str, str]:
    """The three headers of one try: id, time and one signature for each secret that signs."""
    text, moment = body.decode(), now.astimezone(UTC)
    signatures = [Webhook(secret.text).sign(str(id), moment, text) for secret in signing(held, now)]
    return {
        "webhook-id": str(id),
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def verify(secret: str, body: bytes, given: Mapping[str, str]) -> None:
    """Raise ``Forged`` unless one of the signatures is of ``secret``, at most five minutes ago or ahead, and
    ``Invalid`` for a secret that is none."""
    try:
        checker = Webhook(secret)
    except (ValueError, RuntimeError, EmptyWebhookSecretError):
        raise Invalid("The secret must be whsec_ followed by base64.", field="secret") from None
    try:
        checker.verify(body, dict(given), json_parse=False)
    except WebhookVerificationError as error:
        raise Forged(f"The signature does not hold: {str(error)[:1].lower()}{str(error)[1:]}.") from None
    except ValueError:
        raise Forged("The signature does not hold: the headers or the body cannot be read.") from None
