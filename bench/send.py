"""Processor time of one sent message: each channel, render to result, through its platform's SDK over the one shared
session, as a ratio to a bare aiohttp POST of the same text; and the SDKs' own ways beside it.

The platform is a process of its own on loopback that takes everything. Eight messages are in flight.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import aiohttp

from adapters.registry import open_channel
from bench.machine import environment, free_port, process, wait_until_ready, workspace
from bench.report import Report, options
from hub.core.ids import MessageId, ThreadKey
from hub.core.messages import Outbound, Text
from hub.security.outbound import trusted_session

_IN_FLIGHT = 8
_WORDS = "Yes, it is **still there**. It would arrive on Friday: https://shop.example/delivery"
_CREDENTIALS: dict[str, tuple[str, dict[str, Any]]] = {
    "telegram": ("77", {"bot_token": "123456:" + "A" * 35, "secret_token": "s" * 20}),
    "whatsapp": (
        "4915112345678",
        {"phone_number_id": "1", "access_token": "T" * 40, "app_secret": "s", "verify_token": "v"},
    ),
    "messenger": ("77", {"page_id": "1", "page_access_token": "T" * 40, "app_secret": "s", "verify_token": "v"}),
    "slack": ("D111", {"bot_token": "xoxb-t", "signing_secret": "s", "app_id": "A111", "team_id": "T111"}),
}
Send = Callable[[], Awaitable[None]]


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def through_channel(kind: str, session: aiohttp.ClientSession, url: str) -> Send:
    """Our way: render the message, call, read the result."""
    channel = open_channel(kind, clock=_Clock(), session=session, api_urls={kind: url})
    thread, given = _CREDENTIALS[kind]
    credentials = channel.configure(given)
    outbound = Outbound(MessageId(UUID(int=1)), "key", ThreadKey(thread), (Text(_WORDS),))

    async def send() -> None:
        for request in channel.render(outbound):
            result = await channel.send(credentials, request, key="key")
            if not result.ok:
                raise RuntimeError(f"{kind}: {result.error}")

    return send


def bare(session: aiohttp.ClientSession, url: str) -> Send:
    """aiohttp alone."""

    async def send() -> None:
        async with session.post(f"{url}/bot/sendMessage", json={"chat_id": 77, "text": _WORDS}) as answer:
            await answer.json()

    return send


async def telegram_alone(stack: AsyncExitStack, url: str) -> Send:
    """python-telegram-bot as its documentation shows it."""
    from telegram import Bot

    bot = await stack.enter_async_context(Bot(str(_CREDENTIALS["telegram"][1]["bot_token"]), base_url=f"{url}/bot"))

    async def send() -> None:
        await bot.send_message(77, _WORDS)

    return send


async def whatsapp_alone(stack: AsyncExitStack, url: str) -> Send:
    """pywa over its own httpx client."""
    import httpx
    from pywa_async import WhatsApp

    connection = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
    client = WhatsApp(phone_id="1", token="t", session=connection, server=None)  # no one's
    connection.base_url = httpx.URL(f"{url}/v23.0")

    async def send() -> None:
        await client.send_message("4915112345678", _WORDS)

    return send


async def slack_alone(stack: AsyncExitStack, url: str) -> Send:
    """slack_sdk with a session for every call, its default."""
    from slack_sdk.web.async_client import AsyncWebClient

    client = AsyncWebClient(token="xoxb-t", base_url=f"{url}/api/")  # no one's

    async def send() -> None:
        await client.chat_postMessage(channel="D111", text=_WORDS)

    return send


async def timed(send: Send, n: int) -> float:
    """Microseconds of this process a message."""
    left = iter(range(n))

    async def work() -> None:
        for _ in left:
            await send()

    started = time.process_time()
    await asyncio.gather(*(work() for _ in range(_IN_FLIGHT)))
    return (time.process_time() - started) / n * 1e6


async def measure(url: str, n: int, repeat: int, report: Report) -> None:
    async with AsyncExitStack() as stack:
        session = trusted_session()
        stack.push_async_callback(session.close)
        await timed(bare(session, url), n)
        ways = {kind: through_channel(kind, session, url) for kind in _CREDENTIALS}
        alone = {
            "telegram": ("python-telegram-bot's own way", await telegram_alone(stack, url)),
            "whatsapp": ("pywa's own way", await whatsapp_alone(stack, url)),
            "slack": ("slack_sdk's own way", await slack_alone(stack, url)),
        }
        floor: list[float] = []
        taken: dict[str, list[float]] = {}
        for turn in range(repeat + 1):
            told = {"": await timed(bare(session, url), n)}
            told |= {kind: await timed(send, n) for kind, send in ways.items()}
            told |= {name: await timed(send, n) for name, send in alone.values()}
            if not turn:
                continue  # the first round imports the SDKs
            floor.append(told.pop(""))
            for name, value in told.items():
                taken.setdefault(name, []).append(value)
    report.add("bare aiohttp POST", floor, "us")
    for kind in _CREDENTIALS:
        report.add(f"{kind}, render and send", taken[kind], "us")
        report.add_ratio(f"{kind} / bare", taken[kind], floor)
        if kind in alone:
            report.add_ratio(f"{alone[kind][0]} / bare", taken[alone[kind][0]], floor)


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--messages", type=int, default=400, help="messages a run (default 400)")
    parser.add_argument("--repeat", type=int, default=3, help="repetitions (default 3)")
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    report = Report("send", "Sending one message, processor time")
    port = free_port()
    with (
        workspace() as folder,
        process([sys.executable, "-m", "bench.sink", str(port)], environment(None, folder), folder) as child,
    ):
        wait_until_ready(port, child)
        asyncio.run(measure(f"http://127.0.0.1:{port}", given.messages, given.repeat, report))
    report.tell(given)


if __name__ == "__main__":
    main()
