"""Encryption at rest: Fernet with rotation, the tenant and the purpose sealed inside.

Fernet binds no outside data to a token, so a row copied to another tenant would decrypt there. Hence the owner
stands in the plaintext and is compared at every decryption.
"""

from __future__ import annotations

import base64
import hmac
import os
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from hub.core.errors import HubError
from hub.security.keys import decode_secret_keys, derive


class Undecryptable(HubError):
    """A stored secret cannot be read: its key is gone, or it belongs to somebody else."""

    code = "undecryptable"
    status = 500


def generate_key() -> str:
    """A new key for ``HUB_SECRET_KEYS``."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


class Vault:
    """Seals and opens secrets. ``secret_keys``: URL-safe base64 of 32 bytes each; the first seals, all open.

    ``tenant`` None stands for the deployment itself. ``purpose`` names what the secret is for, such as
    ``channel-credentials``. All methods are pure and quick (tens of microseconds for small secrets).
    """

    def __init__(self, secret_keys: Sequence[str]) -> None:
        keys = [derive(secret, "encrypt") for secret in decode_secret_keys(secret_keys)]
        fernets = [Fernet(base64.urlsafe_b64encode(key)) for key in keys]
        self._current = fernets[0]
        self._all = MultiFernet(fernets)

    def encrypt(self, data: bytes, *, tenant: UUID | None, purpose: str) -> bytes:
        """Seal bytes for one tenant and purpose. The token is ASCII."""
        return self._current.encrypt(_owner(tenant, purpose) + data)

    def decrypt(self, token: bytes, *, tenant: UUID | None, purpose: str) -> bytes:
        """Open a token. Raises ``Undecryptable`` for an unknown key, a changed token, or another tenant or purpose."""
        try:
            plain = self._all.decrypt(token)
        except InvalidToken:
            raise Undecryptable(
                "A stored secret cannot be read: it was changed, or its key is no longer in HUB_SECRET_KEYS."
            ) from None
        owner = _owner(tenant, purpose)
        if not hmac.compare_digest(plain[: len(owner)], owner):
            raise Undecryptable("A stored secret belongs to another tenant or purpose.")
        return plain[len(owner) :]

    def encrypt_json(self, value: Mapping[str, Any], *, tenant: UUID | None, purpose: str) -> bytes:
        """Seal a JSON object."""
        return self.encrypt(orjson.dumps(value), tenant=tenant, purpose=purpose)

    def decrypt_json(self, token: bytes, *, tenant: UUID | None, purpose: str) -> dict[str, Any]:
        """Open a JSON object; raises as ``decrypt`` does."""
        value: dict[str, Any] = orjson.loads(self.decrypt(token, tenant=tenant, purpose=purpose))
        return value

    def needs_rotation(self, token: bytes) -> bool:
        """Whether a token was not sealed with the first key."""
        try:
            self._current.decrypt(token)
        except InvalidToken:
            return True
        return False

    def rotate(self, token: bytes) -> bytes:
        """The same secret under the first key, owner and time kept. Raises ``Undecryptable``."""
        try:
            return self._all.rotate(token)
        except InvalidToken:
            raise Undecryptable("A stored secret cannot be rotated: its key is not in HUB_SECRET_KEYS.") from None


def _owner(tenant: UUID | None, purpose: str) -> bytes:
    """The prefix inside the plaintext; its length comes first, so that no two owners share a prefix."""
    name = f"{tenant or '-'}\n{purpose}".encode()
    return len(name).to_bytes(2, "big") + name
