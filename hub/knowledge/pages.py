"""Fetching the page or file a tenant names, through the one outbound client."""

from __future__ import annotations

from hub.core.errors import Invalid, Unavailable
from hub.knowledge.library import Page
from hub.security.outbound import OutboundClient

_SECONDS = 30.0


class PageFetcher:
    """``FetchPage`` over the outbound client: every address on the way is checked, redirects included."""

    def __init__(self, *, client: OutboundClient) -> None:
        self._client = client

    async def __call__(self, url: str, max_bytes: int) -> Page:
        """The page. Raises ``BlockedAddress``, ``Unavailable``, ``TooLarge``, or ``Invalid`` where nothing is to be
        read at this address."""
        fetched = await self._client.fetch("GET", url, seconds=_SECONDS, max_bytes=max_bytes)
        if fetched.status in (401, 403, 404, 410):
            raise Invalid(f"This address answers {fetched.status}: there is nothing for the hub to read.", field="url")
        if fetched.status != 200:
            raise Unavailable(f"This address answers {fetched.status}. Try again later.")
        if not fetched.body:
            raise Invalid("This address answers with nothing.", field="url")
        mime = fetched.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return Page(fetched.body, mime, fetched.url)
