"""Ports for servers that a test starts later, or stops and starts again at the same address.

Asking the kernel for any free port gives one that every outgoing connection on the machine may take as its own end the
moment it is let go. These lie below that range and are handed out once a run, whichever worker asks.
"""

from __future__ import annotations

import random
import socket

from support.test_run import run_folder, run_lock

_FIRST, _LAST = 12_000, 32_000
"""Below what Linux (32768), macOS and Windows (49152) take for outgoing connections."""


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on and nobody else in this run is given."""
    with run_lock("ports"):
        given = run_folder() / "ports.given"
        taken = set(given.read_text().split()) if given.exists() else set()
        for port in random.SystemRandom().sample(range(_FIRST, _LAST), 2000):
            if str(port) not in taken and _bindable(port):
                with given.open("a") as stream:
                    stream.write(f"{port}\n")
                return port
    raise RuntimeError(f"no port between {_FIRST} and {_LAST} is free")


def _bindable(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
