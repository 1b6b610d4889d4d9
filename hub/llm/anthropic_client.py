"""Anthropic's SDK over the shared session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hub.llm.sdk_access import SdkAccess

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

ANTHROPIC_URL = "https://api.anthropic.com"


@dataclass(slots=True)
class AnthropicAccess(SdkAccess["AsyncAnthropic"]):
    """A server that speaks Anthropic's Messages API."""

    sdk: ClassVar[str] = "anthropic"

    base_url: str = ANTHROPIC_URL
    provider: str = "anthropic"
    url_setting: str = "HUB_ANTHROPIC_BASE_URL"

    def _make(self) -> AsyncAnthropic:
        import httpx2
        from anthropic import AsyncAnthropic

        from hub.llm.transport import SessionTransport

        timeout = httpx2.Timeout(self.first_token, connect=min(10.0, self.first_token))
        client = AsyncAnthropic(
            api_key=self.api_key or "none",
            base_url=self.base_url,
            max_retries=0,
            timeout=timeout,
            http_client=httpx2.AsyncClient(
                transport=SessionTransport(self.session, anonymous=not self.api_key),
                trust_env=False,
                follow_redirects=False,
                timeout=timeout,
            ),
        )
        _ = client.messages  # loads its module here, off the loop
        return client
