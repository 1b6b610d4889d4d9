"""Fetching a customer's file: ask for its path, then stream it from the Bot API's own host alone.

The address holds the bot's token, so no redirect is followed and no host but the configured one is asked.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import aiohttp

from adapters.payloads import count, mapping, text
from adapters.telegram.capabilities import MAX_DOWNLOAD_BYTES
from hub.core.channels import FetchedMedia
from hub.core.errors import Invalid, Unavailable
from hub.core.messages import Media

_PATH = re.compile(r"[\w. -]+(?:/[\w. -]+)*")
_CHUNK = 65_536
_TIMEOUT = aiohttp.ClientTimeout(total=120, sock_connect=5, sock_read=20)
_TOO_LARGE = "Telegram hands over files of up to 20 MB; this one is larger."


def check_size(size: int | None) -> None:
    """Raise ``Invalid`` for a file that Telegram does not hand over."""
    if size is not None and size > MAX_DOWNLOAD_BYTES:
        raise Invalid(_TOO_LARGE, field="media")


def path_of(answer: Any) -> str:
    """The path in ``getFile``'s answer. Raises ``Invalid`` for one that leaves the file area."""
    check_size(count(mapping(answer).get("file_size")))
    path = text(mapping(answer).get("file_path")) or ""
    if not _PATH.fullmatch(path) or any(set(step) == {"."} for step in path.split("/")):
        raise Invalid("Telegram named no path that the file can be fetched from.", field="media")
    return path


async def open_download(
    session: aiohttp.ClientSession, api_url: str, token: str, path: str, media: Media, size: int | None
) -> FetchedMedia:
    """Begin the download. The stream closes the connection at its end, and breaks off past 20 MB."""
    url = f"{api_url}/file/bot{token}/{quote(path)}"
    try:
        answer = await session.get(url, timeout=_TIMEOUT, allow_redirects=False)
    except (TimeoutError, aiohttp.ClientError, OSError):
        raise Unavailable("Telegram's files cannot be reached; try again later.") from None
    if answer.status != 200:
        status = answer.status
        answer.close()
        if status in (400, 401, 403, 404, 410):
            raise Invalid("Telegram no longer has this file.", field="media")
        raise Unavailable(f"Telegram answered {status} instead of the file; try again later.")
    if (answer.content_length or 0) > MAX_DOWNLOAD_BYTES:
        answer.close()
        raise Invalid(_TOO_LARGE, field="media")
    claimed = answer.headers.get("Content-Type", "").partition(";")[0].strip()
    mime = media.mime or (claimed if claimed not in ("", "application/octet-stream") else None)
    name = media.name or path.rpartition("/")[2]
    return FetchedMedia(mime, answer.content_length or size, name, _chunks(answer))


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
