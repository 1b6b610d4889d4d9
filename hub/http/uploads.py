"""Reading multipart uploads: one file, a few short fields, all capped while they arrive."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from hub.core.errors import Invalid, Malformed, TooLarge, UnsupportedType
from hub.http.bodies import unstorable

_MAX_FIELD = 64 * 1024
_MAX_PARTS = 32
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file as it arrived. ``name`` has no path; ``claimed_type`` is what the sender says it is."""

    name: str
    claimed_type: str
    data: bytes
    sha256: bytes


@dataclass(frozen=True, slots=True)
class UploadForm:
    """The file, and the other fields by name."""

    file: UploadedFile
    fields: dict[str, str]


async def read_upload(request: web.Request, *, limit: int, fields: Collection[str] = ()) -> UploadForm:
    """The form of a multipart upload whose file has at most ``limit`` bytes.

    Raises ``UnsupportedType``, ``Malformed``, ``TooLarge`` as soon as the limit is passed, ``Invalid`` for a form
    without a file or with a field nobody asked for.
    """
    if request.content_type != "multipart/form-data":
        raise UnsupportedType("Send the file as multipart/form-data.", field="Content-Type")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedType("Send the body uncompressed.", field="Content-Encoding")
    if (request.content_length or 0) > limit + _MAX_PARTS * _MAX_FIELD:
        raise TooLarge(f"At most {limit:,} bytes are taken here.", field="file")
    try:
        return await _read(request, limit, fields)
    except (ValueError, AssertionError, LookupError, HttpProcessingError) as error:
        # The parser of forms has no error of its own for a broken one.
        raise Malformed("The form cannot be read.") from error


async def _read(request: web.Request, limit: int, fields: Collection[str]) -> UploadForm:
    reader = await request.multipart()
    file: UploadedFile | None = None
    values: dict[str, str] = {}
    for _ in range(_MAX_PARTS):
        part = await reader.next()
        if part is None:
            break
        if not isinstance(part, BodyPartReader) or not part.name:
            raise Malformed("Every part of the form needs a name.")
        if part.headers.get("Content-Transfer-Encoding", "binary").lower() not in ("binary", "8bit", "7bit"):
            raise Malformed("Send the parts of the form as plain bytes.")
        if part.name == "file":
            if file is not None:
                raise Invalid("One file at a time.", field="file")
            file = await _file(part, limit)
        elif part.name not in fields:
            raise Invalid("There is no such field.", field=_shown(part.name))
        elif part.name in values:
            raise Invalid("This was given more than once.", field=part.name)
        else:
            values[part.name] = await _field(part, part.name)
    else:
        raise Malformed("The form has too many parts.")
    if file is None:
        raise Invalid("A file is needed.", field="file")
    return UploadForm(file, values)


async def _file(part: BodyPartReader, limit: int) -> UploadedFile:
    data = bytearray()
    digest = hashlib.sha256()
    while chunk := await part.read_chunk(_CHUNK):
        data += chunk
        if len(data) > limit:
            raise TooLarge(f"At most {limit:,} bytes are taken here.", field="file")
        digest.update(chunk)
    if not data:
        raise Invalid("The file is empty.", field="file")
    name = (part.filename or "file").replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in name if c.isprintable())[:200].strip() or "file"
    return UploadedFile(name, part.headers.get("Content-Type", ""), bytes(data), digest.digest())


async def _field(part: BodyPartReader, name: str) -> str:
    data = bytearray()
    while chunk := await part.read_chunk(_CHUNK):
        data += chunk
        if len(data) > _MAX_FIELD:
            raise TooLarge(f"At most {_MAX_FIELD:,} bytes are taken here.", field=name)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise Invalid("The text is not UTF-8.", field=name) from None
    problem = unstorable(text)
    if problem is not None:
        raise Invalid(problem, field=name)
    return text


def _shown(name: str) -> str:
    return "".join(c for c in name if c.isprintable())[:100]
