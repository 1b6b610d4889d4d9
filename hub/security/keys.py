"""The deployment's secret keys, and one derived key per purpose, so that no key ever serves two ends."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.core.errors import Invalid


def decode_secret_keys(keys: Sequence[str]) -> tuple[bytes, ...]:
    """The bytes of ``HUB_SECRET_KEYS``. Raises ``Invalid`` when there is none or one is not 32 bytes in base64."""
    if not keys:
        raise Invalid(
            "HUB_SECRET_KEYS is not set. Set it to 32 random bytes in URL-safe base64.", field="HUB_SECRET_KEYS"
        )
    decoded = []
    for place, key in enumerate(keys, start=1):
        try:
            raw = base64.b64decode(key.encode(), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        if len(raw) != 32:
            raise Invalid(f"Key {place} is not 32 bytes in URL-safe base64.", field="HUB_SECRET_KEYS")
        decoded.append(raw)
    return tuple(decoded)


def derive(secret: bytes, purpose: str) -> bytes:
    """A 32-byte key for one purpose (HKDF with SHA-256, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"switchboard/{purpose}".encode()).derive(secret)


def signing_table(secrets: Sequence[bytes], purpose: str) -> Mapping[str, bytes]:
    """Signing keys of a purpose by key id, the one that signs first. The id says nothing about the key."""
    table = {}
    for secret in secrets:
        key = derive(secret, f"sign/{purpose}")
        table[hashlib.sha256(b"kid" + key).hexdigest()[:12]] = key
    return table
