"""Starts the simulated upstreams on loopback ports, and stops them."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Protocol, Self

from aiohttp import web

from hub.simulator.control import Control
from hub.simulator.faults import FaultPlan
from hub.simulator.identity.github import BODY as SIGN_IN_BODY
from hub.simulator.identity.github import GitHub
from hub.simulator.identity.oidc import OidcIssuer
from hub.simulator.mail import MailCatcher
from hub.simulator.messenger.pages import MessengerPages
from hub.simulator.messenger.platform import BODY as MESSENGER_BODY
from hub.simulator.messenger.platform import Messenger
from hub.simulator.model.api import BODY as MODEL_BODY
from hub.simulator.model.api import PROMPTS_KEPT, Model
from hub.simulator.record import LIMIT, Record
from hub.simulator.slack.pages import SlackPages
from hub.simulator.slack.platform import BODY as SLACK_BODY
from hub.simulator.slack.platform import Slack
from hub.simulator.telegram.pages import TelegramPages
from hub.simulator.telegram.platform import BODY as TELEGRAM_BODY
from hub.simulator.telegram.platform import Telegram
from hub.simulator.whatsapp.pages import WhatsAppPages
from hub.simulator.whatsapp.platform import BODY as WHATSAPP_BODY
from hub.simulator.whatsapp.platform import WhatsApp
from hub.simulator.youtube import BODY as YOUTUBE_BODY
from hub.simulator.youtube import YouTube

_EPOCH = 1_704_067_200
"""2024-01-01 UTC: ids made from the clock count from here, which keeps them within 32 bits for decades."""


class Upstream(Protocol):
    """One simulated service with a URL of its own. A further platform is one more of these."""

    name: str

    async def start(self) -> None:
        """Open what the upstream needs before it is reachable."""
        ...

    async def stop(self) -> None:
        """Close it again. Idempotent."""
        ...

    def routes(self, app: web.Application) -> None:
        """Put the upstream's routes on an application of its own."""
        ...


class Simulator:
    """The platforms and a model server, as an asynchronous context manager.

    ``seed`` makes ids and faults repeatable; without one, ids start above those of every earlier run, so that a
    hub with a lasting database takes new updates for new. ``ports`` maps an upstream's name, such as ``telegram``
    or ``pages``, to its port (0 or absent: a free one). ``speed`` divides the platforms' waits between retries.
    Entering raises ``OSError`` when a port is taken.
    """

    def __init__(
        self,
        *,
        seed: int | None = None,
        host: str = "127.0.0.1",
        ports: Mapping[str, int] | None = None,
        speed: float = 1.0,
        open_bots: bool = False,
        model_key: str = "",
        tokens_per_second: float = 0.0,
        record_limit: int = LIMIT,
        prompts_kept: int = PROMPTS_KEPT,
    ) -> None:
        self.record = Record(record_limit)
        self.faults = FaultPlan(seed or 0)
        self.telegram = Telegram(
            record=self.record, faults=self.faults, first_id=_first_id(seed), speed=speed, open_bots=open_bots
        )
        self.messenger = Messenger(record=self.record, faults=self.faults, first_id=_first_id(seed), speed=speed)
        self.model = Model(
            record=self.record,
            faults=self.faults,
            api_key=model_key,
            tokens_per_second=tokens_per_second,
            prompts_kept=prompts_kept,
        )
        self.slack = Slack(record=self.record, faults=self.faults, speed=speed)
        self.whatsapp = WhatsApp(record=self.record, faults=self.faults, first_id=_first_id(seed), speed=speed)
        self.oidc = OidcIssuer(record=self.record, faults=self.faults)
        self.github = GitHub(record=self.record, faults=self.faults)
        self.youtube = YouTube(record=self.record, faults=self.faults)
        self.mail = MailCatcher()
        platforms = (
            TelegramPages(self.telegram),
            MessengerPages(self.messenger),
            SlackPages(self.slack),
            WhatsAppPages(self.whatsapp),
            self.mail,
        )
        self.control = Control(record=self.record, faults=self.faults, platforms=platforms)
        self._host = host
        self._ports = dict(ports or {})
        self._urls: dict[str, str] = {}
        self._runners: list[web.AppRunner] = []

    @property
    def telegram_url(self) -> str:
        """Stands for ``https://api.telegram.org``: methods live under ``/bot{token}/``."""
        return self._urls["telegram"]

    @property
    def messenger_url(self) -> str:
        """Stands for ``https://graph.facebook.com``."""
        return self._urls["messenger"]

    @property
    def whatsapp_url(self) -> str:
        """Stands for ``https://graph.facebook.com``: calls live under ``/v23.0/``."""
        return self._urls["whatsapp"]

    @property
    def model_url(self) -> str:
        """Stands for ``https://api.openai.com/v1``."""
        return f"{self._urls['model']}/v1"

    @property
    def slack_url(self) -> str:
        """Stands for ``https://slack.com/api``."""
        return f"{self._urls['slack']}/api"

    @property
    def oidc_url(self) -> str:
        """The issuer that people sign in at."""
        return self._urls["oidc"]

    @property
    def github_url(self) -> str:
        """Stands for ``https://api.github.com``; people sign in at the same server."""
        return f"{self._urls['github']}/api/v3"

    @property
    def youtube_url(self) -> str:
        """Stands for ``https://www.youtube.com``."""
        return self._urls["youtube"]

    @property
    def smtp_url(self) -> str:
        """Stands for a mail server that delivers; this one keeps, and shows at ``/mail/`` of the pages."""
        return self.mail.url

    @property
    def pages_url(self) -> str:
        """The chat pages and, under ``/control``, the control API."""
        return self._urls["pages"]

    @property
    def urls(self) -> Mapping[str, str]:
        """Every upstream's address by its name."""
        return dict(self._urls)

    async def __aenter__(self) -> Self:
        try:
            for upstream, body in self._upstreams():
                await self._serve(upstream, body)
            await self.mail.start(self._host, self._ports.get("smtp", 0))
            self.oidc.issuer = self.oidc_url
            self.slack.base_url = self._urls["slack"]
            self.messenger.base_url = self.messenger_url
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop everything. Idempotent."""
        await self.mail.stop()
        for upstream, _ in reversed(self._upstreams()):
            await upstream.stop()
        while self._runners:
            await self._runners.pop().cleanup()

    def _upstreams(self) -> Sequence[tuple[Upstream, int]]:
        return (
            (self.telegram, TELEGRAM_BODY),
            (self.messenger, MESSENGER_BODY),
            (self.slack, SLACK_BODY),
            (self.whatsapp, WHATSAPP_BODY),
            (self.model, MODEL_BODY),
            (self.oidc, SIGN_IN_BODY),
            (self.github, SIGN_IN_BODY),
            (self.youtube, YOUTUBE_BODY),
            (self.control, TELEGRAM_BODY),
        )

    async def _serve(self, upstream: Upstream, body: int) -> None:
        await upstream.start()
        app = web.Application(client_max_size=body)
        upstream.routes(app)
        # An injected hang must not hold up the shutdown of what it was meant to test.
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        self._runners.append(runner)
        await runner.setup()
        site = web.TCPSite(runner, self._host, self._ports.get(upstream.name, 0))
        await site.start()
        port = runner.addresses[0][1]
        host = f"[{self._host}]" if ":" in self._host else self._host
        self._urls[upstream.name] = f"http://{host}:{port}"


def _first_id(seed: int | None) -> int:
    if seed is None:
        return max(1, int(time.time()) - _EPOCH) * 10
    return random.Random(seed).randrange(100_000_000, 900_000_000)  # noqa: S311  # a repeatable start, no secret
