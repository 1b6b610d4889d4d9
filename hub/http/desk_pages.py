"""The desk as browsers load it: one page for every address below ``/admin/``, and the files it is made of."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from hub.core.errors import NotFound
from hub.http.access import PUBLIC, Call
from hub.http.routes import Route

BUILT = Path(__file__).parent / "static" / "admin"

DESK_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self'; "
    "connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
"""Everything from here, nothing inline, nothing from anybody else."""

_FOR_EVER = "public, max-age=31536000, immutable"
_CHECKED = "no-cache"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html"}
_MISSING = "The desk was not built here. Install the hub again; the installation builds it."


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """One file in both forms it goes out in."""

    plain: bytes
    packed: bytes
    etag: str


class BuiltFiles:
    """What the build made: a fixed set of files, read once, packed once, off the event loop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[str, BuiltFile] | None = None
        self._reading = asyncio.Lock()

    async def get(self, name: str) -> BuiltFile:
        """The file. Raises ``NotFound``; nothing outside the folder exists."""
        async with self._reading:
            if self._kept is None:
                self._kept = await asyncio.to_thread(self._read)
        file = self._kept.get(name)
        if file is None:
            raise NotFound("There is no such file." if self._kept else _MISSING)
        return file

    def _read(self) -> dict[str, BuiltFile]:
        if not (self._folder / "index.html").is_file():
            return {}
        found = (path for path in self._folder.rglob("*") if path.suffix in _TYPES and path.is_file())
        return {path.relative_to(self._folder).as_posix(): _packed(path.read_bytes()) for path in found}


def _packed(plain: bytes) -> BuiltFile:
    return BuiltFile(plain, gzip.compress(plain, 9, mtime=0), f'"{hashlib.sha256(plain).hexdigest()[:24]}"')


class DeskPages:
    """Serves the desk."""

    def __init__(self, *, folder: Path = BUILT) -> None:
        self._files = BuiltFiles(folder)

    async def desk(self, call: Call) -> web.Response:
        headers = {"Content-Security-Policy": DESK_CSP, "Cross-Origin-Opener-Policy": "same-origin"}
        return _answer(call, "index.html", await self._files.get("index.html"), _CHECKED, headers)

    async def desk_page(self, call: Call, page: str) -> web.Response:
        """Whatever lies below: the app itself says what there is. A missing file is not answered with a page."""
        if page.rsplit("/", 1)[-1].endswith((".js", ".css", ".svg", ".map", ".json", ".txt", ".ico")):
            return await self._file(call, page)
        return await self.desk(call)

    async def _file(self, call: Call, page: str) -> web.Response:
        lasting = page.startswith("assets/")
        return _answer(call, page, await self._files.get(page), _FOR_EVER if lasting else _CHECKED, {})

    async def desk_redirect(self) -> web.Response:
        return web.Response(status=308, headers={"Location": "/admin/"})

    def routes(self) -> list[Route]:
        """The routes of this file."""

        def get(path: str, handler: Any, summary: str) -> Route:
            return Route(method="GET", path=path, handler=handler, access=PUBLIC, summary=summary, hidden=True)

        return [
            get("/admin", self.desk_redirect, "The desk's address without its slash"),
            get("/admin/", self.desk, "The desk"),
            get("/admin/{page:.+}", self.desk_page, "The desk's pages and files"),
        ]


def _answer(call: Call, name: str, file: BuiltFile, cache: str, headers: dict[str, str]) -> web.Response:
    sent = {"ETag": file.etag, "Cache-Control": cache, "Vary": "Accept-Encoding", **headers}
    if call.request.headers.get("If-None-Match") == file.etag:
        return web.Response(status=304, headers=sent)
    packed = "gzip" in call.request.headers.get("Accept-Encoding", "")
    if packed:
        sent["Content-Encoding"] = "gzip"
    body = file.packed if packed else file.plain
    return web.Response(body=body, content_type=_TYPES[Path(name).suffix], charset="utf-8", headers=sent)
