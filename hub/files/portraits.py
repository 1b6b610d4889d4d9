"""People's pictures: made anew from what was sent, so that nothing but the picture itself gets through."""

from __future__ import annotations

import io
import re
import secrets

from hub.core.errors import Invalid
from hub.files.sniff import sniff

MOST_BYTES = 5 * 1024 * 1024
SIDE = 256
"""Pixels of the square that is kept."""
MIME = "image/webp"
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "GIF"}
_MOST_PIXELS = 24_000_000
_NAME = re.compile(r"[0-9a-f]{32}")


def portrait(data: bytes) -> bytes:
    """The middle of a picture as a small square WebP, upright, without anything a camera wrote beside it (places,
    names, dates) and without movement. Takes a moment: not for the event loop. Raises ``Invalid`` in words.
    """
    kind = _FORMATS.get(sniff(data))
    if kind is None:
        raise Invalid("Send a picture: PNG, JPEG, WebP or GIF.", field="file")
    from PIL import Image, ImageOps  # late: hardly any process ever needs it

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
        raise Invalid("The picture cannot be read. Save it anew, or take another one.", field="file") from error
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
