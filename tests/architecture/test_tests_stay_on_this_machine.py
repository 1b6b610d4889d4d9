"""The guard of the tests: loopback works, the outside does not, nor do paid services from a child process."""

import asyncio
import os
import socket

import pytest
from pytest_socket import SocketConnectBlockedError


def test_an_outside_address_is_refused():
    with socket.socket() as outside, pytest.warns(UserWarning), pytest.raises(SocketConnectBlockedError):
        outside.connect(("192.0.2.1", 443))


async def test_an_outside_name_is_not_even_looked_up():
    with pytest.raises(socket.gaierror, match=r"outside this machine.*api\.openai\.com"):
        await asyncio.get_running_loop().getaddrinfo("api.openai.com", 443)


async def test_loopback_and_unix_sockets_work(tmp_path):
    async def echo(reader, writer):
        writer.write(await reader.readline())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("localhost", port)
        writer.write(b"here\n")
        assert await reader.readline() == b"here\n"
        writer.close()
    async with await asyncio.start_unix_server(echo, tmp_path / "s"):
        reader, writer = await asyncio.open_unix_connection(tmp_path / "s")
        writer.write(b"there\n")
        assert await reader.readline() == b"there\n"
        writer.close()


def test_children_inherit_no_key_and_no_paid_address():
    assert [name for name in os.environ if name.endswith("_API_KEY")] == []
    for name in ("HUB_OPENAI_BASE_URL", "HUB_ANTHROPIC_BASE_URL", "OPENAI_BASE_URL", "https_proxy"):
        assert os.environ[name].startswith("http://127.0.0.1:")
