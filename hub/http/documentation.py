"""The demo's documentation as pages, so that a citation's link opens the passage's own document."""

from __future__ import annotations

import asyncio
import re
from html import escape
from itertools import pairwise
from pathlib import Path

from aiohttp import web

from hub.core.errors import NotFound
from hub.http.access import PUBLIC
from hub.http.frontend import DEMO_CSP
from hub.http.routes import Route

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_PICTURES = {".svg": "image/svg+xml", ".png": "image/png"}
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - Switchboard</title>
<link rel="icon" href="/demo/mark.svg" type="image/svg+xml">
<link rel="stylesheet" href="/demo/demo.css">
</head>
<body>
<header class="top">
  <a class="brand" href="/demo/"><img src="/demo/mark.svg" alt="" width="28" height="28">Switchboard</a>
  <nav aria-label="Documentation">
    <a href="/demo/docs/quickstart.md">Quickstart</a>
    <a href="/demo/docs/faq.md">Questions</a>
    <a href="/demo/docs/reference/commands.md">Commands</a>
    <a href="/demo/docs/architecture.md">Architecture</a>
    <a href="/api/docs">API</a>
  </nav>
</header>
<main class="document">
{body}
</main>
</body>
</html>
"""


class DocumentationPages:
    """Serves a folder of Markdown files. Nothing outside the folder, and nothing but Markdown and pictures."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def page(self, name: str) -> web.Response:
        return await self._answer(name)

    async def page_in_folder(self, folder: str, name: str) -> web.Response:
        return await self._answer(folder, name)

    async def _answer(self, *names: str) -> web.Response:
        if not all(_NAME.fullmatch(name) for name in names):
            raise NotFound("There is no such page.")
        path = self._folder.joinpath(*names)
        kind = _PICTURES.get(path.suffix)
        if kind is None and path.suffix != ".md":
            raise NotFound("There is no such page.")
        try:
            content = await asyncio.to_thread(path.read_bytes)
        except OSError:
            raise NotFound("There is no such page.") from None
        if kind is None:
            content = (await asyncio.to_thread(_rendered, content.decode())).encode()
        headers = {"Content-Security-Policy": DEMO_CSP, "Cache-Control": "no-cache"}
        return web.Response(
            body=content, content_type=kind or "text/html", charset=None if kind else "utf-8", headers=headers
        )

    def routes(self) -> list[Route]:
        """The routes of this file."""
        return [
            Route(
                method="GET",
                path=path,
                handler=handler,
                access=PUBLIC,
                summary="A page of the documentation",
                hidden=True,
            )
            for path, handler in (
                ("/demo/docs/{name}", self.page),
                ("/demo/docs/{folder}/{name}", self.page_in_folder),
            )
        ]


def _rendered(markdown: str) -> str:
    from markdown_it import MarkdownIt

    title = next((line[2:] for line in markdown.splitlines() if line.startswith("# ")), "Documentation")
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(_COMMENT.sub("", markdown))
    for opened, words in pairwise(tokens):
        if opened.type == "heading_open":
            opened.attrSet("id", _anchor(words.content))
    body = parser.renderer.render(tokens, parser.options, {})
    return _PAGE.format(title=escape(title), body=body)


def _anchor(heading: str) -> str:
    """The name under which other pages link to a heading, as code hosts make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
