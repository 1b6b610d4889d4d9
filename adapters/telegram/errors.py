"""Telegram's answers as ours: what may be tried again, what never, and what may have arrived.

Source: core.telegram.org/bots/api#making-requests and #responseparameters. Telegram offers nothing to read a
send back, so whatever may have arrived is said to be ambiguous, never repeated here.
"""

from __future__ import annotations

from dataclasses import dataclass

from hub.core.channels import SendResult

RETRY_SECONDS = 2.0
_BLOCKED = ("bot was blocked", "user is deactivated", "bot was kicked", "can't initiate conversation", "not a member")


@dataclass(frozen=True, slots=True)
class Fault:
    """How a call failed. ``status`` is the HTTP status, None when there was no answer; ``sent`` whether the
    request may have reached Telegram; ``readable`` whether the answer was the Bot API's own JSON."""

    text: str
    status: int | None = None
    retry_after: float | None = None
    migrated_to: int | None = None
    sent: bool = True
    readable: bool = True


class CallFailed(Exception):
    """A call that did not succeed; ``fault`` says how."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.text)
        self.fault = fault


def result_of(fault: Fault) -> SendResult:
    """A failed call as a result, with a sentence for the agents."""
    status = fault.status
    code = None if status is None else str(status)
    if status is None:
        return _unanswered(fault)
    if status == 429:
        delay = max(fault.retry_after or RETRY_SECONDS, 1.0)
        return SendResult(False, retry_after=delay, code=code, error="Telegram asks to wait before sending more.")
    if 200 <= status < 300 or status in (502, 504):
        return SendResult(False, ambiguous=True, code=code, error="Telegram did not say whether the message arrived.")
    if status >= 500:
        return SendResult(False, retry_after=RETRY_SECONDS, code=code, error="Telegram is out of order for the moment.")
    if 300 <= status < 400 or not fault.readable:
        return SendResult(
            False, retry_after=RETRY_SECONDS, code=code, error="Something in between answered instead of Telegram."
        )
    return SendResult(False, permanent=True, code=code, error=_refusal(fault))


def _unanswered(fault: Fault) -> SendResult:
    if fault.sent:
        return SendResult(
            False, ambiguous=True, code="no_answer", error="The connection broke; the message may have arrived."
        )
    return SendResult(False, retry_after=RETRY_SECONDS, code="unreachable", error="Telegram cannot be reached.")


def _refusal(fault: Fault) -> str:
    words = fault.text.lower()
    if fault.migrated_to is not None:
        return f"This group became a supergroup with the id {fault.migrated_to}; answer in the new conversation."
    if fault.status in (401, 404):
        return "Telegram does not accept the bot token; check it in the channel's settings."
    if fault.status == 403 or any(hint in words for hint in _BLOCKED):
        return "The customer blocked the bot, left, or never started it; Telegram delivers nothing to them."
    if "chat not found" in words:
        return "Telegram does not know this chat, or the bot is not in it."
    return f"Telegram refused the message: {fault.text[:300]}"
