"""The thread keys this channel makes, and how it reads them again. No one else looks inside.

- a person: the business-scoped user id (``US.134...``) where WhatsApp gives one, else the phone number's digits;
- a group: ``group:`` and the group's id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from hub.core.ids import ThreadKey

USER: Final = "whatsapp.user_id"
"""Alias kind: the id of a person within one business portfolio (and its linked ones, with ``ENT``)."""

PARENT: Final = "whatsapp.parent_user_id"
PHONE: Final = "whatsapp.phone"
"""Alias kind: a person's WhatsApp number, digits alone. It may be absent."""

_USER_ID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")
_GROUP = "group:"
_LONGEST = 256


def is_user_id(value: str) -> bool:
    """Whether this is a business-scoped user id and no phone number."""
    return _USER_ID.fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a message goes to."""

    id: str
    group: bool = False

    def parameters(self) -> dict[str, Any]:
        """The parameters that address this recipient: ``recipient`` takes user ids, ``to`` numbers and groups."""
        name = "recipient" if not self.group and is_user_id(self.id) else "to"
        return {"recipient_type": "group" if self.group else "individual", name: self.id}


def person_thread(identity: str) -> ThreadKey:
    """The conversation with one person."""
    return ThreadKey(identity[:_LONGEST])


def group_thread(group: str) -> ThreadKey:
    """The conversation in a group."""
    return ThreadKey(_GROUP + group[:_LONGEST])


def read_thread(thread: ThreadKey) -> Recipient | None:
    """Whom a thread key names; None for an empty one."""
    if thread.startswith(_GROUP):
        group = thread.removeprefix(_GROUP)
        return Recipient(group, group=True) if group else None
    return Recipient(str(thread)) if thread else None
