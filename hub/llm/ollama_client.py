"""Ollama's library over the shared session."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiohttp

from hub.core.errors import HubError, ModelError
from hub.llm.sdk_access import refusal

if TYPE_CHECKING:
    from ollama import AsyncClient

OLLAMA_URL = "http://127.0.0.1:11434"


@dataclass(slots=True)
class OllamaAccess:
    """An Ollama server: where, over whose session, how patiently (seconds; a model may first have to be loaded)."""

    session: aiohttp.ClientSession
    base_url: str = OLLAMA_URL
    api_key: str | None = field(default=None, repr=False)
    provider: str = "ollama"
    first_token: float = 60.0
    total: float = 300.0
    key_setting: str = "HUB_LLM_API_KEY"
    url_setting: str = "HUB_OLLAMA_BASE_URL"
    model_setting: str = "HUB_LLM_MODEL"
    _client: AsyncClient | None = field(default=None, init=False, repr=False)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)

    async def client(self) -> AsyncClient:
        """The library's client, made once, off the loop."""
        if self._client is None:
            async with self._lock:
                if self._client is None:
                    self._client = await asyncio.to_thread(self._make)
        return self._client

    def _make(self) -> AsyncClient:
        import httpx
        from httpx_aiohttp import AiohttpTransport
        from ollama import AsyncClient

        class SharedTransport(AiohttpTransport):
            """httpx over a session that somebody else owns and closes."""

            async def aclose(self) -> None:
                """Nothing to close."""

        return AsyncClient(
            host=self.base_url,
            # Always given, or the library would look for a key in the environment.
            headers={"authorization": f"Bearer {self.api_key or 'none'}"},
            transport=SharedTransport(client=self.session),
            timeout=httpx.Timeout(self.first_token, connect=min(10.0, self.first_token)),
            follow_redirects=False,
            trust_env=False,
        )

    def faults(self) -> tuple[type[Exception], ...]:
        """Everything the library, its transport or a server's odd answer may raise. Loads the library."""
        import httpx
        from ollama import RequestError, ResponseError

        odd = (ValueError, TypeError, KeyError, AttributeError)
        return (
            ResponseError,
            RequestError,
            httpx.HTTPError,
            httpx.StreamError,
            aiohttp.ClientError,
            HubError,
            OSError,
            *odd,
        )

    def failure(self, error: Exception) -> ModelError:
        """What went wrong, in words that do not hold the server's body."""
        import httpx
        from ollama import ResponseError

        if isinstance(error, ModelError):
            return error
        if isinstance(error, ResponseError) and error.status_code >= 300:
            if error.status_code == 404:
                text = f"Ollama does not have this model. Fetch it with 'ollama pull', or check {self.model_setting}."
                return ModelError(text, retryable=False)
            return refusal(self, error.status_code, None, {})
        if isinstance(error, ResponseError):
            return ModelError("Ollama reported a fault.")
        if isinstance(error, (httpx.TimeoutException, TimeoutError)):
            return ModelError(
                "Ollama did not answer in time. A large model may need longer, or a smaller one be wiser."
            )
        if isinstance(error, HubError):
            return ModelError(str(error), retryable=False)
        if isinstance(error, (httpx.HTTPError, aiohttp.ClientError, OSError)):
            text = f"Ollama cannot be reached, or hung up. Start it with 'ollama serve', and check {self.url_setting}."
            return ModelError(text)
        return ModelError("Ollama sent something that is not an answer.")
