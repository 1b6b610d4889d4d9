"""What a call to a model costs, by the price list that comes with genai-prices (offline, MIT).

The list is some megabytes of data and takes about half a second to load, so it is loaded in a thread when
the first price is asked for. An unknown model, or one on a server of your own, has no price: None.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

from hub.core.usage import Money, Usage

PRICED_PROVIDERS = frozenset({"openai", "anthropic"})
"""Providers whose list prices apply. A compatible server may bear the same model's name at another price."""


class Prices(Protocol):
    """Puts a price on a call."""

    async def priced(self, usage: Usage) -> Usage: ...


class ListPrices:
    """List prices, before any discount of a provider's own."""

    def __init__(self) -> None:
        self._lookup: Callable[[Usage], Decimal | None] | None = None

    async def priced(self, usage: Usage) -> Usage:
        """The same usage with its cost, or unchanged where no price is known. Never raises for a model."""
        if usage.cost is not None or usage.provider not in PRICED_PROVIDERS:
            return usage
        if not usage.input_tokens and not usage.output_tokens:
            return usage
        if self._lookup is None:
            self._lookup = await asyncio.to_thread(_load, usage)
        amount = self._lookup(usage)
        return usage if amount is None else replace(usage, cost=Money(amount))


def _load(first: Usage) -> Callable[[Usage], Decimal | None]:
    from genai_prices import Usage as Tokens
    from genai_prices import calc_price

    def lookup(usage: Usage) -> Decimal | None:
        tokens = Tokens(
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens or None,
            cache_read_tokens=usage.cached_tokens or None,
            cache_write_tokens=usage.cache_writes or None,
        )
        try:
            return calc_price(tokens, usage.model, provider_id=usage.provider).total_price
        except (LookupError, ValueError):
            return None

    lookup(first)  # the data is built at the first look-up, not at the import
    return lookup
