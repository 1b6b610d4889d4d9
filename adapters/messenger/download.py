"""Fetching a customer's file from Meta's own hosts alone. Its address carries the permission: no token goes along."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import urljoin, urlsplit

import aiohttp

from adapters.messenger.capabilities import MAX_DOWNLOAD_BYTES
from hub.core.channels import FetchedMedia
from hub.core.errors import Invalid, Unavailable
from hub.core.messages import Media

_HOSTS: Final = (".fbcdn.net", ".fbsbx.com", ".facebook.com", ".cdninstagram.com")
_CHUNK: Final = 65_536
_REDIRECTS: Final = 3
_TIMEOUT = aiohttp.ClientTimeout(total=180, sock_connect=5, sock_read=20)
_TOO_LARGE: Final = "Files of up to 100 MB are fetched from Messenger; this one is larger."


def is_metas(url: str, api_url: str) -> bool:
    """Whether an address is at Meta: one of its file hosts by HTTPS, or the API's own origin."""
    try:
        asked, own = urlsplit(url), urlsplit(api_url)
        host, port = (asked.hostname or "").lower(), asked.port
        if (asked.scheme, host, port) == (own.scheme, (own.hostname or "").lower(), own.port):
            return asked.username is None
    except ValueError:
        return False
    at_meta = any(host.endswith(suffix) for suffix in _HOSTS)
    return asked.scheme == "https" and at_meta and port in (None, 443) and asked.username is None


async def open_download(session: aiohttp.ClientSession, api_url: str, media: Media) -> FetchedMedia:
    """Begin the download. The stream closes the connection at its end, and breaks off past 100 MB."""
    answer = await _opened(session, api_url, media.ref or "")
    if answer.status != 200:
        status = answer.status
        answer.close()
        if status in (400, 401, 403, 404, 410):
            raise Invalid("Meta no longer has this file: its link has expired.", field="media")
        raise Unavailable(f"Meta answered {status} instead of the file; try again later.")
    if (answer.content_length or 0) > MAX_DOWNLOAD_BYTES:
        answer.close()
        raise Invalid(_TOO_LARGE, field="media")
    claimed = answer.headers.get("Content-Type", "").partition(";")[0].strip()
    mime = media.mime or (claimed if claimed not in ("", "application/octet-stream") else None)
    path = urlsplit(str(answer.url)).path
    name = media.name or path.rpartition("/")[2][:120] or None
    return FetchedMedia(mime, answer.content_length, name, _chunks(answer))


async def _opened(session: aiohttp.ClientSession, api_url: str, url: str) -> aiohttp.ClientResponse:
    for _ in range(_REDIRECTS + 1):
        if not is_metas(url, api_url):
            raise Invalid("This file does not lie at Meta, so it is not fetched.", field="media")
        try:
            answer = await session.get(url, timeout=_TIMEOUT, allow_redirects=False)
        except (TimeoutError, aiohttp.ClientError, OSError):
            raise Unavailable("Meta's files cannot be reached; try again later.") from None
        if answer.status not in (301, 302, 303, 307, 308):
            return answer
        url = urljoin(str(answer.url), answer.headers.get("Location", ""))
        answer.close()
    raise Unavailable("Meta sends from one address to the next; try again later.")


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
