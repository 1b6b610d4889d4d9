"""The names of stored files: plain segments under a tenant, never a way out of the store."""

from __future__ import annotations

import re
import secrets
from uuid import UUID

from hub.core.errors import Invalid

_SEGMENT = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")
_MAX_KEY = 512


def new_key(tenant: UUID, kind: str) -> str:
    """A new unguessable key (128 random bits) under a tenant; ``kind`` groups files, such as ``media``."""
    return check_key(f"{tenant}/{kind}/{secrets.token_hex(16)}")


def check_key(key: str) -> str:
    """The key itself. Raises ``Invalid`` unless it is plain segments with ``/`` between."""
    if len(key) > _MAX_KEY or not all(_SEGMENT.fullmatch(segment) for segment in key.split("/")):
        raise Invalid("The file key is not one this hub makes.", field="key")
    return key
