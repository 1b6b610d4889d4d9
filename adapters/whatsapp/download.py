"""Fetching a customer's file: ask for its address by its id, then stream it.

The access token goes to WhatsApp's own hosts alone: the API's, and the one Meta documents for media. No redirect is
followed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

from adapters.payloads import count, mapping, text
from adapters.whatsapp.capabilities import MAX_DOWNLOAD_BYTES
from hub.core.channels import FetchedMedia
from hub.core.errors import Invalid, Unavailable
from hub.core.messages import Media

MEDIA_HOSTS: Final = frozenset({"lookaside.fbsbx.com"})
"""developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media"""

_CHUNK = 65_536
_TIMEOUT = aiohttp.ClientTimeout(total=300, sock_connect=5, sock_read=20)
_TOO_LARGE = "WhatsApp hands over files of up to 100 MB; this one is larger."


def address_of(answer: Any, api_url: str) -> str:
    """The file's address in WhatsApp's answer. Raises ``Invalid`` for one that the token must not be shown to."""
    url = text(mapping(answer).get("url")) or ""
    try:
        told, own = urlsplit(url), urlsplit(api_url)
        at_api = (told.scheme, told.hostname, told.port) == (own.scheme, own.hostname, own.port)
        at_media = told.scheme == "https" and told.hostname in MEDIA_HOSTS and told.port in (None, 443)
        trusted = (at_api or at_media) and told.username is None and told.password is None
    except ValueError:
        trusted = False
    if not trusted:
        raise Invalid("WhatsApp named an address for this file that is not its own.", field="media")
    return url


def check_size(size: int | None) -> None:
    """Raise ``Invalid`` for a file that is larger than WhatsApp hands over."""
    if size is not None and size > MAX_DOWNLOAD_BYTES:
        raise Invalid(_TOO_LARGE, field="media")


async def open_download(
    session: aiohttp.ClientSession, url: str, token: str, media: Media, answer: Any
) -> FetchedMedia:
    """Begin the download. The stream closes the connection at its end, and breaks off past 100 MB."""
    told = mapping(answer)
    headers = {"Authorization": f"Bearer {token}"}
    try:
        got = await session.get(url, headers=headers, timeout=_TIMEOUT, allow_redirects=False)
    except (TimeoutError, aiohttp.ClientError, OSError):
        raise Unavailable("WhatsApp's files cannot be reached; try again later.") from None
    if got.status != 200:
        status = got.status
        got.close()
        if status in (400, 403, 404, 410):
            raise Invalid("WhatsApp no longer has this file.", field="media")
        raise Unavailable(f"WhatsApp answered {status} instead of the file; try again later.")
    size = got.content_length or count(told.get("file_size"))
    try:
        check_size(size)
    except Invalid:
        got.close()
        raise
    mime = media.mime or text(told.get("mime_type"))
    return FetchedMedia(mime, size, media.name, _chunks(got))


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
