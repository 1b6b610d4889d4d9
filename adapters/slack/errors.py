"""Slack's answers as ours: what may be tried again, what never, and what may have arrived.

Source: the error tables of chat.postMessage and docs.slack.dev/apis/web-api/rate-limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hub.core.channels import SendResult

RETRY_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Fault:
    """How a call failed. ``code`` is Slack's name of the error, ``status`` the HTTP status, None when there was no
    answer; ``sent`` whether the request may have reached Slack; ``needed`` the scope it lacked."""

    code: str
    status: int | None = None
    retry_after: float | None = None
    sent: bool = True
    needed: str | None = None


class CallFailed(Exception):
    """A call that did not succeed; ``fault`` says how."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault


_BUSY: Final = frozenset({"service_unavailable", "team_added_to_org", "request_timeout", "accesslimited"})
_PERHAPS: Final = frozenset({"fatal_error", "internal_error"})
"""Slack says of these that some of the operation may have succeeded."""

_BAD_AUTH: Final = "Slack does not accept the bot token; install the app again and copy the new one."
_WORDS: Final[dict[str, str]] = {
    "invalid_auth": _BAD_AUTH,
    "not_authed": _BAD_AUTH,
    "token_revoked": _BAD_AUTH,
    "token_expired": _BAD_AUTH,
    "account_inactive": "The app was removed from the workspace, or its bot was switched off; install it again.",
    "channel_not_found": "Slack does not know this conversation, or the bot may not see it.",
    "not_in_channel": "The bot is not in this channel; invite it with /invite.",
    "is_archived": "This channel is archived; nothing can be posted in it.",
    "msg_too_long": "The message is too long for Slack.",
    "msg_blocks_too_long": "The message is too long for Slack.",
    "no_text": "The message has no words that Slack would show.",
    "restricted_action": "The workspace's rules do not let the bot post here.",
    "thread_not_found": "The thread no longer exists.",
    "message_not_found": "The message no longer exists.",
    "cant_update_message": "Slack lets the bot change its own messages alone.",
    "cant_delete_message": "Slack lets the bot take back its own messages alone.",
    "edit_window_closed": "The workspace's rules no longer let this message be changed.",
    "user_not_found": "Slack does not know this person.",
    "cannot_dm_bot": "A bot cannot be written to.",
    "messages_tab_disabled": "The app takes no direct messages; switch on its Messages tab under App Home.",
}


def result_of(fault: Fault) -> SendResult:
    """A failed call as a result, with a sentence for the agents."""
    status, code = fault.status, fault.code
    if status is None and fault.sent:
        return _perhaps("no_answer", "The connection broke; the message may have arrived.")
    if status is None:
        return SendResult(False, retry_after=RETRY_SECONDS, code="unreachable", error="Slack cannot be reached.")
    if status == 429 or code in ("ratelimited", "rate_limited", "message_limit_exceeded"):
        delay = max(fault.retry_after or RETRY_SECONDS, 1.0)
        return SendResult(False, retry_after=delay, code=code, error="Slack asks to wait before sending more.")
    if code in _PERHAPS or status in (502, 504) or (code == "unreadable" and status < 300):
        return _perhaps(code, "Slack did not say whether the message arrived.")
    if code in _BUSY or status >= 500:
        return SendResult(False, retry_after=RETRY_SECONDS, code=code, error="Slack is out of order for the moment.")
    if code == "unreadable":
        told = "Something in between answered instead of Slack."
        return SendResult(False, retry_after=RETRY_SECONDS, code=code, error=told)
    return SendResult(False, permanent=True, code=code, error=words_of(fault))


def _perhaps(code: str, told: str) -> SendResult:
    return SendResult(False, ambiguous=True, code=code, error=told)


def words_of(fault: Fault) -> str:
    """What a refusal means and how to mend it, in a sentence."""
    if fault.code == "missing_scope" and fault.needed:
        return f"The app lacks the permission {fault.needed}; add it under OAuth & Permissions and install again."
    return _WORDS.get(fault.code) or f"Slack refused the message: {fault.code[:200]}."
