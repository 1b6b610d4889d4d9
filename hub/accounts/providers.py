"""Ways to sign in beside the password: what a provider does for us, and why it may not work."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, Protocol
from urllib.parse import urlencode

from hub.core.errors import BlockedAddress, TooLarge, Unauthenticated, Unavailable
from hub.security.outbound import OutboundClient

_SECONDS = 10.0
_MOST = 500_000
"""Bytes of a provider's answer."""


class Trouble(StrEnum):
    """Why signing in by a provider did not work, as the sign-in page is told."""

    DECLINED = "declined"
    EXPIRED = "expired"
    PROVIDER = "provider"
    UNAVAILABLE = "unavailable"
    UNVERIFIED = "unverified"
    UNKNOWN = "unknown"
    CONNECT_FIRST = "connect_first"
    TAKEN = "taken"
    ANOTHER = "another"
    INVITATION = "invitation"
    OTHER_PERSON = "other_person"


class SignInRefused(Unauthenticated):
    """Signing in by a provider did not work. The text is for records; people are told by ``trouble``."""

    def __init__(self, trouble: Trouble, text: str) -> None:
        super().__init__(text)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to a provider: three random values, and where it sends the browser back to."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str

    @property
    def challenge(self) -> str:
        """What the provider is shown of the verifier at first (RFC 7636, S256)."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a provider vouches for. ``subject`` never changes there; ``email_verified`` is the provider's own word."""

    issuer: str
    subject: str
    email: str | None
    email_verified: bool
    name: str


class Provider(Protocol):
    """One way to sign in. ``name`` stands on its button."""

    id: str
    name: str
    kind: Literal["oidc", "github"]

    async def address(self, ask: Ask) -> str:
        """Where to send the browser. Raises ``SignInRefused``."""
        ...

    async def identity(self, answer: Mapping[str, str], ask: Ask) -> Identity:
        """Who came back, from the query that the browser brought. Raises ``SignInRefused``."""
        ...


def taken_code(answer: Mapping[str, str]) -> str:
    """The code in a provider's answer. Raises ``SignInRefused`` where there is none, with the provider's reason."""
    error, code = answer.get("error"), answer.get("code", "")
    if error == "access_denied":
        raise SignInRefused(Trouble.DECLINED, "The person or the provider declined.")
    if error is not None or not code:
        raise SignInRefused(Trouble.PROVIDER, f"The provider answered with the error '{(error or 'no code')[:80]}'.")
    return code


async def ask_provider(
    client: OutboundClient,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
) -> Any:
    """What a provider answers to one call, as JSON; a redirect is no answer. Raises ``SignInRefused``."""
    sent = {"Accept": "application/json", **(headers or {})}
    if form is not None:
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        answer = await client.fetch(
            method,
            url,
            headers=sent,
            body=None if form is None else urlencode(form).encode(),
            seconds=_SECONDS,
            max_bytes=_MOST,
            redirects=0,
        )
    except (Unavailable, BlockedAddress, TooLarge) as error:
        raise SignInRefused(Trouble.UNAVAILABLE, str(error)) from error
    if answer.status >= 500:
        raise SignInRefused(Trouble.UNAVAILABLE, f"The provider answered with status {answer.status}.")
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise SignInRefused(Trouble.PROVIDER, f"The provider's answer (status {answer.status}) is no JSON.") from None
    if answer.status != 200:
        reason = str(body.get("error", ""))[:80] if isinstance(body, dict) else ""
        raise SignInRefused(Trouble.PROVIDER, f"The provider answered with status {answer.status} {reason}".strip())
    return body
