"""Reading other issuers' ID tokens (OpenID Connect Core 1.0, section 3.1.3.7)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from hub.core.errors import Unauthenticated
from hub.security.tokens import same_secret

KEY_TYPES: Mapping[str, str] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "RSA"),
    **dict.fromkeys(("ES256", "ES384", "ES512"), "EC"),
    "EdDSA": "OKP",
}
"""The only algorithms that are believed, all of them asymmetric, each with the one type of key that goes with it."""
TENANT_PLACE = "{tenantid}"
"""Where the issuer's name holds the organisation's id, as Microsoft's does for apps of many organisations."""
_LEEWAY = 60.0
_MAX_TOKEN = 16_384
_MAX_SUBJECT = 255
_JWT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


class BadIdToken(Unauthenticated):
    """The ID token is not one that this issuer made for us, now. The text names the check, never the token."""


class UnknownKey(BadIdToken):
    """None of the keys at hand is the one the token names: the issuer may have changed its keys."""


def read_id_token(
    token: str, keys: Sequence[Mapping[str, Any]], *, issuer: str, audience: str, nonce: str
) -> dict[str, Any]:
    """The claims of an ID token that ``issuer`` made for ``audience`` in answer to the request of this ``nonce``.

    ``keys`` are the issuer's, as JWKs. Raises ``BadIdToken``, and ``UnknownKey`` where newer keys may help.
    """
    if len(token) > _MAX_TOKEN or not _JWT.fullmatch(token):
        raise BadIdToken("The ID token cannot be read.")
    import jwt  # late: with its elliptic curves it takes as long to load as the rest of this room

    try:
        header = jwt.get_unverified_header(token)
        algorithm = header.get("alg")
        if not isinstance(algorithm, str) or algorithm not in KEY_TYPES or "crit" in header:
            raise BadIdToken("The ID token is not signed in a way that is accepted.")
        claims: dict[str, Any] = jwt.decode(
            token,
            jwt.PyJWK(dict(_key(keys, header.get("kid"), algorithm)), algorithm=algorithm),
            algorithms=[algorithm],
            audience=audience,
            leeway=_LEEWAY,
            options={"require": ["exp", "iat", "iss", "aud", "sub"], "enforce_minimum_key_length": True},
        )
    except jwt.ExpiredSignatureError:
        raise BadIdToken("The ID token has expired.") from None
    except jwt.InvalidAudienceError:
        raise BadIdToken("The ID token was made for another application.") from None
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, RecursionError):
        raise BadIdToken("The ID token's signature or form is wrong.") from None
    _check(claims, issuer, audience, nonce)
    return claims


def _key(keys: Sequence[Mapping[str, Any]], kid: Any, algorithm: str) -> Mapping[str, Any]:
    fitting = [
        key
        for key in keys
        if key.get("kty") == KEY_TYPES[algorithm]
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (kid is None or key.get("kid") == kid)
    ]
    if len(fitting) != 1:  # two keys for one name, or no name and several keys: nobody guesses here
        raise UnknownKey("The ID token is signed with a key that is not the issuer's.")
    return fitting[0]


def _check(claims: Mapping[str, Any], issuer: str, audience: str, nonce: str) -> None:
    if claims["iss"] != _filled(issuer, claims.get("tid")):
        raise BadIdToken("The ID token comes from another issuer.")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else audience) != audience:
        raise BadIdToken("The ID token was made for another application.")
    given = claims.get("nonce")
    if not isinstance(given, str) or not same_secret(given, nonce):
        raise BadIdToken("The ID token answers another request.")
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= _MAX_SUBJECT:
        raise BadIdToken("The ID token names nobody.")


def _filled(issuer: str, organisation: Any) -> str:
    if TENANT_PLACE not in issuer:
        return issuer
    try:
        return issuer.replace(TENANT_PLACE, str(UUID(organisation)))
    except (ValueError, TypeError, AttributeError):
        raise BadIdToken("The ID token names no organisation.") from None
