"""Addresses to listen on: taken, shared, or refused in words."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence
from typing import Any

from hub.core.errors import HubError

BACKLOG = 1024
"""Connections that may wait to be taken."""


class PortTaken(HubError):
    """The wanted address cannot be listened on: mostly, something else does."""

    code = "port_taken"


def refuse_taken_port(host: str, port: int) -> None:
    """Raise ``PortTaken`` when nothing could listen there now. Listens to nothing itself."""
    for family, kind, proto, _, address in _addresses(host, port):
        with socket.socket(family, kind, proto) as probe:
            # As the server does it: an ended process's lingering connections hold no port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            try:
                probe.bind(address)
            except OSError as error:
                raise cannot_listen(host, port, error) from error


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen on every address of ``host``, for processes that share them. Raises ``PortTaken``."""
    sockets: list[socket.socket] = []
    try:
        for family, kind, proto, _, address in _addresses(host, port):
            taken = socket.socket(family, kind, proto)
            sockets.append(taken)
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            taken.bind(address)
            taken.listen(BACKLOG)
    except OSError as error:
        for taken in sockets:
            taken.close()
        raise cannot_listen(host, port, error) from error
    return sockets


def _addresses(host: str, port: int) -> Sequence[tuple[Any, Any, int, str, Any]]:
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise PortTaken(f"This machine has no address '{host}' to listen on. Choose another with --host.") from error


def cannot_listen(host: str, port: int, error: OSError) -> PortTaken:
    """The error in words, with the way out."""
    if error.errno == errno.EACCES:
        return PortTaken(f"Port {port} needs more rights than this user has. Choose one above 1023 with --port.")
    if error.errno == errno.EADDRNOTAVAIL:
        return PortTaken(f"This machine has no address '{host}' to listen on. Choose another with --host.")
    return PortTaken(f"Port {port} on {host} is taken. Stop what uses it, or choose another with --port.")
