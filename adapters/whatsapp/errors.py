"""The Cloud API's answers as ours: what may be tried again, what never, and what may have arrived.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes. A send that may have
arrived is settled by its callback data, which comes back in the message's statuses.
"""

from __future__ import annotations

from dataclasses import dataclass

from adapters.whatsapp.statuses import in_words
from hub.core.channels import SendResult

RETRY_SECONDS = 2.0
_WAITS = {4: 60.0, 80007: 60.0, 613: 30.0, 130429: 2.0, 131048: 60.0, 131056: 6.0, 131057: 60.0, 133016: 60.0}
"""Limits that pass by themselves, and how long to wait where WhatsApp does not say. A pair is good for one message
in some six seconds."""

_PASSING = frozenset({1, 2, 131000, 131016, 133004})


@dataclass(frozen=True, slots=True)
class Fault:
    """How a call failed. ``status`` is the HTTP status, None without an answer; ``code`` is WhatsApp's;
    ``sent`` whether the request may have reached it; ``passing`` whether it calls the error transient itself."""

    text: str
    status: int | None = None
    code: int | None = None
    retry_after: float | None = None
    passing: bool = False
    sent: bool = True


class CallFailed(Exception):
    """A call that did not succeed; ``fault`` says how."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.text)
        self.fault = fault


def result_of(fault: Fault) -> SendResult:
    """A failed call as a result, with a sentence for the agents."""
    code = None if fault.code is None else str(fault.code)
    if fault.status is None:
        return _unanswered(fault)
    if fault.code is None:
        return _unreadable(fault)
    words = in_words(fault.code, fault.text)
    wait = _WAITS.get(fault.code)
    if wait is not None or fault.status == 429:
        delay = max(fault.retry_after if fault.retry_after is not None else wait or RETRY_SECONDS, 1.0)
        return SendResult(False, retry_after=delay, code=code, error=words)
    if fault.passing or fault.code in _PASSING or fault.status >= 500:
        return SendResult(False, retry_after=max(fault.retry_after or 0.0, RETRY_SECONDS), code=code, error=words)
    return SendResult(False, permanent=True, code=code, error=words)


def _unanswered(fault: Fault) -> SendResult:
    if fault.sent:
        return SendResult(
            False, ambiguous=True, code="no_answer", error="The connection broke; the message may have arrived."
        )
    return SendResult(False, retry_after=RETRY_SECONDS, code="unreachable", error="WhatsApp cannot be reached.")


def _unreadable(fault: Fault) -> SendResult:
    """An answer that is not the Cloud API's own: something in between gave it."""
    status = fault.status or 0
    if status == 429 or status == 503 or 300 <= status < 500:
        delay = max(fault.retry_after or 0.0, RETRY_SECONDS)
        words = "Something in between answered instead of WhatsApp."
        return SendResult(False, retry_after=delay, code=str(status), error=words)
    return SendResult(
        False, ambiguous=True, code=str(status), error="WhatsApp did not say whether the message arrived."
    )
