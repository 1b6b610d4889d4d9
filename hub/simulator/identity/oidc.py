"""The simulated OpenID Connect issuer: strict about every parameter, PKCE included."""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

from aiohttp import web

from hub.simulator import wire
from hub.simulator.faults import FaultPlan
from hub.simulator.identity.desk import Application, Grant, Request, SignInDesk, back, page, strict
from hub.simulator.record import Record

KEY_ID = "issuer-key-1"
_ASKED = frozenset(
    {
        *("response_type", "client_id", "redirect_uri", "scope", "state", "nonce"),
        *("code_challenge", "code_challenge_method"),
    }
)
_EXCHANGED = frozenset({"grant_type", "code", "redirect_uri", "code_verifier"})
_LIFETIME = 300


class OidcIssuer(SignInDesk):
    """An issuer whose address is ``issuer``. ``forge`` may replace the ID token of every answer, given its claims."""

    name = "oidc"

    def __init__(self, *, record: Record, faults: FaultPlan) -> None:
        super().__init__("Demo sign-in")
        self.record = record
        self.faults = faults
        self.issuer = ""
        self.forge: Callable[[dict[str, Any]], str] | None = None
        self._key: Any = None
        self._making = asyncio.Lock()

    async def start(self) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        """Nothing to close."""

    def routes(self, app: web.Application) -> None:
        """Put the issuer on an application."""
        app.router.add_get("/.well-known/openid-configuration", self._discovery)
        app.router.add_get("/jwks", self._keys)
        app.router.add_get("/authorize", self._authorize)
        app.router.add_post("/authorize", self._choose)
        app.router.add_post("/token", self._token)
        app.router.add_get("/identity.css", self.style)

    async def key(self) -> Any:
        """The issuer's private key, made when it is first needed."""
        async with self._making:
            if self._key is None:
                self._key = await asyncio.to_thread(new_key)
            return self._key

    async def sign(self, claims: dict[str, Any]) -> str:
        """An ID token of this issuer."""
        import jwt

        return jwt.encode(claims, await self.key(), algorithm="RS256", headers={"kid": KEY_ID})

    async def _discovery(self, request: web.Request) -> web.Response:
        self.record.open(self.name, "discovery").accepted = True
        return web.json_response(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def _keys(self, request: web.Request) -> web.Response:
        self.record.open(self.name, "jwks").accepted = True
        return web.json_response({"keys": [public_jwk(await self.key(), KEY_ID)]})

    async def _authorize(self, request: web.Request) -> web.Response:
        entry = self.record.open(self.name, "authorize", account=request.query.get("client_id", ""))
        given = dict(request.query)
        application = self.applications.get(given.get("client_id", ""))
        if application is None or given.get("redirect_uri") not in application.redirects:
            entry.error = "unknown application or address"
            return page("This does not work", "<p>The application or its address is not registered.</p>", status=400)
        asked = Request(
            application,
            given["redirect_uri"],
            given.get("state", ""),
            given.get("nonce", ""),
            given.get("code_challenge", ""),
        )
        wrong = strict(given, _ASKED) or _unfit(given)
        if wrong is not None or len(request.query) != len(given):
            entry.error = wrong or "repeated parameter"
            return back(asked, error="invalid_request", iss=self.issuer)
        entry.accepted = True
        return self.page(asked)

    async def _choose(self, request: web.Request) -> web.Response:
        answer = await self.chosen(await request.post())
        if "Location" in answer.headers:
            answer.headers["Location"] += f"&iss={self.issuer}"
        return answer

    async def _token(self, request: web.Request) -> web.Response:
        entry = self.record.open(self.name, "token")
        drawn = await wire.before(self.faults.draw(self.name, "token"), request, entry, lambda status, _: _no(status))
        if drawn is not None:
            return drawn
        form = {name: str(value) for name, value in (await request.post()).items()}
        application = self._application(request)
        if application is None:
            entry.error = "invalid_client"
            return _no(401, "invalid_client")
        wrong = strict(form, _EXCHANGED)
        if wrong is not None or form["grant_type"] != "authorization_code":
            entry.error = wrong or "grant_type"
            return _no(400, "invalid_request")
        grant = self.redeemed(form["code"], application, form["redirect_uri"], form["code_verifier"])
        if grant is None:
            entry.error = "invalid_grant"
            return _no(400, "invalid_grant")
        entry.accepted = True
        claims = self._claims(grant)
        token = self.forge(claims) if self.forge is not None else await self.sign(claims)
        return web.json_response(
            {"access_token": "unused", "token_type": "Bearer", "expires_in": _LIFETIME, "id_token": token},
            headers={"Cache-Control": "no-store"},
        )

    def _application(self, request: web.Request) -> Application | None:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        try:
            id, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return None
        found = self.applications.get(unquote_plus(id))
        return found if scheme == "Basic" and found is not None and unquote_plus(secret) == found.secret else None

    def _claims(self, grant: Grant) -> dict[str, Any]:
        account, now = grant.account, int(time.time())
        return {
            "iss": self.issuer,
            "sub": account.subject,
            "aud": grant.request.application.id,
            "iat": now,
            "exp": now + _LIFETIME,
            "nonce": grant.request.nonce,
            "email": account.email,
            "email_verified": account.email_verified,
            "name": account.name,
        }


def new_key() -> Any:
    """A new RSA key. Takes a tenth of a second or more."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_jwk(key: Any, kid: str) -> dict[str, Any]:
    """The public half as issuers publish it."""
    from jwt.algorithms import RSAAlgorithm

    jwk: dict[str, Any] = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {"kty": jwk["kty"], "n": jwk["n"], "e": jwk["e"], "use": "sig", "alg": "RS256", "kid": kid}


def _unfit(given: dict[str, str]) -> str | None:
    if given["response_type"] != "code":
        return "response_type"
    if "openid" not in given["scope"].split():
        return "scope"
    if given["code_challenge_method"] != "S256" or len(given["code_challenge"]) != 43:
        return "code_challenge"
    return None


def _no(status: int, error: str = "temporarily_unavailable") -> web.Response:
    return web.json_response({"error": error}, status=status)
