"""Stored files on their way out. What a stranger gave us must never run as a page of ours."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from hub.core.ports import BlobStore
from hub.store.files import FileRow

_SHOWN_INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


async def send_file(request: web.Request, row: FileRow, blobs: BlobStore) -> web.StreamResponse:
    """The file's bytes as they come from the blob store. A blob that is gone raises before anything is sent."""
    response = web.StreamResponse(headers=_headers(row.name, row.mime))
    response.content_length = row.size
    chunks = blobs.stream(row.blob_key)
    first = await anext(chunks, b"")
    await response.prepare(request)
    await response.write(first)
    async for chunk in chunks:
        await response.write(chunk)
    await response.write_eof()
    return response


def picture_answer(data: bytes, mime: str, *, seconds: int) -> web.Response:
    """A picture that we made ourselves, kept by browsers for ``seconds``. As a file of a stranger's it never runs."""
    headers = {**_headers("portrait", mime), "Cache-Control": f"private, max-age={seconds}"}
    return web.Response(body=data, headers=headers)


def _headers(name: str, mime: str) -> dict[str, str]:
    """Always an attachment, never sniffed, in a sandbox. Pictures keep their type, so that a page can show them."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in name)
    return {
        "Content-Type": mime if mime in _SHOWN_INLINE else "application/octet-stream",
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, max-age=3600",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
