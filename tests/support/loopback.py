"""Keeps tests on this machine: no address but loopback, no name looked up outside, no key of a paid service.

Connections are held by pytest-socket (``--allow-hosts`` in pyproject.toml). Here are the two holes it leaves: the
resolver, and processes that tests start, which inherit the environment.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest

NOWHERE = "http://127.0.0.1:9"
"""Port 9 (discard): what goes here is refused at once."""

_UPSTREAMS = ("WHATSAPP_API_URL", "MESSENGER_API_URL", "SLACK_API_URL", "TELEGRAM_API_URL", "YOUTUBE_URL", "GITHUB_URL")
_MODELS = ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "OLLAMA_BASE_URL")
_KEPT = "HUB_TEST_"
_real_getaddrinfo = socket.getaddrinfo


def pytest_configure() -> None:
    for name in list(os.environ):
        if (name.startswith("HUB_") and not name.startswith(_KEPT)) or name.endswith(("_API_KEY", "_API_TOKEN")):
            del os.environ[name]
    for name in (*_UPSTREAMS, *_MODELS):
        os.environ[f"HUB_{name}"] = NOWHERE
    for name in _MODELS:
        os.environ[name] = NOWHERE
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        os.environ[name] = os.environ[name.upper()] = NOWHERE
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = "127.0.0.1,localhost,::1"


def is_local(host: Any) -> bool:
    """Whether looking this up asks nobody: a number, localhost, or no host at all."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host is None or host in {"", "localhost"} or str(host).endswith(".localhost"):
        return True
    try:
        ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return True


def _guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
    if is_local(host):
        return _real_getaddrinfo(host, *args, **kwargs)
    raise socket.gaierror(socket.EAI_NONAME, f"tests look up no names outside this machine ({host!r})")


@pytest.fixture(autouse=True, scope="session")
def _no_name_is_looked_up() -> Iterator[None]:
    socket.getaddrinfo = _guarded_getaddrinfo
    yield
    socket.getaddrinfo = _real_getaddrinfo
