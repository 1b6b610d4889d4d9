"""What the hub serves to browsers: the bubble's files to every site, the demo to itself, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from hub.http.app import build_app
from hub.http.frontend import DemoFacts, Frontend, model_note, render_demo
from hub.http.routes import Route

Client = TestClient[Any, Any]


def client_of(frontend: Frontend) -> Client:
    nobody: Any = object()
    routes: list[Route] = frontend.routes()
    return TestClient(
        TestServer(build_app(routes=routes, keys=nobody, tenants=nobody, idempotency=nobody, version="0"))
    )


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    (tmp_path / "widget.js").write_text("loader()")
    (tmp_path / "app-abc.js").write_text("app()")
    (tmp_path / "sizes.json").write_text("{}")
    (tmp_path / ".digest").write_text("secret")
    (tmp_path.parent / "outside.js").write_text("outside")
    async with client_of(Frontend(demo=DemoFacts("key", "https://hub.test"), widget=tmp_path)) as opened:
        yield opened


async def test_the_loader_may_be_embedded_anywhere_and_is_checked_again_soon(client: Client) -> None:
    answer = await client.get("/widget.js")
    assert await answer.text() == "loader()"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    again = await client.get("/widget.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304 and await again.read() == b""


async def test_the_app_never_changes_under_its_name(client: Client) -> None:
    answer = await client.get("/widget/app-abc.js")
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        "/widget/sizes.json",
        "/widget/.digest",
        "/widget/app-none.js",
        "/widget/..%2foutside.js",
        "/widget/app-..%2f..%2foutside.js",
        "/demo/index.html",
        "/demo/chat.html",
        "/demo/..%2ffrontend.py",
        "/chat/%22%3E%3Cscript%3E",
        "/chat/" + "x" * 65,
    ],
)
async def test_nothing_else_is_served(client: Client, path: str) -> None:
    answer = await client.get(path)
    assert answer.status == 404
    assert answer.content_type == "application/problem+json"


async def test_without_a_demo_there_is_no_demo(tmp_path: Path) -> None:
    async with client_of(Frontend(widget=tmp_path)) as client:
        assert (await client.get("/demo/")).status == 404
        assert (await client.get("/demo/demo.css")).status == 404
        assert (await client.get("/widget.js")).status == 404


async def test_the_demo_page_allows_no_inline_script_and_has_none(client: Client) -> None:
    answer = await client.get("/demo/")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy and "unsafe" not in policy
    page = await answer.text()
    assert 'data-site="key"' in page and "<style" not in page and " style=" not in page and "onclick" not in page


def test_facts_are_escaped() -> None:
    facts = DemoFacts('"><b>', "https://h", model="<i>m</i>", telegram='"><u>', links={"<s>": "/x"})
    page = render_demo("$site $hub $model_note $links $telegram", facts)
    assert not [tag for tag in ("<b>", "<i>", "<u>", "<s>") if tag in page]


def test_the_page_says_plainly_what_answers() -> None:
    assert "simulator" in model_note(DemoFacts("k", "h", model="sim-1", simulated=True))
    assert "No language model" in model_note(DemoFacts("k", "h"))
    assert "gpt-x" in model_note(DemoFacts("k", "h", model="gpt-x"))
