"""The outbound client reaches nothing private: hostile URLs, rebinding names, redirect chains, bombs, slow answers."""

import asyncio
import contextlib
import gzip
import socket
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver

from hub.core.errors import BlockedAddress, TooLarge, Unavailable
from hub.security.outbound import OutboundClient, trusted_session
from support.ports import free_port

HOSTILE = [
    line
    for line in (Path(__file__).parent / "hostile_urls.txt").read_text("utf-8").split("\n")
    if line and not line.startswith("# ")
]


class Names(AbstractResolver):
    """Answers each name with the next of its address lists; the last one stays. Unknown names are the canary."""

    def __init__(self, **names):
        self.names = {name.replace("_", "."): list(answers) for name, answers in names.items()}
        self.asked = []

    async def resolve(self, host, port=0, family=socket.AF_INET):
        self.asked.append(host)
        answers = self.names.get(host, [["127.0.0.1"]])
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
                "proto": 0,
                "flags": 0,
            }
            for address in addresses
        ]

    async def close(self):
        pass


class Sites:
    """A good site on 127.0.0.2 and a canary on 127.0.0.1 and ::1, all on one port. Every call is recorded."""

    def __init__(self):
        self.calls, self.canary, self.redirects, self.port = [], [], {}, 0

    async def good(self, request):
        self.calls.append((request.method, request.path, dict(request.headers), await request.read()))
        if request.path in self.redirects:
            status, target = self.redirects[request.path]
            return web.Response(status=status, headers={"Location": target.replace("{port}", str(self.port))})
        if request.path == "/large":
            return web.Response(body=b"x" * 50_000)
        if request.path == "/bomb":
            packed = gzip.compress(b"\0" * 20_000_000)
            return web.Response(body=packed, headers={"Content-Encoding": "gzip"})
        if request.path == "/slow":
            await asyncio.sleep(60)
        if request.path == "/endless":
            response = web.StreamResponse()
            await response.prepare(request)
            with contextlib.suppress(ConnectionError):
                while True:
                    await response.write(b"y" * 1000)
                    await asyncio.sleep(0.01)
            return response
        return web.Response(text="good", headers={"Set-Cookie": "a=b"})

    async def trap(self, request):
        self.canary.append(str(request.url))
        return web.Response(text="secret")


async def serve(handler, host, port):
    runner = web.AppRunner(web.Application(), access_log=None, shutdown_timeout=0.1)
    runner.app.router.add_route("*", "/{path:.*}", handler)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner


@pytest.fixture
async def sites():
    sites = Sites()
    sites.port = free_port()
    runners = [await serve(sites.good, "127.0.0.2", sites.port)]
    runners.append(await serve(sites.trap, "127.0.0.1", sites.port))
    with contextlib.suppress(OSError):  # a machine without IPv6
        runners.append(await serve(sites.trap, "::1", sites.port))
    yield sites
    for runner in runners:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def client(sites, *, allow=(), names=None, **limits):
    """A client whose rules leave the canary's port open, so that the addresses alone protect it."""
    made = OutboundClient(
        allow=[("127.0.0.2/32", sites.port), *allow], resolver=names or Names(good_com=[["127.0.0.2"]]), **limits
    )
    try:
        yield made
    finally:
        await made.close()


def test_the_corpus_is_large_enough():
    assert len(set(HOSTILE)) == len(HOSTILE) >= 120


async def test_hostile_urls_are_refused_and_the_canary_sees_nothing(sites):
    let_through = []
    async with client(sites) as outbound:
        for line in HOSTILE:
            for method in ("GET", "POST"):
                try:
                    await outbound.fetch(method, line.replace("{port}", str(sites.port)), seconds=5)
                    let_through.append(line)
                except BlockedAddress as refusal:
                    assert str(refusal).isprintable()
                except Exception as error:
                    let_through.append(f"{line} -> {error!r}")
    assert (let_through, sites.canary) == ([], [])


async def test_the_operator_can_permit_what_is_refused_by_default(sites):
    async with client(sites, allow=[("127.0.0.1/32", sites.port), ("model.internal", sites.port)]) as outbound:
        assert (await outbound.fetch("GET", f"http://127.0.0.1:{sites.port}/a")).body == b"secret"
        assert (await outbound.fetch("GET", f"http://model.internal:{sites.port}/b")).body == b"secret"
        with pytest.raises(BlockedAddress):
            await outbound.fetch("GET", "http://model.internal/")
        with pytest.raises(BlockedAddress):
            await outbound.fetch("GET", "http://127.0.0.1/")
    assert len(sites.canary) == 2


@pytest.mark.parametrize(
    "url",
    [
        "https://www.example.com/a?b=c#d",
        "http://example.org",
        "https://münchen.de/",
        "https://8.8.8.8/",
        "https://[2606:4700:4700::1111]/",
        "https://a-b.example.co.uk:443/x%20y",
        "http://example.com:80/?q=http://127.0.0.1/",
        "https://example.com/user@127.0.0.1",
    ],
)
def test_ordinary_addresses_pass(url):
    assert OutboundClient().check(url).startswith("http")


async def test_a_name_is_looked_up_once_and_the_checked_address_is_called(sites):
    names = Names(flip_com=[["127.0.0.2"], ["127.0.0.1"]])
    async with client(sites, names=names) as outbound:
        assert (await outbound.fetch("GET", f"http://flip.com:{sites.port}/")).body == b"good"
        assert names.asked == ["flip.com"]
    async with client(sites, names=names) as outbound:
        with pytest.raises(BlockedAddress):
            await outbound.fetch("GET", f"http://flip.com:{sites.port}/")
    assert sites.canary == []


@pytest.mark.parametrize("addresses", [["127.0.0.2", "127.0.0.1"], ["127.0.0.1", "127.0.0.2"], ["127.0.0.2", "::1"]])
async def test_one_closed_address_among_several_closes_the_name(sites, addresses):
    async with client(sites, names=Names(mixed_com=[addresses])) as outbound:
        with pytest.raises(BlockedAddress):
            await outbound.fetch("GET", f"http://mixed.com:{sites.port}/")
    assert (sites.canary, sites.calls) == ([], [])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:{port}/",
        "http://attacker.com:{port}/",
        "//127.0.0.1:{port}/",
        "//attacker.com:{port}/",
        "http://[::1]:{port}/",
        "http://2130706433:{port}/",
        "http://good.com@127.0.0.1:{port}/",
        "http:\\\\127.0.0.1:{port}\\",
        "file:///etc/passwd",
        "gopher://127.0.0.1:{port}/",
        "http:///127.0.0.1:{port}/",
        "http:127.0.0.1:{port}",
    ],
)
async def test_a_redirect_is_checked_like_a_first_call(sites, status, target):
    sites.redirects = {"/": (307, "/two"), "/two": (307, "http://good.com:{port}/three"), "/three": (status, target)}
    async with client(sites) as outbound:
        with pytest.raises(BlockedAddress):
            await outbound.fetch("POST", f"http://good.com:{sites.port}/", body=b"x")
    assert sites.canary == []
    assert [path for _, path, _, _ in sites.calls] == ["/", "/two", "/three"]


async def test_redirects_end(sites):
    sites.redirects = {f"/{n}": (302, f"/{n + 1}") for n in range(20)}
    async with client(sites) as outbound:
        assert (await outbound.fetch("GET", f"http://good.com:{sites.port}/15")).body == b"good"
        with pytest.raises(Unavailable, match="redirects more than 5"):
            await outbound.fetch("GET", f"http://good.com:{sites.port}/0")
        assert [path for _, path, _, _ in sites.calls][-6:] == [f"/{n}" for n in range(6)]
        kept = await outbound.fetch("GET", f"http://good.com:{sites.port}/0", redirects=0)
        assert (kept.status, kept.headers["Location"]) == (302, "/1")


async def test_secrets_do_not_follow_a_redirect_to_another_host(sites):
    names = Names(good_com=[["127.0.0.2"]], other_com=[["127.0.0.2"]])
    sites.redirects = {"/here": (307, "/there"), "/away": (307, "http://other.com:{port}/there")}
    secret = {"Authorization": "Bearer s", "X-Api-Key": "s", "Cookie": "s", "Accept": "text/html"}
    async with client(sites, names=names) as outbound:
        for path in ("/here", "/away"):
            reply = await outbound.fetch("POST", f"http://good.com:{sites.port}{path}", headers=secret, body=b"x")
    assert reply.url == f"http://other.com:{sites.port}/there"
    same, away = (headers for _, path, headers, _ in sites.calls if path == "/there")
    assert same.items() >= secret.items()
    assert away["Accept"] == "text/html"
    assert not {"Authorization", "X-Api-Key", "Cookie"} & set(away)


async def test_a_303_becomes_a_get_without_a_body_and_a_307_keeps_both(sites):
    sites.redirects = {"/a": (303, "/end"), "/b": (307, "/end"), "/c": (302, "/end")}
    async with client(sites) as outbound:
        for path in "abc":
            await outbound.fetch(
                "POST", f"http://good.com:{sites.port}/{path}", body=b"{}", headers={"Content-Type": "application/json"}
            )
    ends = [(method, body, "Content-Type" in headers) for method, path, headers, body in sites.calls if path == "/end"]
    assert ends == [("GET", b"", False), ("POST", b"{}", True), ("GET", b"", False)]


async def test_cookies_and_proxies_of_the_environment_are_not_used(sites, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{sites.port}")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{sites.port}")
    async with client(sites) as outbound:
        for _ in range(2):
            await outbound.fetch("GET", f"http://good.com:{sites.port}/")
    assert sites.canary == []
    assert not any("Cookie" in headers for _, _, headers, _ in sites.calls)


async def test_size_is_capped_declared_streamed_or_unpacked(sites):
    async with client(sites, max_bytes=10_000) as outbound:
        for path in ("large", "bomb", "endless"):
            with pytest.raises(TooLarge):
                await outbound.fetch("GET", f"http://good.com:{sites.port}/{path}")
        assert (
            len((await outbound.fetch("GET", f"http://good.com:{sites.port}/large", max_bytes=50_000)).body) == 50_000
        )


@pytest.mark.parametrize("path", ["slow", "endless"])
async def test_time_is_capped_over_the_whole_call(sites, path):
    async with client(sites) as outbound:
        begun = asyncio.get_running_loop().time()
        with pytest.raises(Unavailable, match="too long"):
            await outbound.fetch("GET", f"http://good.com:{sites.port}/{path}", seconds=0.3)
        assert asyncio.get_running_loop().time() - begun < 30


async def test_a_caller_s_own_error_stays_its_own(sites):
    async with client(sites) as outbound:
        with pytest.raises(OSError, match="disk full"):
            async with outbound.open("GET", f"http://good.com:{sites.port}/"):
                raise OSError("disk full")


async def test_nobody_there_is_unavailable(sites):
    with socket.socket() as probe:
        probe.bind(("127.0.0.2", 0))
        port = probe.getsockname()[1]
    async with client(sites, allow=[("127.0.0.2/32", port)]) as outbound:
        with pytest.raises(Unavailable):
            await outbound.fetch("GET", f"http://good.com:{port}/")


async def test_the_trusted_session_reaches_what_the_operator_set_and_keeps_no_cookies(sites):
    async with trusted_session() as session:
        for _ in range(2):
            async with session.post(f"http://127.0.0.2:{sites.port}/", json={"a": 1}) as reply:
                assert await reply.text() == "good"
    assert sites.calls[-1][3] == b'{"a":1}'
    assert "Cookie" not in sites.calls[-1][2]
