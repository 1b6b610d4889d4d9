"""Fetching a customer's file: streamed from Slack's hosts alone, for they get to see the bot's token."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urljoin

import aiohttp

from adapters.slack.capabilities import MAX_DOWNLOAD_BYTES
from adapters.slack.hosts import is_slacks
from hub.core.channels import FetchedMedia
from hub.core.errors import Invalid, Unavailable
from hub.core.messages import Media

_CHUNK = 65_536
_HOPS = 3
_TIMEOUT = aiohttp.ClientTimeout(total=300, sock_connect=5, sock_read=20)
_TOO_LARGE = f"The hub keeps files of up to {MAX_DOWNLOAD_BYTES // 1_000_000} MB; this one is larger."
_NO_ACCESS = "Slack does not hand over this file; the app needs the permission files:read."


def check_size(size: int | None) -> None:
    """Raise ``Invalid`` for a file that is too large to keep."""
    if size is not None and size > MAX_DOWNLOAD_BYTES:
        raise Invalid(_TOO_LARGE, field="media")


async def open_download(
    session: aiohttp.ClientSession, api_url: str, token: str, url: str, media: Media
) -> FetchedMedia:
    """Begin the download. The stream closes the connection at its end, and breaks off past the limit."""
    answer = await _follow(session, api_url, token, url)
    if answer.status != 200:
        status = answer.status
        answer.close()
        if status in (400, 401, 403, 404, 410):
            raise Invalid("Slack no longer has this file, or does not let the bot see it.", field="media")
        raise Unavailable(f"Slack answered {status} instead of the file; try again later.")
    claimed = answer.content_type
    if claimed == "text/html" and media.mime != "text/html":
        answer.close()  # the sign-in page, which Slack shows instead of saying no
        raise Invalid(_NO_ACCESS, field="media")
    if (answer.content_length or 0) > MAX_DOWNLOAD_BYTES:
        answer.close()
        raise Invalid(_TOO_LARGE, field="media")
    mime = media.mime or (claimed if claimed != "application/octet-stream" else None)
    name = media.name or answer.url.name or None
    return FetchedMedia(mime, answer.content_length or media.size, name, _chunks(answer))


async def _follow(session: aiohttp.ClientSession, api_url: str, token: str, url: str) -> aiohttp.ClientResponse:
    for _ in range(_HOPS):
        if not is_slacks(url, api_url):
            raise Invalid("This file does not lie at Slack, so the bot does not ask for it.", field="media")
        headers = {"Authorization": f"Bearer {token}"}
        try:
            answer = await session.get(url, headers=headers, timeout=_TIMEOUT, allow_redirects=False)
        except (TimeoutError, aiohttp.ClientError, OSError):
            raise Unavailable("Slack's files cannot be reached; try again later.") from None
        if answer.status not in (301, 302, 303, 307, 308):
            return answer
        url = urljoin(url, answer.headers.get("Location", ""))
        answer.close()
    raise Invalid(_NO_ACCESS, field="media")


async def _chunks(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    received = 0
    try:
        async for chunk in answer.content.iter_chunked(_CHUNK):
            received += len(chunk)
            if received > MAX_DOWNLOAD_BYTES:
                raise Invalid(_TOO_LARGE, field="media")
            yield chunk
    except (TimeoutError, aiohttp.ClientError, OSError):
        raise Unavailable("The download broke off; try again later.") from None
    finally:
        answer.close()
