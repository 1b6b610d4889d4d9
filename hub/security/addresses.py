"""Which internet addresses are public. Everything the special-purpose registries list otherwise is not.

Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), RFC 6052 (NAT64), RFC 3056 (6to4),
RFC 4380 (Teredo), RFC 5214 (ISATAP), and the metadata addresses of the large clouds.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_network

Address = IPv4Address | IPv6Address

_GLOBAL_UNICAST = ip_network("2000::/3")
_CLOSED = tuple(
    ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        # Azure's host agent: the one metadata address that lies among public ones.
        "168.63.129.16/32",
        # Teredo, ORCHID and other protocol assignments; documentation; 6to4.
        *("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
)
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})


def is_public(address: Address) -> bool:
    """Whether ``address`` is an ordinary public unicast address, with no other address hidden inside."""
    if any(address.version == network.version and address in network for network in _CLOSED):
        return False
    if isinstance(address, IPv6Address):
        if address not in _GLOBAL_UNICAST or address.scope_id is not None:
            return False
        if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP:
            return False
    return address.is_global and not address.is_multicast
