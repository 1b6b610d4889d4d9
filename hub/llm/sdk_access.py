"""A vendor's SDK, loaded when first used, over the shared session; and its failures in our words.

The SDKs of OpenAI and Anthropic come from one generator, so their clients and their exceptions have the same shape.
"""

from __future__ import annotations

import asyncio
import importlib
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import aiohttp

from hub.core.errors import HubError, ModelError

Client = TypeVar("Client")

_SLUG = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_RETRYABLE = frozenset({408, 409, 425, 429})
_FINAL_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
_MAX_RETRY_AFTER = 3600.0


@dataclass(slots=True)
class SdkAccess(ABC, Generic[Client]):
    """A model server: where, with which key, over whose session, how patiently.

    ``first_token`` bounds the seconds until an answer begins, and any later silence; ``total`` bounds the
    whole call. ``provider`` is the name used in usage and in messages; ``key_setting`` and ``url_setting``
    are the settings that an operator would look at when the server refuses.
    """

    sdk: ClassVar[str]
    """The SDK's module."""

    session: aiohttp.ClientSession
    api_key: str | None = field(default=None, repr=False)
    base_url: str = ""
    provider: str = ""
    first_token: float = 20.0
    total: float = 120.0
    key_setting: str = "HUB_LLM_API_KEY"
    url_setting: str = ""
    _client: Client | None = field(default=None, init=False, repr=False)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)

    async def client(self) -> Client:
        """The SDK's client, made once. The import takes most of a second, so it runs in a thread."""
        if self._client is None:
            async with self._lock:
                if self._client is None:
                    self._client = await asyncio.to_thread(self._load_and_make)
        return self._client

    def _load_and_make(self) -> Client:
        # The SDKs look httpx up among the modules of the process at each call. Where Telegram's SDK loads it in another
        # thread just then, they would find half of it.
        importlib.import_module("httpx")
        return self._make()

    @abstractmethod
    def _make(self) -> Client: ...

    def faults(self) -> tuple[type[Exception], ...]:
        """Everything the SDK, its transport or a server's odd answer may raise. Loads the SDK."""
        import httpx2

        return (
            importlib.import_module(self.sdk).APIError,
            httpx2.HTTPError,
            httpx2.StreamError,
            aiohttp.ClientError,
            HubError,
            OSError,
            TimeoutError,
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
        )

    def failure(self, error: Exception) -> ModelError:
        """What went wrong, in words that hold neither the key nor the server's body."""
        import httpx2

        sdk = importlib.import_module(self.sdk)
        if isinstance(error, ModelError):
            return error
        name = self.provider
        if isinstance(error, sdk.APIStatusError) and error.status_code >= 300:
            return refusal(self, error.status_code, _code(error), error.response.headers)
        if isinstance(error, (sdk.APITimeoutError, httpx2.TimeoutException, TimeoutError)):
            return ModelError(f"The model server of {name} did not answer in time.")
        if (ours := _our_own(error)) is not None:
            return ModelError(str(ours), retryable=False)
        if isinstance(error, (sdk.APIConnectionError, httpx2.HTTPError, aiohttp.ClientError, OSError)):
            return ModelError(f"The model server of {name} cannot be reached, or hung up. Check {self.url_setting}.")
        if isinstance(error, sdk.APIError):
            code = _code(error)
            text = f"The model server of {name} reported a fault{_note(code)}."
            return ModelError(text, retryable=code not in _FINAL_CODES)
        return ModelError(f"The model server of {name} sent something that is not an answer.")


class Accessed(Protocol):
    """A server's name, and the settings to look at when it refuses."""

    provider: str
    key_setting: str
    url_setting: str


def refusal(access: Accessed, status: int, code: str | None, headers: Mapping[str, str]) -> ModelError:
    """What an answer that is a refusal means, and what to look at."""
    name, note = access.provider, _note(code)
    after = retry_after(headers)
    if status == 401:
        text = f"The model server of {name} refused the key{note}. Check {access.key_setting}."
    elif status == 403:
        text = f"The model server of {name} does not allow this{note}. Check what {access.key_setting} may use."
    elif status == 404:
        text = f"The model server of {name} does not know this model or address{note}. Check {access.url_setting}."
    elif status == 402 or (status == 429 and code in _FINAL_CODES):
        text = f"The account at {name} has no credit left{note}."
    elif status == 429:
        text = f"The model server of {name} asks for fewer requests{note}."
    elif status >= 500:
        text = f"The model server of {name} has trouble (status {status})."
    else:
        text = f"The model server of {name} did not take the request (status {status}){note}."
    retryable = (status in _RETRYABLE or status >= 500) and code not in _FINAL_CODES
    return ModelError(text, retryable=retryable, retry_after=after if retryable else None)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds a server asks to wait (RFC 9110, section 10.2.3: seconds or a date; also ``retry-after-ms``)."""
    try:
        if (millis := headers.get("retry-after-ms")) is not None:
            seconds = float(millis) / 1000
        elif (value := headers.get("retry-after")) is None:
            return None
        elif re.fullmatch(r"[0-9.]+", value.strip()):
            seconds = float(value)
        else:
            seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), _MAX_RETRY_AFTER) if math.isfinite(seconds) else None


def complained_about(error: Any, names: tuple[str, ...]) -> str | None:
    """Which of these request fields a 400 or 422 is about, if the server says so."""
    if getattr(error, "status_code", None) not in (400, 422):
        return None
    if (param := getattr(error, "param", None)) in names:
        return str(param)
    message = str(getattr(error, "message", error))
    return next((name for name in names if re.search(rf"\b{name}\b", message)), None)


def _our_own(error: BaseException) -> HubError | None:
    """Our session's own refusal (a blocked address, say), which the SDK hands on as a lost connection."""
    seen: BaseException | None = error
    for _ in range(5):
        if seen is None or isinstance(seen, HubError):
            return seen
        seen = seen.__cause__
    return None


def _code(error: Any) -> str | None:
    """The machine-readable word for an error: OpenAI's code or type, Anthropic's type."""
    body = getattr(error, "body", None)
    inner = body.get("error", body) if isinstance(body, Mapping) else {}
    told = (getattr(error, "code", None), getattr(error, "type", None))
    read = (inner.get("code"), inner.get("type")) if isinstance(inner, Mapping) else ()
    return next((word for word in (*told, *read) if isinstance(word, str)), None)


def _note(code: str | None) -> str:
    # Only a short machine-readable code is passed on: messages may quote the key or the prompt.
    return f" ({code})" if code and _SLUG.fullmatch(code) else ""
