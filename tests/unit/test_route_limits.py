"""Moving windows: how many calls pass, for whom they count, and that memory stays bounded."""

from __future__ import annotations

import pytest

from hub.accounts.principals import Principal, PrincipalKind
from hub.core.errors import TooMany
from hub.core.ids import ApiKeyId, uuid7
from hub.http.access import Attempt
from hub.http.limits import Rate, RouteLimits


class Watch:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def principal() -> Principal:
    return Principal(PrincipalKind.TENANT, key_id=ApiKeyId(uuid7()))


async def test_a_window_moves_and_says_how_long_to_wait() -> None:
    watch = Watch()
    limits = RouteLimits(per_key=Rate(3, 10), now=watch)
    caller = Attempt("/x", "192.0.2.1", principal())
    for at in (0.0, 4.0, 8.0):
        watch.at = at
        await limits(caller)
    watch.at = 9.0
    with pytest.raises(TooMany) as refused:
        await limits(caller)
    assert refused.value.retry_after == pytest.approx(1.0)
    watch.at = 10.0
    await limits(caller)
    with pytest.raises(TooMany):
        await limits(caller)
    await limits(Attempt("/x", "192.0.2.1", principal()))


async def test_refused_keys_count_by_address_and_addresses_by_network() -> None:
    limits = RouteLimits(refused=Rate(2, 60), now=Watch())
    for last in ("1", "2"):
        await limits(Attempt("/x", f"2001:db8:1:2::{last}", failed=True))
    with pytest.raises(TooMany):
        await limits(Attempt("/x", "2001:db8:1:2:ffff::9", failed=True))
    await limits(Attempt("/x", "2001:db8:1:3::1", failed=True))


async def test_webhooks_and_probes_are_never_refused() -> None:
    limits = RouteLimits(per_address=Rate(1, 60), now=Watch())
    for _ in range(50):
        await limits(Attempt("/webhooks/{kind}/{channel_id}", "192.0.2.1"))
        await limits(Attempt("/healthz", "192.0.2.1"))
    await limits(Attempt("/api/v1/visitor/session", "192.0.2.1"))
    with pytest.raises(TooMany):
        await limits(Attempt("/api/v1/visitor/session", "192.0.2.1"))


async def test_a_flood_of_strangers_does_not_fill_memory() -> None:
    limits = RouteLimits(most_callers=100, now=Watch())
    for number in range(1000):
        await limits(Attempt("/api/x", f"198.51.{number // 256}.{number % 256}"))
    assert len(limits._seen) <= 101
