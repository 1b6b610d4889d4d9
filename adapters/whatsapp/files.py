"""Files as WhatsApp takes them: by the id of an upload, by an id it knows, or by a link."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.payloads import storable
from adapters.rendering.split import shorten
from adapters.whatsapp.capabilities import CAPABILITIES
from hub.core.channels import Upload
from hub.core.messages import Media

_UNSAFE_NAME = re.compile(r'[\x00-\x1f\x7f"\\/<>:|?*\ud800-\udfff]+')
_TYPES: Mapping[str, str] = {
    "image": "image",
    "audio": "audio",
    "voice": "audio",
    "video": "video",
    "animation": "video",
    "sticker": "sticker",
}
_CAPTIONED = frozenset({"image", "video", "document"})


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a message: WhatsApp's type, its media object, and what has to be uploaded for it."""

    type: str
    value: Mapping[str, Any]
    media: Media
    uploaded: bool

    def uploads(self, place: str) -> tuple[Upload, ...]:
        """The upload whose id goes to ``place``, a dotted path to the media object in the call."""
        if not self.uploaded or self.media.file_id is None:
            return ()
        return (Upload(place, self.media.file_id, file_name(self.media), mime_of(self.media)),)


def attachment(media: Media) -> Attachment | None:
    """The file as WhatsApp shows it best; None when there is nothing to send."""
    type_ = sendable(media)
    value: dict[str, Any] = {}
    if media.file_id is None:
        if media.ref:
            value["id"] = storable(media.ref)
        elif media.url:
            value["link"] = storable(media.url)
        else:
            return None
    if type_ == "document":
        value["filename"] = file_name(media)
    if type_ == "audio" and media.kind == "voice":
        value["voice"] = True
    return Attachment(type_, value, media, media.file_id is not None)


def sendable(media: Media) -> str:
    """The type WhatsApp takes a file as: one of a kind or size it would refuse goes as a document."""
    limit = CAPABILITIES.media.get(media.kind)
    type_ = _TYPES.get(media.kind)
    if limit is None or type_ is None:
        return "document"
    mime = mime_of(media) if media.mime else ""
    refused = bool(mime and limit.mimes and mime not in limit.mimes)
    if refused and media.kind == "voice" and mime in CAPABILITIES.media["audio"].mimes:
        return "audio"
    too_big = media.size is not None and media.size > limit.max_bytes
    return "document" if refused or too_big else type_


def mime_of(media: Media) -> str:
    """The content type without its parameters."""
    return (media.mime or "").partition(";")[0].strip().lower() or "application/octet-stream"


def captioned(type_: str) -> bool:
    """Whether a file of this type can carry words."""
    return type_ in _CAPTIONED


def file_name(media: Media) -> str:
    """A name without what would break a form's header or a file system."""
    name = _UNSAFE_NAME.sub("_", media.name or "").strip(" .")
    return shorten(name, 120) or media.kind
