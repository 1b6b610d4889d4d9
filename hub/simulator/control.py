"""The control API for scripts, and the page that shows every platform's chat side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Protocol

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from hub.simulator.chat_pages import CSP, Handler, Wrong, answer, page_file, plainly, query_number, read_body, sent_to
from hub.simulator.faults import Fault, FaultPlan, Kind
from hub.simulator.record import Record

_FAULTS = 100


class _Fault(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Kind
    rate: float = Field(default=1.0, ge=0, le=1)
    seconds: float = Field(default=1.0, ge=0, le=3600)
    upstream: str = ""
    methods: list[str] = Field(default=[], max_length=50)
    times: int | None = Field(default=None, ge=1)
    skip: int = Field(default=0, ge=0)


class Pages(Protocol):
    """A further platform's chat page under ``/{platform}/`` and its control API under ``/control/{platform}/``."""

    def routes(self, app: web.Application) -> None:
        """Put page and API on an application."""
        ...


class Control:
    """Pages under ``/``, the control API under ``/control``."""

    name = "pages"

    def __init__(self, *, record: Record, faults: FaultPlan, platforms: Sequence[Pages]) -> None:
        self._record = record
        self._faults = faults
        self._platforms = tuple(platforms)

    async def start(self) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        """Nothing to close."""

    def routes(self, app: web.Application) -> None:
        """Put pages and API on an application."""
        app.router.add_get("/", sent_to("/telegram/"))
        app.router.add_get("/phones/", _side_by_side("index.html"))
        app.router.add_get("/phones/phones.css", _side_by_side("phones.css"))
        app.router.add_get("/control/record", _plain(self._requests))
        app.router.add_get("/control/faults", _plain(self._list_faults))
        app.router.add_post("/control/faults", _plain(self._add_fault))
        app.router.add_delete("/control/faults", _plain(self._clear_faults))
        for pages in self._platforms:
            pages.routes(app)

    async def _requests(self, request: web.Request) -> web.Response:
        after = query_number(request, "after")
        entries = [asdict(entry) for entry in self._record.requests if entry.n > after]
        return answer({"items": entries[:1000], "forgotten": self._record.forgotten})

    async def _list_faults(self, request: web.Request) -> web.Response:
        return answer({"items": [asdict(f) | {"methods": sorted(f.methods)} for f in self._faults.faults]})

    async def _add_fault(self, request: web.Request) -> web.Response:
        asked = await read_body(request, _Fault)
        if len(self._faults.faults) >= _FAULTS:
            raise Wrong(f"There are {_FAULTS} faults already. Clear them first.")
        self._faults.add(Fault(**(asked.model_dump() | {"methods": frozenset(asked.methods)})))
        return await self._list_faults(request)

    async def _clear_faults(self, request: web.Request) -> web.Response:
        self._faults.clear()
        return answer({"items": []})


def _plain(handler: Handler) -> Handler:
    return plainly(handler, lambda error: None)


def _side_by_side(name: str) -> Handler:
    """A file of the page with every platform's chat. It may frame our own pages, and nothing else may it."""

    async def show(request: web.Request) -> web.Response:
        response = page_file(f"phones/{name}")
        response.headers["Content-Security-Policy"] = f"{CSP}; frame-src 'self'"
        return response

    return show
