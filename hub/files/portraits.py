"""People's pictures: made anew from what was sent, so that nothing but the picture itself gets through."""

from __future__ import annotations

import io
import re
import secrets
import sys

from hub.core.errors import Invalid
from hub.files.confined import TooMuch, ask, confine
from hub.files.sniff import sniff

MOST_BYTES = 5 * 1024 * 1024
SIDE = 256
"""Pixels of the square that is kept."""
MIME = "image/webp"
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "GIF"}
_MOST_PIXELS = 24_000_000
_MOST_MEMORY = 700_000_000
_MOST_SECONDS = 10
_UNREADABLE = "The picture cannot be read. Save it anew, or take another one."
_MADE, _REFUSED = b"+", b"-"
"""How a child's answer begins: a picture follows, or why there is none, in words."""
_NAME = re.compile(r"[0-9a-f]{32}")


async def portrait(data: bytes) -> bytes:
    """The middle of a picture as a small square WebP, upright, without anything a camera wrote beside it (places,
    names, dates) and without movement. Made in a confined child. Raises ``Invalid`` in words.
    """
    try:
        _, answer = await ask(__name__, data, seconds=2 * _MOST_SECONDS, most=MOST_BYTES)
    except (TimeoutError, TooMuch) as error:
        raise Invalid(_UNREADABLE, field="file") from error
    if answer[:1] != _MADE:
        raise Invalid(answer[1:].decode() if answer[:1] == _REFUSED else _UNREADABLE, field="file")
    return answer[1:]


def _square(data: bytes) -> bytes:
    kind = _FORMATS.get(sniff(data))
    if kind is None:
        raise Invalid("Send a picture: PNG, JPEG, WebP or GIF.", field="file")
    from PIL import Image, ImageOps  # late: only the child needs it

    try:
        with Image.open(io.BytesIO(data), formats=(kind,)) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise Invalid(f"The picture has more than {_MOST_PIXELS // 1_000_000} million pixels.", field="file")
            picture.draft("RGB", (2 * SIDE, 2 * SIDE))
            upright = ImageOps.exif_transpose(picture)
            square = ImageOps.fit(upright.convert("RGBA"), (SIDE, SIDE), Image.Resampling.LANCZOS)
            kept = io.BytesIO()
            square.save(kept, "WEBP", quality=86)
    except Invalid:
        raise
    except Exception as error:  # the decoders raise whatever they like about a broken file
        raise Invalid(_UNREADABLE, field="file") from error
    return kept.getvalue()


def new_name() -> str:
    """A name for a picture that nobody can guess: 128 random bits. Who has it may see the picture."""
    return secrets.token_hex(16)


def blob_key(name: str) -> str | None:
    """Where a picture of this name lies; None for what is no such name."""
    return f"people/{name}" if _NAME.fullmatch(name) else None


def address(name: str | None) -> str | None:
    """Where a person's picture is found, below the hub's address; None without one."""
    return None if name is None else f"/files/people/{name}"


def main() -> None:
    """The child: a picture from stdin to stdout."""
    confine(memory_bytes=_MOST_MEMORY, cpu_seconds=_MOST_SECONDS)
    data = sys.stdin.buffer.read(MOST_BYTES + 1)
    try:
        answer = _MADE + _square(data)
    except Invalid as error:
        answer = _REFUSED + str(error).encode()
    sys.stdout.buffer.write(answer)


if __name__ == "__main__":
    main()
