"""The one outbound HTTP client for addresses that tenants or the web name, and the session for trusted upstreams.

Every resolved address is checked and the connection goes to the checked one: the resolver stands inside the
connector, so nobody resolves twice. Redirects are followed by hand and checked like a first call.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import aiohttp
import orjson
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from hub.core.errors import BlockedAddress, TooLarge, Unavailable
from hub.security.targets import TargetRules, parse_address

USER_AGENT = "Switchboard (+https://github.com/switchboard-hub/switchboard)"
_MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHUNK = 65_536
_PLAIN_HEADERS = frozenset({"accept", "accept-language", "user-agent", "content-type", "content-encoding"})
"""What may follow a redirect to another origin. All else might be a secret (Authorization, x-api-key, a signature)."""
_ABSOLUTE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_BODY_HEADERS = ("content-type", "content-encoding", "content-length")


class CheckedResolver(AbstractResolver):
    """Resolves a name and refuses it unless every one of its addresses may be called."""

    def __init__(self, rules: TargetRules, inner: AbstractResolver) -> None:
        self._rules = rules
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of ``host``. Raises ``BlockedAddress`` when one of them is closed."""
        found = await self._inner.resolve(host, port, family)
        for result in found:
            self._rules.check_address(host, parse_address(result["host"]), port)
        return found

    async def close(self) -> None:
        """Close the resolver behind."""
        await self._inner.close()


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer whose body is still arriving. ``url`` is where redirects ended."""

    status: int
    url: str
    headers: CIMultiDictProxy[str]
    chunks: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole answer."""

    status: int
    url: str
    headers: CIMultiDictProxy[str]
    body: bytes


class OutboundClient:
    """Calls addresses that strangers named, safely. ``close`` it at the end.

    ``allow`` holds (host or CIDR, port) pairs the operator permits. ``resolver`` replaces the system's.
    """

    def __init__(
        self,
        *,
        allow: Sequence[tuple[str, int]] = (),
        seconds: float = 20.0,
        max_bytes: int = 10_000_000,
        connections: int = 50,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._rules = TargetRules(allow)
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._connections = connections
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None

    def check(self, url: str) -> str:
        """The URL in its normal form if its spelling may be called, before any look-up. Raises ``BlockedAddress``."""
        return str(self._rules.check_url(url))

    def permits(self, url: str) -> bool:
        """Whether the operator named this very target in the allow-list. Raises ``BlockedAddress`` as ``check``."""
        return self._rules.permits(self._rules.check_url(url))

    async def fetch(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        seconds: float | None = None,
        max_bytes: int | None = None,
        redirects: int = _MAX_REDIRECTS,
    ) -> Fetched:
        """Make one call and read its whole answer; raises what ``open`` raises."""
        async with self.open(
            method, url, headers=headers, body=body, seconds=seconds, max_bytes=max_bytes, redirects=redirects
        ) as reply:
            content = b"".join([chunk async for chunk in reply.chunks])
        return Fetched(reply.status, reply.url, reply.headers, content)

    @asynccontextmanager
    async def open(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        seconds: float | None = None,
        max_bytes: int | None = None,
        redirects: int = _MAX_REDIRECTS,
    ) -> AsyncIterator[Reply]:
        """Make one call; the body streams. ``seconds`` cover look-up, redirects and body together.

        With ``redirects`` 0 a redirect is an answer like any other. Raises ``BlockedAddress`` for an address that is
        not called, ``TooLarge`` past ``max_bytes`` of unpacked body, ``Unavailable`` when the other side does not
        answer, too late, or not in HTTP.
        """
        limit = self._max_bytes if max_bytes is None else max_bytes
        response: aiohttp.ClientResponse | None = None
        deadline = asyncio.timeout(self._seconds if seconds is None else seconds)
        try:
            async with deadline:
                with _in_our_words():
                    response = await self._follow(method.upper(), url, CIMultiDict(headers or {}), body, redirects)
                if (response.content_length or 0) > limit:
                    raise _too_large(limit)
                yield Reply(response.status, str(response.url), response.headers, _capped(response, limit))
        except TimeoutError:
            if not deadline.expired():
                raise
            raise Unavailable("The other side took too long to answer.") from None
        finally:
            if response is not None:
                response.close()

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    async def _follow(
        self, method: str, target: str, headers: CIMultiDict[str], body: bytes | None, redirects: int
    ) -> aiohttp.ClientResponse:
        url = self._rules.check_url(target)
        for remaining in range(redirects, -1, -1):
            response = await self._connected().request(
                method, url, headers=headers, data=body, allow_redirects=False, max_redirects=0
            )
            location = response.headers.get("Location")
            if response.status not in _REDIRECTS or not location or redirects == 0:
                return response
            response.close()
            if remaining == 0:
                break
            following = self._rules.check_url(_join(url, location))
            if response.status == 303 or (response.status in {301, 302} and method == "POST"):
                method, body = ("HEAD" if method == "HEAD" else "GET"), None
                for name in _BODY_HEADERS:
                    headers.popall(name, None)
            if following.origin() != url.origin():
                headers = CIMultiDict((k, v) for k, v in headers.items() if k.lower() in _PLAIN_HEADERS)
            url = following
        raise Unavailable(f"The other side redirects more than {redirects} times.")

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=CheckedResolver(self._rules, self._resolver or ThreadedResolver()),
                    use_dns_cache=False,
                    limit=self._connections,
                    limit_per_host=10,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": USER_AGENT},
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=10.0),
                trust_env=False,
            )
        return self._session


def trusted_session(*, connections: int = 200, total: float = 60.0, connect: float = 5.0) -> aiohttp.ClientSession:
    """The shared session for upstreams the operator set (platforms, models). Never for addresses of tenants.

    Call it inside the running loop. No cookies are kept and no proxy is read from the environment.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, ttl_dns_cache=30),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": USER_AGENT},
        timeout=aiohttp.ClientTimeout(total=total, sock_connect=connect),
        json_serialize=lambda value: orjson.dumps(value).decode(),
        trust_env=False,
    )


async def _capped(response: aiohttp.ClientResponse, limit: int) -> AsyncIterator[bytes]:
    size = 0
    while True:
        with _in_our_words():
            chunk = await response.content.read(_CHUNK)
        if not chunk:
            return
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        yield chunk


@contextmanager
def _in_our_words() -> Iterator[None]:
    """Turns what the network does into ``Unavailable``; our own errors and the deadline's pass."""
    try:
        yield
    except TimeoutError as error:
        if not isinstance(error, aiohttp.ServerTimeoutError):
            raise
        raise Unavailable("The other side took too long to answer.") from None
    except (aiohttp.ClientError, OSError) as error:
        raise Unavailable(f"The other side could not be reached ({type(error).__name__}).") from error


def _join(base: URL, location: str) -> str:
    # An absolute location is checked as it was written; yarl would tidy away what the check looks for.
    if _ABSOLUTE.match(location):
        return location
    if location.startswith("//"):
        return f"{base.scheme}:{location}"
    try:
        return str(base.join(URL(location)))
    except ValueError:
        raise BlockedAddress("The other side redirects to an address that cannot be read.", field="url") from None


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The answer is larger than {limit:,} bytes.")
