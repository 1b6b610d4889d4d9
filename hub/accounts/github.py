"""Signing in at GitHub, whose OAuth 2 knows no ID tokens: the API says who holds the access token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlencode

from hub.accounts.providers import Ask, Identity, SignInRefused, Trouble, ask_provider, taken_code
from hub.security.outbound import OutboundClient

_SCOPE = "read:user user:email"


class GitHubProvider:
    """GitHub, or a GitHub Enterprise Server. ``api_url`` is its API's address, ``web_url`` where people see it."""

    id = "github"
    name = "GitHub"
    kind: Literal["oidc", "github"] = "github"

    def __init__(
        self, *, api_url: str, web_url: str, client_id: str, client_secret: str, outbound: OutboundClient
    ) -> None:
        self._api = api_url.rstrip("/")
        self._web = web_url.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret
        self._outbound = outbound

    async def address(self, ask: Ask) -> str:
        """GitHub's page of consent."""
        query = {
            "client_id": self._client_id,
            "redirect_uri": ask.redirect_uri,
            "scope": _SCOPE,
            "state": ask.state,
            "code_challenge": ask.challenge,
            "code_challenge_method": "S256",
        }
        return f"{self._web}/login/oauth/authorize?{urlencode(query)}"

    async def identity(self, answer: Mapping[str, str], ask: Ask) -> Identity:
        """Who holds the access token that the code is exchanged for. Raises ``SignInRefused``."""
        form = {
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "code": taken_code(answer),
            "redirect_uri": ask.redirect_uri,
            "code_verifier": ask.verifier,
        }
        body = await ask_provider(self._outbound, "POST", f"{self._web}/login/oauth/access_token", form=form)
        token = body.get("access_token") if isinstance(body, dict) else None
        if not isinstance(token, str) or not token:  # GitHub tells of errors with status 200
            reason = str(body.get("error", "no token"))[:80] if isinstance(body, dict) else "no object"
            raise SignInRefused(Trouble.PROVIDER, f"GitHub gave no access token: {reason}.")
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
        user = await ask_provider(self._outbound, "GET", f"{self._api}/user", headers=headers)
        emails = await ask_provider(self._outbound, "GET", f"{self._api}/user/emails", headers=headers)
        return self._identity(user, emails)

    def _identity(self, user: Any, emails: Any) -> Identity:
        number = user.get("id") if isinstance(user, dict) else None
        if not isinstance(number, int) or isinstance(number, bool):
            raise SignInRefused(Trouble.PROVIDER, "GitHub did not say who it is.")
        listed = [entry for entry in emails if isinstance(entry, dict)] if isinstance(emails, list) else []
        primary = next((entry for entry in listed if entry.get("primary") is True), {})
        email = primary.get("email")
        return Identity(
            issuer=self._web,
            subject=str(number),
            email=email if isinstance(email, str) and email else None,
            email_verified=primary.get("verified") is True,
            name=str(user.get("name") or user.get("login") or "")[:100],
        )
