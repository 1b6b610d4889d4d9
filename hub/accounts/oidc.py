"""Signing in at any OpenID Connect issuer: discovery, authorization code with PKCE, and the ID token checked."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote_plus, urlencode, urlsplit

from hub.accounts.providers import Ask, Identity, SignInRefused, Trouble, ask_provider, taken_code
from hub.security.id_tokens import BadIdToken, UnknownKey, read_id_token
from hub.security.outbound import OutboundClient
from hub.security.tokens import same_secret

_FRESH = 3_600.0
"""Seconds for which what an issuer says of itself, and its keys, are believed."""
_PATIENCE = 60.0
"""Seconds between two looks for new keys because of a token with an unknown one."""
_SCOPE = "openid email profile"
_LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class OidcClient:
    """How the hub is registered at an issuer. ``id`` is part of our addresses, ``name`` stands on the button."""

    id: str
    name: str
    issuer: str
    client_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class _Facts:
    """What an issuer says of itself."""

    issuer: str
    authorize: str
    token: str
    keys: str
    secret_in_body: bool
    names_itself: bool
    at: float


class OidcProvider:
    """One issuer. ``outbound`` must permit its address where that is not public."""

    kind: Literal["oidc", "github"] = "oidc"

    def __init__(self, registered: OidcClient, *, outbound: OutboundClient) -> None:
        self.id = registered.id
        self.name = registered.name
        self._registered = registered
        self._outbound = outbound
        self._facts: _Facts | None = None
        self._keys: list[dict[str, Any]] = []
        self._keys_at = float("-inf")
        self._asking = asyncio.Lock()

    async def address(self, ask: Ask) -> str:
        """The issuer's own page. Raises ``SignInRefused``."""
        facts = await self._discovered()
        query = {
            "response_type": "code",
            "client_id": self._registered.client_id,
            "redirect_uri": ask.redirect_uri,
            "scope": _SCOPE,
            "state": ask.state,
            "nonce": ask.nonce,
            "code_challenge": ask.challenge,
            "code_challenge_method": "S256",
        }
        return f"{facts.authorize}{'&' if '?' in facts.authorize else '?'}{urlencode(query)}"

    async def identity(self, answer: Mapping[str, str], ask: Ask) -> Identity:
        """Whom the ID token names that the code is exchanged for. Raises ``SignInRefused``."""
        facts = await self._discovered()
        said = answer.get("iss")  # RFC 9207: an answer that another issuer's page sent
        if (said is not None or facts.names_itself) and not same_secret(said or "", facts.issuer):
            raise SignInRefused(Trouble.PROVIDER, "The answer comes from another issuer.")
        body = await self._exchanged(facts, taken_code(answer), ask)
        token = body.get("id_token") if isinstance(body, dict) else None
        if not isinstance(token, str):
            raise SignInRefused(Trouble.PROVIDER, "The issuer gave no ID token.")
        try:
            claims = await self._claims(facts, token, ask.nonce)
        except BadIdToken as error:
            raise SignInRefused(Trouble.PROVIDER, str(error)) from error
        return _identity(claims)

    async def _exchanged(self, facts: _Facts, code: str, ask: Ask) -> Any:
        registered = self._registered
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": ask.redirect_uri,
            "code_verifier": ask.verifier,
        }
        headers = {}
        if facts.secret_in_body:
            form |= {"client_id": registered.client_id, "client_secret": registered.client_secret}
        else:
            pair = f"{quote_plus(registered.client_id)}:{quote_plus(registered.client_secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        return await ask_provider(self._outbound, "POST", facts.token, headers=headers, form=form)

    async def _claims(self, facts: _Facts, token: str, nonce: str) -> dict[str, Any]:
        client_id = self._registered.client_id
        keys = await self._current_keys(facts, _FRESH)
        try:
            return read_id_token(token, keys, issuer=facts.issuer, audience=client_id, nonce=nonce)
        except UnknownKey:
            newer = await self._current_keys(facts, _PATIENCE)
            return read_id_token(token, newer, issuer=facts.issuer, audience=client_id, nonce=nonce)

    async def _discovered(self) -> _Facts:
        async with self._asking:
            if self._facts is None or time.monotonic() - self._facts.at > _FRESH:
                url = f"{self._registered.issuer.rstrip('/')}/.well-known/openid-configuration"
                self._facts = _facts(await ask_provider(self._outbound, "GET", url), self._registered.issuer)
            return self._facts

    async def _current_keys(self, facts: _Facts, age: float) -> list[dict[str, Any]]:
        async with self._asking:
            if time.monotonic() - self._keys_at > age:
                body = await ask_provider(self._outbound, "GET", facts.keys)
                keys = body.get("keys") if isinstance(body, dict) else None
                self._keys = [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []
                self._keys_at = time.monotonic()
            return self._keys


def _facts(body: Any, issuer: str) -> _Facts:
    """Read an issuer's discovery document. Raises ``SignInRefused`` where it is another's, or leads off https."""
    said = body if isinstance(body, dict) else {}
    if str(said.get("issuer")).rstrip("/") != _said_by(issuer):
        raise SignInRefused(Trouble.PROVIDER, f"The discovery document at {issuer} is that of another issuer.")
    addresses = [said.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    if not all(isinstance(address, str) and _safe(address, issuer) for address in addresses):
        raise SignInRefused(Trouble.PROVIDER, f"The discovery document at {issuer} lacks an address over https.")
    ways = said.get("token_endpoint_auth_methods_supported")
    authorize, token, keys = (str(address) for address in addresses)
    return _Facts(
        issuer=str(said["issuer"]),
        authorize=authorize,
        token=token,
        keys=keys,
        secret_in_body=isinstance(ways, list) and "client_secret_basic" not in ways,
        names_itself=said.get("authorization_response_iss_parameter_supported") is True,
        at=time.monotonic(),
    )


def _said_by(issuer: str) -> str:
    """What the issuer at this address calls itself: itself, but for Microsoft's address of many organisations."""
    parts = urlsplit(issuer)
    if parts.hostname == "login.microsoftonline.com" and parts.path in ("/organizations/v2.0", "/common/v2.0"):
        return f"https://{parts.hostname}/{{tenantid}}/v2.0"
    return issuer.rstrip("/")


def _safe(address: str, issuer: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in _LOCAL and urlsplit(issuer).hostname in _LOCAL
    )


def _identity(claims: Mapping[str, Any]) -> Identity:
    email = claims.get("email")
    # Microsoft has no email_verified: it says by xms_edov that the organisation proved the address's domain.
    proven = any(claims.get(name) in (True, "true", 1, "1") for name in ("email_verified", "xms_edov"))
    name = claims.get("name")
    return Identity(
        issuer=claims["iss"],
        subject=claims["sub"],
        email=email.strip() if isinstance(email, str) and email.strip() else None,
        email_verified=proven,
        name=name.strip()[:100] if isinstance(name, str) else "",
    )
