"""Microseconds to understand one webhook: our parsers, JSON included, against the platforms' Python libraries.

Each library is given the same raw bytes and does what it does to hand a message to its user: python-telegram-bot
builds its ``Update``, pywa and bolt run their dispatch to one listener that does nothing. None of them verifies a
signature or makes a call here. Libraries and our parsers take turns; three kinds of message each.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from adapters.registry import open_channel
from bench import payloads
from bench.report import Report, options
from hub.core.ids import AccountKey

Take = Callable[[bytes], Awaitable[None]]
_ACCOUNTS = {"telegram": "99@acme_bot", "whatsapp": "106540352242922", "slack": "A111:T111", "messenger": "1234567890"}


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def ours(kind: str) -> Take:
    """Our parser of a kind."""
    channel, account = open_channel(kind, clock=_Clock()), AccountKey(_ACCOUNTS[kind])

    async def take(raw: bytes) -> None:
        if not channel.parse(raw, account):
            raise RuntimeError(f"{kind} did not understand {raw[:200]!r}")

    return take


def telegram_library() -> Take:
    """python-telegram-bot's ``Update``."""
    import json

    from telegram import Bot, Update

    bot = Bot("123456:" + "A" * 35)

    async def take(raw: bytes) -> None:
        if Update.de_json(json.loads(raw), bot).effective_user is None:
            raise RuntimeError("nobody wrote")

    return take


def whatsapp_library() -> Take:
    """pywa's handling of an update, to one handler of each kind."""
    from pywa_async import WhatsApp
    from pywa_async.handlers import CallbackButtonHandler, MessageHandler

    client = WhatsApp(phone_id="106540352242922", token="x", server=None, skip_duplicate_updates=False)  # no one's
    heard = [0]

    async def listen(_: object, __: object) -> None:
        heard[0] += 1

    client.add_handlers(MessageHandler(listen), CallbackButtonHandler(listen))

    async def take(raw: bytes) -> None:
        before = heard[0]
        await client.webhook_update_handler(raw)
        if heard[0] != before + 1:
            raise RuntimeError("pywa called nobody")

    return take


def slack_library() -> Take:
    """bolt's dispatch to one listener. Its listeners run beside it, so each is waited for."""
    from slack_bolt.app.async_app import AsyncApp
    from slack_bolt.authorization import AuthorizeResult
    from slack_bolt.request.async_request import AsyncBoltRequest

    token = "xoxb-nobody"  # opens nothing

    async def authorize(**_: object) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T111", bot_user_id="UBOT", bot_id="B1", bot_token=token)

    app = AsyncApp(signing_secret=token, authorize=authorize, request_verification_enabled=False)
    done = asyncio.Event()

    @app.event("message")
    async def listen(body: dict[str, object]) -> None:
        done.set()

    async def take(raw: bytes) -> None:
        done.clear()
        request = AsyncBoltRequest(body=raw.decode(), headers={"content-type": "application/json"})
        await app.async_dispatch(request)
        await asyncio.wait_for(done.wait(), 5)

    return take


async def timed(take: Take, bodies: Sequence[bytes], rounds: int) -> float:
    """Microseconds of processor time a body."""
    started = time.process_time()
    for _ in range(rounds):
        for raw in bodies:
            await take(raw)
    return (time.process_time() - started) / (rounds * len(bodies)) * 1e6


async def measure(report: Report, rounds: int, repeat: int) -> None:
    rivals: dict[str, tuple[str, Callable[[], Take], Sequence[bytes]]] = {
        "telegram": ("python-telegram-bot", telegram_library, payloads.TELEGRAM),
        "whatsapp": ("pywa", whatsapp_library, payloads.WHATSAPP),
        "slack": ("bolt", slack_library, payloads.SLACK),
    }
    for kind, (library, make, bodies) in rivals.items():
        ready, theirs = ours(kind), make()
        own: list[float] = []
        other: list[float] = []
        for turn in range(repeat + 1):
            told = await timed(ready, bodies, rounds), await timed(theirs, bodies, max(rounds // 10, 1))
            if turn:
                own.append(told[0])
                other.append(told[1])
        report.add(f"{kind}, ours", own, "us")
        report.add(f"{kind}, {library}", other, "us")
        report.add_ratio(f"{library} / ours", other, own)
    ready = ours("messenger")
    await timed(ready, payloads.MESSENGER, rounds)
    alone = [await timed(ready, payloads.MESSENGER, rounds) for _ in range(repeat)]
    report.add("messenger, ours (no library lives)", alone, "us")


def main() -> None:
    parser = options(__doc__)
    parser.add_argument(
        "--rounds", type=int, default=300, help="times a body is parsed (default 300, a tenth by others)"
    )
    parser.add_argument("--repeat", type=int, default=5, help="repetitions (default 5)")
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    report = Report("parse", "Understanding one webhook, processor time")
    asyncio.run(measure(report, given.rounds, given.repeat))
    report.tell(given)


if __name__ == "__main__":
    main()
