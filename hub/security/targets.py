"""May this URL be called for a tenant? The rules, without a network: schemes, hosts, ports, resolved addresses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from yarl import URL

from hub.core.errors import BlockedAddress
from hub.security.addresses import Address, is_public

_OPEN_PORTS = frozenset({80, 443})
_MAX_URL = 4096
_AUTHORITY = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.-]*://([^/?#]*)")
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))+")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_INSIDE = frozenset(
    {
        *("localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "private"),
        *("onion", "test", "example", "invalid", "arpa"),
    }
)
"""Last labels of names that are never on the public internet (RFC 6761, RFC 6762, RFC 8375, and common habit)."""


class TargetRules:
    """The rules of one deployment. ``allow`` holds (host or CIDR, port) pairs that the operator permits besides."""

    def __init__(self, allow: Sequence[tuple[str, int]] = ()) -> None:
        self._hosts: set[tuple[str, int]] = set()
        self._networks: list[tuple[IPv4Network | IPv6Network, int]] = []
        for target, port in allow:
            try:
                self._networks.append((ip_network(target), port))
            except ValueError:
                self._hosts.add((target.lower(), port))

    def check_url(self, text: str) -> URL:
        """The URL, ready to be called. Raises ``BlockedAddress`` saying what is wrong with it."""
        url = _parse(text)
        host, port = url.raw_host or "", url.port or 0
        if (host, port) in self._hosts:
            return url
        if port not in _OPEN_PORTS and not any(port == allowed for _, allowed in self._networks):
            raise _refuse(f"Port {port} is not open to calls; use 80 or 443.")
        literal = _literal(host)
        if literal is not None:
            self.check_address(host, literal, port)
        else:
            _check_name(host)
        return url

    def permits(self, url: URL) -> bool:
        """Whether the operator named this very target, by host or by a network that holds its address."""
        host, port = url.raw_host or "", url.port or 0
        if (host, port) in self._hosts:
            return True
        literal = _literal(host)
        return literal is not None and any(port == allowed and literal in net for net, allowed in self._networks)

    def check_address(self, host: str, address: Address, port: int) -> None:
        """Raise ``BlockedAddress`` unless ``host`` may be called at this address, which it resolved to."""
        if (host, port) in self._hosts:
            return
        if any(port == allowed and address in network for network, allowed in self._networks):
            return
        if port not in _OPEN_PORTS or not is_public(address):
            raise _refuse(f"'{host}' leads to a private or reserved address.")


def parse_address(text: str) -> Address:
    """The address a resolver returned."""
    return ip_address(text)


def _parse(text: str) -> URL:
    if len(text) > _MAX_URL:
        raise _refuse(f"The address is longer than {_MAX_URL} characters.")
    if any(unicodedata.category(char) in {"Cc", "Cf", "Zs", "Zl", "Zp", "Cs"} for char in text) or "\\" in text:
        raise _refuse("The address holds spaces, backslashes or invisible characters.")
    authority = _AUTHORITY.match(text)
    if authority is None or not authority[1]:
        raise _refuse("The address must look like https://example.com/page.")
    if "@" in authority[1] or "%" in authority[1]:
        raise _refuse("The address must name a plain host, without a user name or escapes.")
    if not authority[1].isascii() and any(char in "\u3002\uff0e\uff61" for char in authority[1]):
        raise _refuse("The host must be written with ordinary dots.")
    try:
        url = URL(text)
        _ = url.port
    except ValueError:
        raise _refuse("The address cannot be read.") from None
    if url.scheme not in {"http", "https"}:
        raise _refuse("The address must start with https:// or http://.")
    if not url.raw_host or not url.port:
        raise _refuse("The address names no host.")
    return url.with_fragment(None)


def _literal(host: str) -> Address | None:
    """The address that ``host`` spells, None for a name. Refuses every spelling but the usual one."""
    if ":" in host:
        try:
            return IPv6Address(host)
        except ValueError:
            raise _refuse("The IPv6 address cannot be read.") from None
    if not _NUMBER.fullmatch(host.rpartition(".")[2]):
        return None
    # A last label that is a number makes the whole an IPv4 address (WHATWG URL, section 3.5): hex, octal, short forms.
    try:
        return IPv4Address(host)
    except ValueError:
        raise _refuse("The IPv4 address must be four decimal numbers.") from None


def _check_name(host: str) -> None:
    if not _HOST.fullmatch(host):
        raise _refuse("The host must be a full name, such as www.example.com.")
    if host.rpartition(".")[2] in _INSIDE:
        raise _refuse(f"'{host}' is a name inside a private network.")


def _refuse(reason: str) -> BlockedAddress:
    return BlockedAddress(f"{reason} The operator can permit single addresses with HUB_OUTBOUND_ALLOW.", field="url")
