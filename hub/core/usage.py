"""What was used and what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in one currency (ISO 4217)."""

    amount: Decimal
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Usage:
    """One call to a model: what for, which, how many tokens, how long in seconds, and its price if known.

    Of the ``input_tokens``, ``cached_tokens`` were read from the provider's cache and ``cache_writes`` put into it.
    """

    task: str
    provider: str
    model: str
    input_tokens: int = 0
    output_tokens: int = 0
    duration: float = 0.0
    ok: bool = True
    cost: Money | None = None
    cached_tokens: int = 0
    cache_writes: int = 0
