"""The simulator as a process of its own, the ground truth of every fault run: ``python -m support.faults.platforms``.

Beside the simulator's own addresses it has ``/ground``, where a run makes accounts and people by the thousand and reads
what really happened. It prints its addresses as one line of JSON and ends with its parent.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import json
import re
import signal
import sys
import time
from typing import Any

from aiohttp import web

from hub.simulator.model.prompt import read
from hub.simulator.record import Recorded
from hub.simulator.server import Simulator

TOKEN = re.compile(r"q\d+c\d+m\d+")
"""What stands in every question of a run and, since the scripted model repeats the question, in its answer."""

FIELDS = "messages,messaging_postbacks,message_echoes,message_deliveries,message_reads"
Json = dict[str, Any]


class Ground:
    """Accounts and people in bulk, and the record told in short."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._tokens: dict[int, tuple[str, ...]] = {}

    def routes(self, app: web.Application) -> None:
        app.router.add_post("/ground/accounts", self._accounts)
        app.router.add_post("/ground/listen", self._listen)
        app.router.add_post("/ground/people", self._people)
        app.router.add_get("/ground/record", self._record)
        app.router.add_get("/ground/answered", self._answered)

    async def _accounts(self, request: web.Request) -> web.Response:
        asked = await request.json()
        return web.json_response(getattr(self, f"_new_{asked['kind']}")(int(asked["n"])))

    def _new_telegram(self, n: int) -> Json:
        token = f"{7_100_000_000 + n}:{'A' * 35}"
        bot = self._simulator.telegram.add_bot(token)
        return {"account": str(bot.id), "credentials": {"bot_token": token, "secret_token": f"telegram-secret-{n:04}"}}

    def _new_whatsapp(self, n: int) -> Json:
        number = self._simulator.whatsapp.add_number(
            str(10_000 + n), token=f"whatsapp-token-{n}", app_secret=f"{n:032}"
        )
        secrets = {"access_token": number.token, "app_secret": number.app_secret, "verify_token": "verify-me"}
        return {
            "account": number.id,
            "waba": number.account,
            "metadata": number.metadata,
            "credentials": {"phone_number_id": number.id, "waba_id": number.account, **secrets},
        }

    def _new_messenger(self, n: int) -> Json:
        page = self._simulator.messenger.add_page(str(20_000 + n), token=f"messenger-token-{n}", app_secret=f"{n:032}")
        page.fields = frozenset(FIELDS.split(","))
        secrets = {"page_access_token": page.token, "app_secret": page.app_secret, "verify_token": page.verify_token}
        return {"account": page.id, "credentials": {"page_id": page.id, **secrets}}

    def _new_slack(self, n: int) -> Json:
        app = self._simulator.slack.add_app(
            f"xoxb-{n:012}-{n:012}-{'a' * 24}", app_id=f"A{n:010}", team_id=f"T{n:010}", signing_secret=f"{n:032x}"
        )
        facts = {"app_id": app.app_id, "team_id": app.team_id}
        secrets = {"bot_token": app.token, "signing_secret": app.signing_secret}
        return {"account": app.token, "bot_user": app.bot_user, **facts, "credentials": {**facts, **secrets}}

    async def _listen(self, request: web.Request) -> web.Response:
        """Where an account's echoes and receipts go. Telegram has none."""
        asked = await request.json()
        kind, account, url = asked["kind"], asked["account"], asked["url"]
        simulator = self._simulator
        if kind == "whatsapp":
            simulator.whatsapp.subscribe(simulator.whatsapp.number(account), url)
        elif kind == "messenger":
            simulator.messenger.listen(url, page=simulator.messenger.page(account))
        elif kind == "slack":
            simulator.slack.connect(url, app=simulator.slack.apps[account])
        return web.json_response({})

    async def _people(self, request: web.Request) -> web.Response:
        asked = await request.json()
        one = getattr(self, f"_{asked['kind']}_person")
        return web.json_response([one(asked["account"], name) for name in asked["names"]])

    def _telegram_person(self, account: str, name: str) -> Json:
        person = self._simulator.telegram.user(name, bot=self._simulator.telegram.bot(int(account)))
        return {"chat": str(person.chat.id), "user": person.user}

    def _whatsapp_person(self, account: str, name: str) -> Json:
        chat = self._simulator.whatsapp.user(name, number=self._simulator.whatsapp.number(account)).chat
        chat.wrote_at = time.time()
        return {"chat": chat.key, "phone": chat.phone, "user_id": chat.user_id, "contact": chat.contact}

    def _messenger_person(self, account: str, name: str) -> Json:
        chat = self._simulator.messenger.user(name, page=self._simulator.messenger.page(account)).chat
        chat.last_inbound = time.time()
        return {"chat": chat.person}

    def _slack_person(self, account: str, name: str) -> Json:
        person = self._simulator.slack.user(name, app=self._simulator.slack.apps[account])
        return {"chat": person.chat.id, "user": person.id}

    async def _record(self, request: web.Request) -> web.Response:
        """Every send and every question to the model after a number, oldest first; and how much was forgotten."""
        after = int(request.query.get("after", "0"))
        entries = [self._facts(e) for e in self._simulator.record.requests if e.n > after]
        return web.json_response({"items": entries, "forgotten": self._simulator.record.forgotten})

    async def _answered(self, request: web.Request) -> web.Response:
        """The questions whose answer reached somebody's chat, and the newest number.

        Those that the model broke off over are among them: their answer has no mark to know it by.
        """
        after = int(request.query.get("after", "0"))
        requests = self._simulator.record.requests
        made = [e for e in requests if e.n > after and e.accepted and (e.ids or e.fault == "cut")]
        found = {token for entry in made for token in self._tokens_of(entry)}
        return web.json_response({"tokens": sorted(found), "n": requests[-1].n if requests else 0})

    def _facts(self, entry: Recorded) -> Json:
        return {
            "n": entry.n,
            "at": entry.at,
            "done": entry.done,
            "upstream": entry.upstream,
            "method": entry.method,
            "account": entry.account,
            "chat": entry.chat,
            "status": entry.status,
            "made": bool(entry.accepted and entry.ids),
            "fault": entry.fault,
            "error": entry.error,
            "tokens": self._tokens_of(entry),
        }

    def _tokens_of(self, entry: Recorded) -> tuple[str, ...]:
        """The questions this request is about, in the order in which they stand there."""
        known = self._tokens.get(entry.n)
        if known is None:
            params = entry.params
            if entry.upstream == "model":
                text = json.dumps(read(params.get("messages", ())).unanswered)
            else:
                text = json.dumps(params, default=str)
            known = tuple(dict.fromkeys(TOKEN.findall(text)))
            if entry.done is not None or entry.accepted:
                self._tokens[entry.n] = known
        return known


async def _serve(options: argparse.Namespace) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with Simulator(
        seed=options.seed,
        speed=10.0,
        record_limit=2_000_000,
        prompts_kept=2_000_000,
        tokens_per_second=options.tokens_per_second,
    ) as simulator:
        app = web.Application(client_max_size=64 << 20)
        Ground(simulator).routes(app)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ground = f"http://127.0.0.1:{runner.addresses[0][1]}"
        print(json.dumps({"ground": ground, "control": simulator.pages_url, **simulator.urls}), flush=True)
        await ended.wait()
        await runner.cleanup()


def end_with_parent() -> None:
    """Ask the kernel to kill this process when its parent dies, where it can."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tokens-per-second", type=float, default=0.0)
    end_with_parent()
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
