"""The openai SDK, loaded when first used, over the shared session; and its failures in our words."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import aiohttp

from hub.core.errors import HubError, ModelError

if TYPE_CHECKING:
    from openai import AsyncOpenAI

OPENAI_URL = "https://api.openai.com/v1"

_SLUG = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_RETRYABLE = frozenset({408, 409, 425, 429})
_FINAL_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
_MAX_RETRY_AFTER = 3600.0


@dataclass(slots=True)
class OpenAIAccess:
    """A server that speaks OpenAI's API: where, with which key, over whose session, how patiently.

    ``first_token`` bounds the seconds until an answer begins, and any later silence; ``total`` bounds the
    whole call. ``provider`` is the name used in usage and in messages; ``key_setting`` and ``url_setting``
    are the settings that an operator would look at when the server refuses.
    """

    session: aiohttp.ClientSession
    api_key: str | None = field(default=None, repr=False)
    base_url: str = OPENAI_URL
    provider: str = "openai"
    first_token: float = 20.0
    total: float = 120.0
    key_setting: str = "HUB_LLM_API_KEY"
    url_setting: str = "HUB_OPENAI_BASE_URL"
    _client: AsyncOpenAI | None = field(default=None, init=False, repr=False)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)

    async def client(self) -> AsyncOpenAI:
        """The SDK's client, made once. The import takes most of a second, so it runs in a thread."""
        if self._client is None:
            async with self._lock:
                if self._client is None:
                    self._client = await asyncio.to_thread(self._make)
        return self._client

    def _make(self) -> AsyncOpenAI:
        import httpx2
        from openai import AsyncOpenAI, Omit

        from hub.llm.transport import SessionTransport

        # The SDK would take organisation and project from the environment; only hub.run reads that.
        headers: dict[str, Any] = {"OpenAI-Organization": Omit(), "OpenAI-Project": Omit()}
        timeout = httpx2.Timeout(self.first_token, connect=min(10.0, self.first_token))
        client = AsyncOpenAI(
            api_key=self.api_key or "none",
            base_url=self.base_url,
            max_retries=0,
            timeout=timeout,
            default_headers=headers,
            http_client=httpx2.AsyncClient(
                transport=SessionTransport(self.session, anonymous=not self.api_key),
                trust_env=False,
                follow_redirects=False,
                timeout=timeout,
            ),
        )
        _ = client.chat.completions, client.embeddings  # loads their modules here, off the loop
        return client

    def failure(self, error: Exception) -> ModelError:
        """What went wrong, in words that hold neither the key nor the server's body."""
        import httpx2
        import openai

        if isinstance(error, ModelError):
            return error
        name = self.provider
        if isinstance(error, openai.APIStatusError):
            return self._refusal(error)
        if isinstance(error, (openai.APITimeoutError, httpx2.TimeoutException, TimeoutError)):
            return ModelError(f"The model server of {name} did not answer in time.")
        if (ours := _our_own(error)) is not None:
            return ModelError(str(ours), retryable=False)
        if isinstance(error, (openai.APIConnectionError, httpx2.HTTPError, aiohttp.ClientError, OSError)):
            return ModelError(f"The model server of {name} cannot be reached, or hung up. Check {self.url_setting}.")
        if isinstance(error, openai.APIError):
            note = _note(error)
            return ModelError(f"The model server of {name} reported a fault{note}.", retryable=_hopeful(error.code))
        return ModelError(f"The model server of {name} sent something that is not an answer.")

    def _refusal(self, error: Any) -> ModelError:
        status: int = error.status_code
        name, note = self.provider, _note(error)
        after = retry_after(error.response.headers)
        if status == 401:
            text = f"The model server of {name} refused the key{note}. Check {self.key_setting}."
        elif status == 403:
            text = f"The model server of {name} does not allow this{note}. Check what {self.key_setting} may use."
        elif status == 404:
            text = f"The model server of {name} does not know this model or address{note}. Check {self.url_setting}."
        elif status == 429 and error.code in _FINAL_CODES:
            text = f"The account at {name} has no credit left{note}."
        elif status == 429:
            text = f"The model server of {name} asks for fewer requests{note}."
        elif status >= 500:
            text = f"The model server of {name} has trouble (status {status})."
        else:
            text = f"The model server of {name} did not take the request (status {status}){note}."
        retryable = (status in _RETRYABLE or status >= 500) and _hopeful(error.code)
        return ModelError(text, retryable=retryable, retry_after=after if retryable else None)


def vendor_faults() -> tuple[type[Exception], ...]:
    """Everything the SDK, its transport or a server's odd answer may raise. Loads the SDK."""
    import httpx2
    import openai

    return (
        openai.OpenAIError,
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
    if error.param in names:
        return str(error.param)
    message = str(error.message)
    return next((name for name in names if re.search(rf"\b{name}\b", message)), None)


def _our_own(error: BaseException) -> HubError | None:
    """Our session's own refusal (a blocked address, say), which the SDK hands on as a lost connection."""
    seen: BaseException | None = error
    for _ in range(5):
        if seen is None or isinstance(seen, HubError):
            return seen
        seen = seen.__cause__
    return None


def _hopeful(code: str | None) -> bool:
    return code not in _FINAL_CODES


def _note(error: Any) -> str:
    # Only a short machine-readable code is passed on: messages may quote the key or the prompt.
    code = error.code or error.type
    return f" ({code})" if isinstance(code, str) and _SLUG.fullmatch(code) else ""
