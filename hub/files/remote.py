"""Files in an object store: S3 and what speaks like it, Google Cloud Storage, Azure."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from hub.core.errors import NotFound, Unavailable
from hub.files.keys import check_key

if TYPE_CHECKING:
    from obstore.store import ObjectStore


class RemoteBlobStore:
    """A ``BlobStore`` over obstore. Its credentials are the cloud's own (``AWS_*`` and so on)."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def put(self, key: str, data: bytes) -> None:
        """Keep ``data`` under ``key``, replacing what was there. Raises ``Unavailable``."""
        try:
            await self._store.put_async(check_key(key), data)
        except Exception as error:
            raise _ours(error) from error

    async def get(self, key: str) -> bytes:
        """The bytes under ``key``. Raises ``NotFound`` or ``Unavailable``."""
        try:
            result = await self._store.get_async(check_key(key))
            return bytes(await result.bytes_async())
        except Exception as error:
            raise _ours(error) from error

    async def delete(self, key: str) -> None:
        """Forget ``key``. Idempotent."""
        try:
            await self._store.delete_async(check_key(key))
        except Exception as error:
            ours = _ours(error)
            if not isinstance(ours, NotFound):
                raise ours from error

    async def delete_under(self, folder: str) -> None:
        """Forget every key below ``folder``. Idempotent. Raises ``Unavailable``."""
        prefix = check_key(folder) + "/"
        try:
            async for batch in self._store.list(prefix):
                for found in batch:
                    await self.delete(found["path"])
        except (NotFound, Unavailable):
            raise
        except Exception as error:
            raise _ours(error) from error

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """The bytes under ``key`` in pieces. Raises ``NotFound`` before the first, ``Unavailable`` at any time."""
        try:
            result = await self._store.get_async(check_key(key))
            async for chunk in result.stream():
                yield bytes(chunk)
        except GeneratorExit:
            raise
        except Exception as error:
            raise _ours(error) from error


def _ours(error: Exception) -> Exception:
    from obstore.exceptions import BaseError, NotFoundError

    if isinstance(error, NotFoundError | FileNotFoundError):
        return NotFound("There is no such file.")
    if isinstance(error, BaseError | OSError):
        return Unavailable(f"The file store does not answer ({type(error).__name__}).")
    return error
