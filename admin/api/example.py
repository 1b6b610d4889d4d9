"""The example over REST: in by one call after another until it is whole, out by one."""

from __future__ import annotations

from hub.accounts.permissions import Permission
from hub.http.access import Call, tenant
from hub.http.model import View
from hub.http.routes import Route
from orchestrator.example import ExampleDesk, ExampleState


class ExampleView(View):
    documents: int
    ready: int
    """Of these, those that were read."""
    conversations: int
    whole: bool
    """Nothing is left to do."""


class ExampleApi:
    """The routes of the example."""

    def __init__(self, *, desk: ExampleDesk) -> None:
        self._desk = desk

    async def get(self, call: Call) -> ExampleView:
        return _view(await self._desk.state(call.tenant_id))

    async def go_on(self, call: Call) -> ExampleView:
        return _view(await self._desk.go_on(call.tenant_id))

    async def remove(self, call: Call) -> None:
        await self._desk.remove(call.tenant_id)

    def routes(self) -> list[Route]:
        """The routes of this file."""
        path, tags = "/api/v1/tenants/{tenant}/example", ("tenants",)
        reads, writes = tenant(Permission.TENANT_READ), tenant(Permission.TENANT_WRITE)
        return [
            Route(method="GET", path=path, handler=self.get, access=reads, name="get_example", tags=tags,
                  summary="How much of the example is there"),
            Route(method="POST", path=path, handler=self.go_on, access=writes, name="load_example", tags=tags,
                  summary="Put the example in, a step at a time", idempotent=True,
                  description="Documents first, then customers who ask about them. Call it until `whole`."),
            Route(method="DELETE", path=path, handler=self.remove, access=writes, name="remove_example", tags=tags,
                  summary="Take the example out, and nothing else"),
        ]  # fmt: skip


def _view(state: ExampleState) -> ExampleView:
    return ExampleView(
        documents=state.documents, ready=state.ready, conversations=state.conversations, whole=state.whole
    )
