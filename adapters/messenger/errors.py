"""Messenger's answers as ours: what may be tried again, what never, and what may have arrived.

Source: Meta's list of common Messenger Platform error codes, and the Graph API's rate limits. A send whose answer was
lost can be settled later: its ``metadata`` comes back in the echo.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from adapters.payloads import integer, items, mapping, number, text
from hub.core.channels import SendResult

RETRY_SECONDS: Final = 2.0
LIMIT_SECONDS: Final = 30.0
"""How long to wait where Meta limits and does not say how long."""

_LIMITS: Final = frozenset({4, 17, 32, 341, 368, 613, 80001, 80006})
_TRANSIENT: Final = frozenset({1, 2, 1200})
_OUTSIDE_WINDOW: Final = frozenset({2018278, 2018065, 2534022})
_GONE: Final = frozenset({2018001, 2018108, 1545041, 2018028, 2018027})
_FILES: Final = frozenset({2018006, 2018008, 2018047, 2018074, 2018109, 2018294})


@dataclass(frozen=True, slots=True)
class Fault:
    """How a call failed. ``status`` is the HTTP status, None when there was no answer; ``sent`` whether the request
    may have reached Meta; ``readable`` whether the answer was the Graph API's own JSON."""

    text: str
    status: int | None = None
    code: int | None = None
    subcode: int | None = None
    retry_after: float | None = None
    transient: bool = False
    sent: bool = True
    readable: bool = True


class CallFailed(Exception):
    """A call that did not succeed; ``fault`` says how."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.text)
        self.fault = fault


def fault_of(status: int, headers: Mapping[str, str], answer: Any) -> Fault:
    """An answer that is not a success, as a fault."""
    error = mapping(mapping(answer).get("error"))
    words = text(error.get("error_user_msg")) or text(error.get("message")) or f"HTTP {status}"
    return Fault(
        words,
        status=status,
        code=integer(error.get("code")),
        subcode=integer(error.get("error_subcode")),
        retry_after=_retry_after(headers),
        transient=error.get("is_transient") is True,
        readable=bool(error),
    )


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait: the standard header, or Meta's own, which estimates in minutes."""
    plain = headers.get("Retry-After", "")
    if plain.isascii() and plain.isdigit() and len(plain) < 7:
        return float(plain)
    try:
        usage = json.loads(headers.get("X-Business-Use-Case-Usage", ""))
    except (ValueError, RecursionError):
        return None
    minutes = [
        found
        for uses in mapping(usage).values()
        for use in items(uses)
        if (found := number(mapping(use).get("estimated_time_to_regain_access"))) is not None
    ]
    longest = max(minutes, default=0.0)
    return min(longest, 24 * 60.0) * 60 if longest > 0 else None


def result_of(fault: Fault) -> SendResult:
    """A failed call as a result, with a sentence for the agents."""
    status = fault.status
    if status is None:
        return _unanswered(fault)
    code = _code(fault)
    if status == 429 or fault.code in _LIMITS:
        delay = max(fault.retry_after or LIMIT_SECONDS, 1.0)
        return SendResult(False, retry_after=delay, code=code, error="Messenger asks to wait before sending more.")
    if not fault.readable and (200 <= status < 300 or status in (502, 504)):
        return SendResult(False, ambiguous=True, code=code, error="Messenger did not say whether the message arrived.")
    if _passes_by_itself(fault):
        return SendResult(
            False, retry_after=RETRY_SECONDS, code=code, error="Messenger is out of order for the moment."
        )
    if 300 <= status < 400 or not fault.readable:
        return SendResult(
            False, retry_after=RETRY_SECONDS, code=code, error="Something in between answered instead of Messenger."
        )
    return SendResult(False, permanent=True, code=code, error=_refusal(fault))


def _code(fault: Fault) -> str:
    if fault.code is None:
        return str(fault.status)
    return f"{fault.code}/{fault.subcode}" if fault.subcode else str(fault.code)


def _passes_by_itself(fault: Fault) -> bool:
    if fault.subcode in _GONE | _OUTSIDE_WINDOW | _FILES:
        return False
    return (fault.status or 0) >= 500 or fault.transient or (fault.code in _TRANSIENT and fault.subcode is None)


def _unanswered(fault: Fault) -> SendResult:
    if fault.sent:
        return SendResult(
            False, ambiguous=True, code="no_answer", error="The connection broke; the message may have arrived."
        )
    return SendResult(False, retry_after=RETRY_SECONDS, code="unreachable", error="Messenger cannot be reached.")


def _refusal(fault: Fault) -> str:
    if fault.subcode in _OUTSIDE_WINDOW:
        return (
            "The customer last wrote too long ago. Messenger allows answers for 24 hours, and a person's for 7 days. "
            "Wait until they write again."
        )
    if fault.code == 551 or fault.subcode in _GONE:
        return "The customer cannot be reached on Messenger: they blocked the page, left, or never wrote to it."
    if fault.code in (102, 190, 463, 467):
        return "Meta does not accept the page's access token; put a new one into the channel's settings."
    if fault.subcode in _FILES:
        return "Messenger could not take this file: it may be too large (25 MB) or of a type Messenger does not show."
    if fault.code in (3, 10) or (fault.code is not None and 200 <= fault.code < 300):
        return "The app may not write for this page; give it the permission pages_messaging and connect the page again."
    return f"Messenger refused the message: {fault.text[:300]}"
