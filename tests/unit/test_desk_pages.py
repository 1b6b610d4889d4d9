"""How the desk reaches browsers: one page for every address below /admin/, its files, its policy, and nothing else."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from hub.http.app import build_app
from hub.http.desk_pages import DeskPages

Client = TestClient[Any, Any]


def client_of(folder: Path) -> Client:
    nobody: Any = object()
    routes = DeskPages(folder=folder).routes()
    app = build_app(routes=routes, keys=nobody, tenants=nobody, idempotency=nobody, version="0")
    return TestClient(TestServer(app), auto_decompress=False)


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    folder = tmp_path / "admin"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<title>desk</title>")
    (folder / "theme.js").write_text("theme()")
    (folder / "assets" / "index-a1.js").write_text("app()" * 100)
    (folder / "sizes.json").write_text("{}")
    (folder / ".digest").write_text("secret")
    (tmp_path / "outside.js").write_text("outside")
    async with client_of(folder) as opened:
        yield opened


@pytest.mark.parametrize("path", ["/admin/", "/admin/demo/inbox/mine", "/admin/sign-in", "/admin/demo/inbox/mine/x.y"])
async def test_every_address_is_the_one_page_under_a_strict_policy(client: Client, path: str) -> None:
    answer = await client.get(path)
    assert answer.status == 200
    assert b"<title>desk" in gzip.decompress(await answer.read())
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "*" not in policy and "http" not in policy
    assert answer.headers["Cache-Control"] == "no-cache"


async def test_files_with_a_digest_in_their_name_are_kept_for_ever_and_go_out_packed(client: Client) -> None:
    answer = await client.get("/admin/assets/index-a1.js")
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert gzip.decompress(await answer.read()) == b"app()" * 100
    plain = await client.get("/admin/assets/index-a1.js", headers={"Accept-Encoding": "identity"})
    assert await plain.read() == b"app()" * 100
    again = await client.get("/admin/assets/index-a1.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304 and await again.read() == b""


async def test_files_without_one_are_asked_for_again(client: Client) -> None:
    assert (await client.get("/admin/theme.js")).headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    ["/admin/assets/gone-b2.js", "/admin/sizes.json", "/admin/..%2foutside.js", "/admin/assets/..%2f..%2foutside.js"],
)
async def test_nothing_else_is_served(client: Client, path: str) -> None:
    answer = await client.get(path)
    assert answer.status == 404
    assert answer.content_type == "application/problem+json"


async def test_the_address_without_its_slash_leads_on(client: Client) -> None:
    answer = await client.get("/admin", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (308, "/admin/")


async def test_a_hub_without_the_built_desk_says_so(tmp_path: Path) -> None:
    async with client_of(tmp_path) as client:
        answer = await client.get("/admin/")
        assert answer.status == 404
        assert "not built" in (await answer.json())["detail"]
