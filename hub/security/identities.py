"""How a shop vouches for its signed-in visitors: by an HMAC of their id, or by a short-lived JWT."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.core.errors import Forbidden, Invalid

LONGEST_LIFE = timedelta(hours=1)
_LEEWAY = timedelta(seconds=30)
_USER_ID = re.compile(r"[A-Za-z0-9._@|-]{1,150}")
_MAX_TOKEN = 2048


def check_hash(secret: str, user: str, signature: str) -> str:
    """The user's id, where ``signature`` is HMAC-SHA256(secret, user) in hex. Raises ``Forbidden`` and ``Invalid``."""
    _known(user, "identity.user")
    expected = hmac.new(secret.encode(), user.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogatepass")):
        raise Forbidden("The site's signature of this visitor is wrong.", field="identity.hash")
    return user


def check_token(secret: str, token: str, site_key: str, *, now: datetime | None = None) -> str:
    """The ``sub`` of a JWT: HS256 alone, for this very site (``aud``), expiring within an hour. Raises ``Forbidden``
    and ``Invalid``."""
    import jwt

    try:
        if len(token) > _MAX_TOKEN:
            raise jwt.InvalidTokenError
        claims: dict[str, Any] = jwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            audience=site_key,
            leeway=_LEEWAY,
            options={"require": ["exp", "sub", "aud"], "strict_aud": True},
        )
    except (jwt.PyJWTError, ValueError, TypeError):
        raise Forbidden("The site's token of this visitor is wrong or too old.", field="identity.token") from None
    if float(claims["exp"]) > ((now or datetime.now(UTC)) + LONGEST_LIFE + _LEEWAY).timestamp():
        raise Forbidden("The site's token of this visitor lives longer than an hour.", field="identity.token")
    return _known(str(claims["sub"]), "identity.token")


def _known(user: str, field: str) -> str:
    if _USER_ID.fullmatch(user) is None:
        raise Invalid("A user id has 1 to 150 letters, digits or . _ @ | -", field=field)
    return user
