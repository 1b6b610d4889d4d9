"""Is it alive, is it ready, what does it count: health, readiness and metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from hub.http.access import PUBLIC
from hub.http.model import View
from hub.http.routes import Route

ReadyCheck = Callable[[], Awaitable[str | None]]
"""Looks at one thing the hub depends on: None when it is well, else a sentence about what is wrong."""

RenderMetrics = Callable[[], tuple[bytes, str]]
"""The metrics and their content type."""

_PATIENCE = 2.0


class Alive(View):
    status: str
    """Always `ok`: the process answers."""


class ReadyLine(View):
    """One thing the hub depends on."""

    name: str
    ok: bool
    text: str | None
    """What is wrong, where something is."""


class Ready(View):
    """Whether this process can do its work."""

    status: str
    """`ready` or `not_ready`."""
    checks: list[ReadyLine]


class Health:
    """The routes of an operator's probes. ``checks`` are named; each gets two seconds."""

    def __init__(
        self,
        *,
        checks: Mapping[str, ReadyCheck],
        render_metrics: RenderMetrics,
    ) -> None:
        self._checks = checks
        self._render_metrics = render_metrics

    async def healthz(self) -> Alive:
        return Alive(status="ok")

    async def readyz(self) -> web.Response:
        lines = await asyncio.gather(*(self._look(name, check) for name, check in self._checks.items()))
        good = all(line.ok for line in lines)
        ready = Ready(status="ready" if good else "not_ready", checks=lines)
        return web.Response(
            status=200 if good else 503, body=ready.model_dump_json().encode(), content_type="application/json"
        )

    async def _look(self, name: str, check: ReadyCheck) -> ReadyLine:
        try:
            async with asyncio.timeout(_PATIENCE):
                wrong = await check()
        except TimeoutError:
            wrong = f"No answer within {_PATIENCE:g} seconds."
        except Exception as error:
            wrong = f"The check failed ({type(error).__name__})."
        return ReadyLine(name=name, ok=wrong is None, text=wrong)

    async def metrics(self) -> web.Response:
        body, kind = self._render_metrics()
        return web.Response(body=body, headers={"Content-Type": kind})

    def routes(self) -> list[Route]:
        """The routes of this file."""
        return [
            Route(
                method="GET",
                path="/healthz",
                handler=self.healthz,
                access=PUBLIC,
                summary="Is the process alive?",
                tags=("operation",),
            ),
            Route(
                method="GET",
                path="/readyz",
                handler=self.readyz,
                access=PUBLIC,
                summary="Can it do its work?",
                tags=("operation",),
                returns=Ready,
                also={503: Ready},
            ),
            Route(
                method="GET",
                path="/metrics",
                handler=self.metrics,
                access=PUBLIC,
                summary="Metrics for Prometheus",
                tags=("operation",),
                produces="text/plain",
            ),
        ]
