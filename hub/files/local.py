"""Files on this machine's disk. Writes appear whole or not at all; the disk is touched in threads alone."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from hub.core.errors import NotFound, Unavailable
from hub.files.keys import check_key

_CHUNK = 262_144


class LocalBlobStore:
    """A ``BlobStore`` in one folder, made when first written to and readable by our own user alone."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()

    async def put(self, key: str, data: bytes) -> None:
        """Keep ``data`` under ``key``, replacing what was there in one step. Raises ``Unavailable`` on a full disk."""
        await asyncio.to_thread(self._write, self._path(key), data)

    async def get(self, key: str) -> bytes:
        """The bytes under ``key``. Raises ``NotFound``."""
        path = self._path(key)
        try:
            return await asyncio.to_thread(path.read_bytes)
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise _missing() from None

    async def delete(self, key: str) -> None:
        """Forget ``key``. Idempotent."""
        await asyncio.to_thread(self._remove, self._path(key))

    async def delete_under(self, folder: str) -> None:
        """Forget every key below ``folder``. Idempotent. Raises ``Unavailable`` when some cannot be removed."""
        await asyncio.to_thread(self._remove_folder, self._path(folder))

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """The bytes under ``key`` in pieces. Raises ``NotFound`` before the first."""
        path = self._path(key)
        try:
            file = await asyncio.to_thread(path.open, "rb")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise _missing() from None
        try:
            while chunk := await asyncio.to_thread(file.read, _CHUNK):
                yield chunk
        finally:
            file.close()

    def _path(self, key: str) -> Path:
        return self._root / check_key(key)

    def _write(self, path: Path, data: bytes) -> None:
        partial = path.with_name(f".{secrets.token_hex(8)}.partial")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)  # the new name must survive a power cut as well as the bytes
            finally:
                os.close(folder)
        except OSError as error:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            raise Unavailable(f"The file could not be stored: {error.strerror or 'the disk refused'}.") from error

    def _remove(self, path: Path) -> None:
        with suppress(FileNotFoundError, NotADirectoryError):
            path.unlink()

    def _remove_folder(self, path: Path) -> None:
        try:
            shutil.rmtree(path)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise Unavailable(f"Files could not be removed: {error.strerror or 'the disk refused'}.") from error


def _missing() -> NotFound:
    return NotFound("There is no such file.")
