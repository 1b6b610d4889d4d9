"""OpenAI's SDK over the shared session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from hub.llm.sdk_access import SdkAccess

if TYPE_CHECKING:
    from openai import AsyncOpenAI

OPENAI_URL = "https://api.openai.com/v1"


@dataclass(slots=True)
class OpenAIAccess(SdkAccess["AsyncOpenAI"]):
    """A server that speaks OpenAI's API."""

    sdk: ClassVar[str] = "openai"

    base_url: str = OPENAI_URL
    provider: str = "openai"
    url_setting: str = "HUB_OPENAI_BASE_URL"

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
