"""Codes by which a visitor goes on with a conversation on another channel: signed, short enough to be typed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence

from hub.core.ids import ChannelId
from hub.security.keys import decode_secret_keys, signing_table

_RANDOM = 10
_SIGNED = 10
"""Bytes of each half: 80 bits nobody guesses, and as many that show a made-up code without a look at the store."""
_CODE = re.compile(r"\bresume-([a-z2-7]{32})\b", re.IGNORECASE)
_LONGEST = 2_000


class ResumeCodes:
    """Makes codes and finds them in what customers write. A code is for one channel and worth nothing on others.

    Letters, digits and a hyphen alone, 39 of them: what Telegram takes as the parameter of a link.
    """

    def __init__(self, secret_keys: Sequence[str]) -> None:
        self._keys = tuple(signing_table(decode_secret_keys(secret_keys), "resume").values())

    def issue(self, channel: ChannelId) -> str:
        """A new code for this channel."""
        drawn = secrets.token_bytes(_RANDOM)
        body = base64.b32encode(drawn + _signature(self._keys[0], channel, drawn)).decode().lower()
        return f"resume-{body}"

    def heard(self, channel: ChannelId, text: str) -> bytes | None:
        """What a code in ``text`` is stored by, where this deployment issued it for this channel; empty for a code that
        was made up or is for another channel, None without any."""
        known: bytes | None = None
        for found in _CODE.finditer(text[:_LONGEST]):
            raw = base64.b32decode(found[1].upper())
            drawn, signature = raw[:_RANDOM], raw[_RANDOM:]
            if any(hmac.compare_digest(_signature(key, channel, drawn), signature) for key in self._keys):
                return hash_of(found[0])
            known = b""
        return known


def without_codes(text: str) -> str:
    """The text as somebody wrote it: drawn letters are words of no language."""
    return _CODE.sub("", text)


def hash_of(code: str) -> bytes:
    """What is stored of a code."""
    return hashlib.sha256(code.lower().encode()).digest()


def _signature(key: bytes, channel: ChannelId, drawn: bytes) -> bytes:
    return hmac.new(key, channel.bytes + drawn, hashlib.sha256).digest()[:_SIGNED]
