"""The vendors' SDKs speak httpx2; this carries their requests over the one shared aiohttp session.

One session means one connection pool, one resolver, one guard. The SDK's own aiohttp client would open a
session of its own. Imported only when a vendor's model is first used, since httpx2 is not free to import.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import aiohttp
import httpx2

MAX_ANSWER_BYTES = 96 * 1024 * 1024
"""The largest answer read: 2,048 vectors of 3,072 numbers in base64 are 34 MB, as JSON numbers twice that."""

_READ_BYTES = 64 * 1024


class SessionTransport(httpx2.AsyncBaseTransport):
    """Sends over an aiohttp session that belongs to somebody else: it never closes it, follows no redirect."""

    def __init__(
        self, session: aiohttp.ClientSession, *, anonymous: bool = False, max_bytes: int = MAX_ANSWER_BYTES
    ) -> None:
        self._session = session
        self._max_bytes = max_bytes
        # aiohttp counts the body itself. The SDK insists on a key even where a server wants none.
        self._unsent = {"content-length", "authorization"} if anonymous else {"content-length"}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request; the answer's body is read as it arrives. Raises httpx2's transport errors."""
        limits = request.extensions.get("timeout", {})
        timeout = aiohttp.ClientTimeout(
            total=None, connect=limits.get("pool"), sock_connect=limits.get("connect"), sock_read=limits.get("read")
        )
        with _errors(request):
            answer = await self._session.request(
                request.method,
                str(request.url),
                headers=[
                    (name, value) for name, value in request.headers.multi_items() if name.lower() not in self._unsent
                ],
                data=await request.aread() or None,
                allow_redirects=False,
                auto_decompress=False,
                timeout=timeout,
            )
        return httpx2.Response(
            answer.status,
            headers=list(answer.raw_headers),
            stream=_Body(answer, request, self._max_bytes),
            request=request,
            extensions={"http_version": b"HTTP/1.1"},
        )


class _Body(httpx2.AsyncByteStream):
    def __init__(self, answer: aiohttp.ClientResponse, request: httpx2.Request, max_bytes: int) -> None:
        self._answer = answer
        self._request = request
        self._left = max_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _errors(self._request):
            while piece := await self._answer.content.read(_READ_BYTES):
                self._left -= len(piece)
                if self._left < 0:
                    raise httpx2.ReadError("The answer is too large.", request=self._request)
                yield piece

    async def aclose(self) -> None:
        # Back to the pool when read to the end; otherwise the connection is closed, which tells the server to stop.
        if self._answer.content.at_eof():
            self._answer.release()
        else:
            self._answer.close()


@contextmanager
def _errors(request: httpx2.Request) -> Iterator[None]:
    try:
        yield
    except aiohttp.ServerTimeoutError as error:
        raise httpx2.TimeoutException(str(error), request=request) from error
    except aiohttp.ClientConnectorError as error:
        raise httpx2.ConnectError(str(error), request=request) from error
    except aiohttp.InvalidURL as error:
        raise httpx2.UnsupportedProtocol(str(error), request=request) from error
    except (aiohttp.ClientError, OSError) as error:
        raise httpx2.ReadError(str(error), request=request) from error
