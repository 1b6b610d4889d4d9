"""Signed-in visitors, as the shop vouches for them."""

from __future__ import annotations

from dataclasses import dataclass

from hub.accounts.credentials import OpenChannel
from hub.core.errors import Forbidden
from hub.security.identities import check_hash, check_token

SIGNED_IN = "u:"
"""Begins the ids of visitors for whom a shop vouched."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A signed-in visitor as the shop vouches for them: ``hash`` is HMAC-SHA256(identity secret, user), in hex; or a
    ``token``, a short-lived JWT."""

    user: str = ""
    hash: str = ""
    token: str | None = None


def vouched(site: OpenChannel, identity: Identity) -> str:
    """The visitor id of a signed-in person; the same on every device."""
    secret = site.credentials.get("identity_secret")
    if not isinstance(secret, str) or not secret:
        raise Forbidden("This site has no identity secret, so it cannot vouch for visitors.", field="identity")
    if identity.token is not None:
        return f"{SIGNED_IN}{check_token(secret, identity.token, str(site.id))}"
    return f"{SIGNED_IN}{check_hash(secret, identity.user, identity.hash)}"
