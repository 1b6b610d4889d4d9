"""Tokens the hub issues: API keys, visitors' tokens, signed links to files."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hub.core.errors import Unauthenticated
from hub.core.ids import ChannelId, FileId, TenantId
from hub.security.keys import decode_secret_keys, signing_table

API_KEY_PREFIX = "hub_live_"
_API_KEY = re.compile(rf"{API_KEY_PREFIX}([0-9a-f]{{64}})([0-9a-f]{{8}})")
_ALGORITHM = "HS256"
_ISSUER = "switchboard"
_LEEWAY = 30.0
_MAX_TOKEN = 2048
_JWT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key just made: ``text`` is shown once, ``hash`` (SHA-256) and ``last4`` are stored."""

    text: str
    hash: bytes
    last4: str


def new_api_key() -> NewApiKey:
    """Make a key of 256 random bits with a checksum, so that a typing error needs no look-up."""
    body = secrets.token_hex(32)
    text = f"{API_KEY_PREFIX}{body}{_checksum(body)}"
    return NewApiKey(text, hashlib.sha256(text.encode()).digest(), text[-4:])


def hash_api_key(text: str) -> bytes:
    """The hash to look a presented key up by. Raises ``Unauthenticated`` when nobody can have issued it."""
    found = _API_KEY.fullmatch(text)
    if found is None or not hmac.compare_digest(_checksum(found[1]), found[2]):
        raise Unauthenticated("The API key is not one this hub issues. Check that it was copied whole.")
    return hashlib.sha256(text.encode()).digest()


def same_secret(presented: bytes | str, stored: bytes | str) -> bool:
    """Whether two secrets or hashes are equal, in constant time."""
    left, right = (
        value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value for value in (presented, stored)
    )
    return hmac.compare_digest(left, right)


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"


class SignedTokens:
    """JWTs of one purpose: HS256 alone, issuer, audience, expiry and issue time required, key by our own table."""

    def __init__(self, secret_keys: Sequence[str], purpose: str) -> None:
        self._purpose = purpose
        self._table = signing_table(decode_secret_keys(secret_keys), purpose)
        self._kid = next(iter(self._table))

    def sign(self, claims: Mapping[str, Any], lifetime: timedelta, *, now: datetime | None = None) -> str:
        """A token that holds ``claims`` for ``lifetime``."""
        import jwt

        issued = now or datetime.now(UTC)
        payload = {**claims, "iss": _ISSUER, "aud": self._purpose, "iat": issued, "exp": issued + lifetime}
        return jwt.encode(payload, self._table[self._kid], algorithm=_ALGORITHM, headers={"kid": self._kid})

    def verify(self, token: str) -> dict[str, Any]:
        """The claims of a genuine, living token. Raises ``Unauthenticated``."""
        if len(token) > _MAX_TOKEN or not _JWT.fullmatch(token):
            raise Unauthenticated("The token is not one this hub issues.")
        import jwt  # late: with its elliptic curves it takes as long to load as the rest of this room

        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = self._table.get(kid) if isinstance(kid, str) else None
            if key is None:
                raise Unauthenticated("The token is not one this hub issues, or its key was retired.")
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[_ALGORITHM],
                audience=self._purpose,
                issuer=_ISSUER,
                leeway=_LEEWAY,
                options={"require": ["exp", "iat", "iss", "aud"], "strict_aud": True},
            )
        except jwt.ExpiredSignatureError:
            raise Unauthenticated("The token has expired; ask for a new one.") from None
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            raise Unauthenticated("The token is not one this hub issues.") from None
        return claims


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whom a visitor's token is for, and on which site: it is worth nothing elsewhere."""

    tenant: TenantId
    channel: ChannelId
    visitor: str


_RENEWED_AFTER = 86_400.0


class VisitorTokens:
    """Issues and reads visitors' tokens."""

    def __init__(self, secret_keys: Sequence[str], *, lifetime: timedelta = timedelta(days=30)) -> None:
        self._tokens = SignedTokens(secret_keys, "visitor")
        self._lifetime = lifetime

    def issue(self, visitor: Visitor, *, now: datetime | None = None) -> str:
        """A token for one visitor of one site."""
        claims = {"tid": str(visitor.tenant), "chn": str(visitor.channel), "sub": visitor.visitor}
        return self._tokens.sign(claims, self._lifetime, now=now)

    def renewed(self, token: str, *, now: datetime | None = None) -> str | None:
        """Another token for the same visitor, where this one is older than a day. Raises ``Unauthenticated``."""
        issued = float(self._tokens.verify(token)["iat"])
        moment = now or datetime.now(UTC)
        return self.issue(self.read(token), now=moment) if moment.timestamp() - issued > _RENEWED_AFTER else None

    def read(self, token: str) -> Visitor:
        """Whom the token is for. Raises ``Unauthenticated``."""
        claims = self._tokens.verify(token)
        tenant, channel, visitor = (_text(claims, name) for name in ("tid", "chn", "sub"))
        return Visitor(TenantId(_uuid(tenant)), ChannelId(_uuid(channel)), visitor)


@dataclass(frozen=True, slots=True)
class FileGrant:
    """Leave to download one file of one tenant."""

    tenant: TenantId
    file: FileId


class DownloadTokens:
    """Signs links to files and reads them back. The file's owner is still looked up before bytes are given."""

    def __init__(self, secret_keys: Sequence[str]) -> None:
        self._tokens = SignedTokens(secret_keys, "download")

    def issue(self, grant: FileGrant, lifetime: timedelta, *, now: datetime | None = None) -> str:
        """A token for the path ``/files/{token}``."""
        return self._tokens.sign({"tid": str(grant.tenant), "fid": str(grant.file)}, lifetime, now=now)

    def read(self, token: str) -> FileGrant:
        """What the token allows. Raises ``Unauthenticated``."""
        claims = self._tokens.verify(token)
        return FileGrant(TenantId(_uuid(_text(claims, "tid"))), FileId(_uuid(_text(claims, "fid"))))


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise Unauthenticated("The token is not one this hub issues.")
    return value


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Unauthenticated("The token is not one this hub issues.") from None
