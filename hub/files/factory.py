"""Which store a deployment's files are kept in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from hub.core.errors import Invalid
from hub.core.ports import BlobStore
from hub.files.local import LocalBlobStore
from hub.files.remote import RemoteBlobStore

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_CLOUDS = frozenset({"s3", "gs", "az"})


def open_blob_store(url: str | None, data_dir: Path) -> BlobStore:
    """The store ``HUB_BLOB_URL`` names; without one, the folder ``files`` in the data directory.

    ``file:///srv/files``, ``s3://bucket/prefix``, ``gs://bucket/prefix`` or ``az://container/prefix``. Clouds are
    configured as their own tools are (``AWS_REGION``, ``AWS_ENDPOINT_URL``, ...). No network is touched here.
    Raises ``Invalid`` for a URL it cannot use.
    """
    if not url:
        return LocalBlobStore(data_dir / "files")
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.netloc in {"", "localhost"} and len(parts.path) > 1:
        return LocalBlobStore(Path(unquote(parts.path)))
    if parts.scheme in _CLOUDS and parts.netloc:
        return RemoteBlobStore(_open_cloud(url))
    raise Invalid(
        "HUB_BLOB_URL must look like file:///srv/files, s3://bucket/prefix, gs://bucket/prefix or az://box/prefix.",
        field="HUB_BLOB_URL",
    )


def _open_cloud(url: str) -> ObjectStore:
    from obstore.exceptions import BaseError
    from obstore.store import from_url

    try:
        return from_url(url)
    except (BaseError, ValueError) as error:
        raise Invalid(f"HUB_BLOB_URL cannot be used: {error}", field="HUB_BLOB_URL") from error
