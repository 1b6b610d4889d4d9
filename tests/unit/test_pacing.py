"""Sends keep to the platform's rates: bursts first, then the steady pace, each recipient and account on its own."""

from __future__ import annotations

from hub.core.channels import Capabilities, Dialect, Pace
from hub.core.ids import ChannelId, ThreadKey, uuid7
from hub.inbox.pacing import Pacing

CHANNEL = ChannelId(uuid7())
ADA, BEN = ThreadKey("ada"), ThreadKey("ben")


class Time:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def capabilities(account: Pace | None = None, recipient: Pace | None = None) -> Capabilities:
    return Capabilities(dialect=Dialect.PLAIN, text_limit=10, account_pace=account, recipient_pace=recipient)


async def test_without_a_pace_nobody_waits() -> None:
    pacing = Pacing(now=Time())
    assert [await pacing.wait(capabilities(), CHANNEL, ADA) for _ in range(100)] == [0.0] * 100


async def test_a_recipient_gets_a_burst_and_then_the_steady_pace() -> None:
    time = Time()
    pacing = Pacing(now=time)
    limits = capabilities(recipient=Pace(per_second=0.5, burst=3))
    assert [await pacing.wait(limits, CHANNEL, ADA) for _ in range(3)] == [0.0] * 3
    assert await pacing.wait(limits, CHANNEL, ADA) == 2.0
    assert await pacing.wait(limits, CHANNEL, BEN) == 0.0
    time.at += 2.0
    assert await pacing.wait(limits, CHANNEL, ADA) == 0.0
    assert await pacing.wait(limits, CHANNEL, ADA) > 0


async def test_an_account_is_shared_by_its_recipients_and_a_refusal_takes_nothing() -> None:
    time = Time()
    pacing = Pacing(now=time)
    limits = capabilities(account=Pace(per_second=10, burst=2), recipient=Pace(per_second=1, burst=1))
    assert await pacing.wait(limits, CHANNEL, ADA) == 0.0
    assert await pacing.wait(limits, CHANNEL, ADA) == 1.0
    assert await pacing.wait(limits, CHANNEL, BEN) == 0.0
    assert await pacing.wait(limits, CHANNEL, ThreadKey("cleo")) > 0
    assert await pacing.wait(limits, ChannelId(uuid7()), ADA) == 0.0


async def test_over_a_minute_the_steady_pace_holds() -> None:
    time = Time()
    pacing = Pacing(now=time)
    limits = capabilities(recipient=Pace(per_second=1, burst=1))
    sent = 0
    while time.at < 160.0:
        sent += await pacing.wait(limits, CHANNEL, ADA) == 0.0
        time.at += 0.01
    assert 59 <= sent <= 61
