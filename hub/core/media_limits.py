"""Whether a channel takes a file, asked before it is sent, with advice in words."""

from __future__ import annotations

from hub.core.channels import Capabilities
from hub.core.messages import Media

_NAMES = {"image": "pictures", "audio": "audio files", "voice": "voice messages", "video": "videos",
          "animation": "animations", "document": "documents", "sticker": "stickers"}  # fmt: skip


def refusal_of(capabilities: Capabilities, media: Media) -> str | None:
    """Why the channel will not take this file, and what would help; None when it will.

    A kind the channel does not list is refused; size and type are checked where they are known.
    """
    name = _NAMES.get(media.kind, "files of this kind")
    limit = capabilities.media.get(media.kind)
    if limit is None:
        known = [_NAMES[kind] for kind in capabilities.media if kind in _NAMES]
        instead = f" It takes {', '.join(known)}." if known else " Send a link in words instead."
        return f"This channel does not take {name}.{instead}"
    if media.size is not None and media.size > limit.max_bytes:
        most = (
            f"{limit.max_bytes / 1_000_000:.0f} MB" if limit.max_bytes >= 1_000_000 else f"{limit.max_bytes // 1000} kB"
        )
        size = f"{media.size / 1_000_000:.1f} MB"
        return f"This file has {size}; the channel takes {name} of up to {most}. Send a smaller one."
    mime = (media.mime or "").partition(";")[0].strip().lower()
    if limit.mimes and mime and mime not in limit.mimes:
        endings = ", ".join(sorted({m.rpartition("/")[2].upper() for m in limit.mimes}))
        other = " Or send it as a document." if media.kind != "document" and "document" in capabilities.media else ""
        return f"The channel takes {name} of the types {endings}; this one is {mime}.{other}"
    return None
