"""The ids this channel makes, and how it reads them again. No one else looks inside.

- account: ``app:team``, for an app installed in a whole organisation (Enterprise Grid) ``app:enterprise``;
- thread: ``channel`` for a direct chat or a channel as a whole, ``channel:thread_ts`` for a thread in it;
- message: ``channel:ts``, or ``file:id`` for an upload, whose message Slack does not name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from hub.core.ids import AccountKey, PlatformId, ThreadKey

_THREAD = re.compile(r"(?P<channel>[A-Za-z0-9_]{1,64})(?::(?P<ts>[0-9]{1,12}\.[0-9]{1,9}))?", re.ASCII)
_MESSAGE = re.compile(r"(?P<channel>[A-Za-z0-9_]{1,64}):(?P<ts>[0-9]{1,12}\.[0-9]{1,9})", re.ASCII)
_TS = re.compile(r"[0-9]{1,12}\.[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message is: a conversation of Slack's, perhaps a thread in it."""

    channel: str
    thread_ts: str | None = None

    def key(self) -> ThreadKey:
        """This place as a thread key."""
        return ThreadKey(f"{self.channel}:{self.thread_ts}" if self.thread_ts else self.channel)

    def parameters(self) -> dict[str, Any]:
        """The parameters that address this place in ``chat.postMessage``."""
        return {"channel": self.channel, **({"thread_ts": self.thread_ts} if self.thread_ts else {})}


def read_thread(thread: ThreadKey) -> Place | None:
    """The place a thread key names; None when this channel did not make the key."""
    found = _THREAD.fullmatch(thread)
    return Place(found["channel"], found["ts"]) if found else None


def message_key(channel: str, ts: str) -> PlatformId:
    """The id of a message in a channel."""
    return PlatformId(f"{channel}:{ts}")


def read_message(platform_id: PlatformId) -> tuple[str, str] | None:
    """Channel and ts of a message id; None when it names no message in a channel."""
    found = _MESSAGE.fullmatch(platform_id)
    return (found["channel"], found["ts"]) if found else None


def is_ts(value: str | None) -> bool:
    """Whether this is one of Slack's timestamps (``seconds.sequence``), which name messages."""
    return value is not None and _TS.fullmatch(value) is not None


def is_direct(channel: str, kind: str | None = None) -> bool:
    """Whether a conversation is one-to-one with the bot. Slack's ids of direct chats begin with D; a person's
    own id (U, W) stands for the direct chat with them."""
    return kind == "im" or (kind is None and channel[:1] in ("D", "U", "W"))


def account_key(app: str, team: str) -> AccountKey:
    """The key of an app's installation in a workspace or organisation."""
    return AccountKey(f"{app}:{team}")


def team_of(account: AccountKey | None) -> str:
    """The workspace or organisation of an account key; empty where none is known."""
    return (account or "").partition("#")[0].partition(":")[2]
