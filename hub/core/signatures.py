"""Signatures over raw bytes: constant time, lists of secrets for rotation, timestamp windows."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from hub.core.errors import Forged


def hmac_sha256_hex(secret: str, raw: bytes) -> str:
    """Hex HMAC-SHA256 of ``raw`` under ``secret`` (RFC 2104)."""
    return hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def equal(presented: str, expected: str) -> bool:
    """Whether two secrets are the same, in constant time, whatever characters a stranger sent."""
    try:
        shown = presented.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a character, which no secret has
        return False
    return hmac.compare_digest(shown, expected.encode())


def match_hmac(secrets: Sequence[str], raw: bytes, presented: str) -> int:
    """The index of the secret whose hex HMAC of ``raw`` was presented. Raises ``Forged`` when none is."""
    found = -1
    for index, secret in enumerate(secrets):
        if secret and equal(presented, hmac_sha256_hex(secret, raw)) and found < 0:
            found = index
    if found < 0:
        raise Forged("The signature is missing or wrong.")
    return found


def match_token(secrets: Sequence[str], presented: str) -> int:
    """The index of the secret that was presented itself. Raises ``Forged`` when none is."""
    found = -1
    for index, secret in enumerate(secrets):
        if secret and equal(presented, secret) and found < 0:
            found = index
    if found < 0:
        raise Forged("The secret token is missing or wrong.")
    return found


def check_timestamp(presented: str, now: datetime, *, window: float = 300.0) -> None:
    """Raise ``Forged`` unless ``presented`` (seconds since 1970) lies within ``window`` seconds of ``now``."""
    if not presented.isascii() or not presented.isdigit() or len(presented) > 12:
        raise Forged("The signature's timestamp is missing or not a number.")
    if abs(now.timestamp() - int(presented)) > window:
        raise Forged("The signature's timestamp is too old or lies ahead.")
