"""The ids this channel makes, and how it reads them again. No one else looks inside.

- thread: ``chat``, ``chat:topic`` in a forum, ``chat:dm<topic>`` in a channel's direct messages, and
  ``chat~connection`` where a business account answers through the bot;
- message: ``chat:message``, or ``inline:id`` for a message sent by way of inline mode.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from hub.core.ids import PlatformId, ThreadKey

_THREAD = re.compile(
    r"(?P<chat>-?[0-9]{1,20})(?::(?P<dm>dm)?(?P<topic>[0-9]{1,20}))?(?:~(?P<business>[\w.=-]{1,256}))?"
)
_MESSAGE = re.compile(r"(?P<chat>-?[0-9]{1,20}):(?P<message>[0-9]{1,20})")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message is: a chat, perhaps a topic in it, perhaps on behalf of a business account."""

    chat: int
    topic: int | None = None
    direct_topic: int | None = None
    business: str | None = None

    def key(self) -> ThreadKey:
        """This place as a thread key."""
        key = str(self.chat)
        if self.direct_topic is not None:
            key += f":dm{self.direct_topic}"
        elif self.topic is not None:
            key += f":{self.topic}"
        return ThreadKey(f"{key}~{self.business}" if self.business else key)

    def parameters(self) -> dict[str, Any]:
        """The parameters that address this place in a send method."""
        named = {
            "business_connection_id": self.business,
            "message_thread_id": self.topic,
            "direct_messages_topic_id": self.direct_topic,
        }
        return {"chat_id": self.chat, **{k: v for k, v in named.items() if v is not None}}


def read_thread(thread: ThreadKey) -> Place | None:
    """The place a thread key names; None when this channel did not make the key."""
    found = _THREAD.fullmatch(thread)
    if found is None:
        return None
    topic = int(found["topic"]) if found["topic"] else None
    return Place(
        chat=int(found["chat"]),
        topic=None if found["dm"] else topic,
        direct_topic=topic if found["dm"] else None,
        business=found["business"],
    )


def message_key(chat: int, message: int) -> PlatformId:
    """The id of a message in a chat."""
    return PlatformId(f"{chat}:{message}")


def read_message(platform_id: PlatformId) -> tuple[int, int] | None:
    """Chat and message number of a message id; None when it names no message in a chat."""
    found = _MESSAGE.fullmatch(platform_id)
    return (int(found["chat"]), int(found["message"])) if found else None
