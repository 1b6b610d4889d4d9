"""Whose request this is: the client's address, believed only from proxies we trust."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp import web

Networks = Sequence[IPv4Network | IPv6Network]
ClientAddress = Callable[[web.Request], str]
_MOST_HOPS = 20


def client_address(trusted: Networks) -> ClientAddress:
    """A function from request to client address.

    ``X-Forwarded-For`` is read from the right and only as far as the hops are trusted proxies; every other
    header that claims an address is ignored. Without a trusted peer the peer itself is the client.
    """

    def address(request: web.Request) -> str:
        peer = request.remote or ""
        if not _is_trusted(peer, trusted):
            return peer
        hops = [h.strip() for line in request.headers.getall("X-Forwarded-For", ()) for h in line.split(",")]
        for hop in reversed(hops[-_MOST_HOPS:]):
            if not _is_address(hop):
                return peer
            peer = hop
            if not _is_trusted(hop, trusted):
                break
        return peer

    return address


def bucket(address: str) -> str:
    """The address as rate limits count it: an IPv6 client is its /64, for it can pick any address in there."""
    if not _is_address(address):
        return address
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(IPv6Network((int(parsed) >> 64 << 64, 64)))
    return str(parsed)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_trusted(text: str, trusted: Networks) -> bool:
    if not trusted or not _is_address(text):
        return False
    parsed = ip_address(text)
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return any(parsed.version == network.version and parsed in network for network in trusted)
