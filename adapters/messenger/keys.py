"""The ids this channel makes, and how it reads them again. No one else looks inside.

- thread: the person's page-scoped id, or ``ref:`` and the reference of one who has not written yet (checkbox plugin);
- message: Messenger's ``mid``;
- what has no id of its own is named by what it is about: ``read:PSID:WATERMARK``, ``reaction:MID:...``.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from adapters.payloads import integer, storable, text
from hub.core.ids import PlatformId, ThreadKey
from hub.core.messages import Alias

_LONGEST = 400
_REF = "ref:"
_ROW_KEY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?::[0-9]{1,4})?")


def identifier(value: Any) -> str | None:
    """An id as text; a number is read as one. One longer than any platform's is shortened to a digest."""
    number = integer(value)
    found = str(number) if number is not None else text(value)
    if found is None:
        return None
    return found if len(found) <= _LONGEST else "sha256:" + hashlib.sha256(found.encode()).hexdigest()


def digest(*values: Any) -> str:
    """A short key for a value that has no id: the same content gives the same key."""
    packed = json.dumps(values, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(packed.encode()).hexdigest()[:32]


def named(kind: str, *of: Any) -> PlatformId:
    """The key of an event that Messenger gives no id."""
    key = ":".join([kind, *(str(item) for item in of)])
    return PlatformId(key if len(key) <= 2 * _LONGEST else f"{kind}:{digest(*of)}")


def reference_thread(reference: str) -> ThreadKey:
    """The thread of somebody who is known by a plugin's reference alone."""
    return ThreadKey(f"{_REF}{reference}")


def recipient(thread: ThreadKey) -> dict[str, str] | None:
    """The Send API's recipient for a thread; None when this channel did not make the key."""
    key = storable(thread)
    if not key or len(key) > _LONGEST + len(_REF):
        return None
    if key.startswith(_REF):
        return {"user_ref": key.removeprefix(_REF)}
    return {"id": key}


def alias(page: str, person: str, kind: str = "psid") -> Alias:
    """A person as this page knows them: another page gives the same person another id, and may give the same id to
    another person."""
    return Alias(f"messenger.{kind}", f"{page}:{person}")


def row_key(metadata: Any) -> str | None:
    """Our delivery's key in a message's ``metadata``, where it is one."""
    found = text(metadata)
    return found if found is not None and _ROW_KEY.fullmatch(found) else None
