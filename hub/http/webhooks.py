"""Platforms' webhooks: verify the raw bytes, parse, store, and only then answer 200."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

import orjson
import structlog
from aiohttp import web

from hub.accounts.credentials import ChannelAccounts, OpenChannel
from hub.core.channels import Channel, Credentials, Verified, WebhookRequest
from hub.core.errors import HubError, NotFound, Unavailable
from hub.core.ids import AccountKey, ChannelId, ChannelKind, TenantId
from hub.core.messages import Event
from hub.http.access import SIGNED, Call
from hub.http.bodies import read_raw
from hub.http.routes import Route
from hub.inbox.accept import Accepted

log = structlog.get_logger("hub.http.webhooks")

MAX_WEBHOOK = 3 * 1024 * 1024
"""Bytes of one webhook; Meta sends up to 3 MB."""

_OUTCOMES = {outcome: orjson.dumps({"outcome": outcome}) for outcome in ("accepted", "ignored(disabled)")}

Count = Callable[[str, str], None]
"""Counts one webhook: kind of channel, outcome (accepted, ignored_disabled, unknown_account, forged, failed)."""


class AcceptEvents(Protocol):
    """``hub.inbox.accept.Accept``."""

    def __call__(
        self,
        tenant: TenantId,
        channel: ChannelId,
        events: Sequence[Event],
        *,
        pause: float | None = None,
        ignored: str | None = None,
    ) -> Awaitable[list[Accepted]]: ...


class Webhooks:
    """The routes that platforms call."""

    def __init__(
        self,
        *,
        accounts: ChannelAccounts,
        channels: Mapping[ChannelKind, Channel],
        accept: AcceptEvents,
        count: Count,
    ) -> None:
        self._accounts = accounts
        self._channels = channels
        self._accept = accept
        self._count = count

    async def of_channel(self, call: Call, kind: str, channel_id: str) -> web.Response:
        """One channel's own address."""
        adapter = self._adapter(kind)
        found = await self._accounts.by_id(_channel_id(channel_id))
        if found is None or found.kind != adapter.kind:
            raise NotFound("There is no such channel.", field="channel_id")
        received = await _received(call)
        verified = self._verify(adapter, [found.credentials], received)
        if verified.challenge is not None:
            return _challenge(verified.challenge)
        outcome = await self._store(found, adapter.parse(received.raw, found.account))
        self._count(kind, outcome)
        return _answer(outcome, verified)

    async def of_app(self, call: Call, kind: str) -> web.Response:
        """The address of the platform apps that many accounts share."""
        adapter = self._adapter(kind)
        apps = await self._accounts.apps(adapter.kind)
        if not apps:
            raise NotFound("No shared app of this kind is set up here.", field="kind")
        received = await _received(call)
        verified = self._verify(adapter, [app.credentials for app in apps], received)
        if verified.challenge is not None:
            return _challenge(verified.challenge)
        failed = False
        for account in adapter.route(received.raw):
            failed |= not await self._deal_out(adapter, account, received)
        if failed:
            self._count(kind, "failed")
            raise Unavailable("Not all of it could be stored just now. Send it again.")
        return _answer("accepted", verified)

    def _adapter(self, kind: str) -> Channel:
        adapter = self._channels.get(ChannelKind(kind))
        if adapter is None:
            raise NotFound("This hub knows no such kind of channel.", field="kind")
        return adapter

    async def _deal_out(self, adapter: Channel, account: AccountKey, received: WebhookRequest) -> bool:
        """Store one account's events in each of its channels. False when one could not take them: the platform
        sends the whole body again, and the others find theirs already stored."""
        kind = adapter.kind
        channels = await self._accounts.by_account(kind, account)
        if not channels:
            # An error here would make the platform unsubscribe every tenant of the app.
            self._count(kind, "unknown_account")
            log.info("webhook.unknown_account", kind=kind)
        stored = True
        for channel in channels:
            try:
                outcome = await self._store(channel, adapter.parse(received.raw, channel.account))
            except Unavailable:
                stored = False
            else:
                self._count(kind, outcome)
        return stored

    async def _store(self, channel: OpenChannel, events: Sequence[Event]) -> str:
        if not channel.enabled:
            await self._accept(channel.tenant_id, channel.id, events, ignored="disabled")
            return "ignored(disabled)"
        await self._accept(channel.tenant_id, channel.id, events)
        return "accepted"

    def _verify(self, adapter: Channel, credentials: Sequence[Credentials], received: WebhookRequest) -> Verified:
        try:
            return adapter.verify(credentials, received)
        except HubError:
            self._count(adapter.kind, "forged")
            raise

    def routes(self) -> list[Route]:
        """The routes of this file."""

        def route(method: str, path: str, handler: Callable[..., Awaitable[web.Response]], name: str) -> Route:
            return Route(
                method=method,
                path=path,
                handler=handler,
                access=SIGNED,
                name=name,
                summary="Events from a platform" if method == "POST" else "A platform checks the address",
                tags=("webhooks",),
                max_body=MAX_WEBHOOK,
                consumes={"application/json": {}} if method == "POST" else {},
                description="The platform signs the raw bytes; nothing is parsed before the signature is proven.",
            )

        return [
            route("POST", "/webhooks/{kind}/{channel_id}", self.of_channel, "receive_channel_webhook"),
            route("GET", "/webhooks/{kind}/{channel_id}", self.of_channel, "check_channel_webhook"),
            route("POST", "/webhooks/{kind}", self.of_app, "receive_app_webhook"),
            route("GET", "/webhooks/{kind}", self.of_app, "check_app_webhook"),
        ]


def _channel_id(text: str) -> ChannelId:
    try:
        return ChannelId(UUID(text))
    except ValueError:
        raise NotFound("There is no such channel.", field="channel_id") from None


async def _received(call: Call) -> WebhookRequest:
    request = call.request
    raw = await read_raw(request, MAX_WEBHOOK)
    headers = {name.lower(): value for name, value in request.headers.items()}
    return WebhookRequest(request.method, headers, dict(request.query) if request.query_string else {}, raw)


def _challenge(challenge: bytes) -> web.Response:
    return web.Response(body=challenge, content_type="text/plain")


def _answer(outcome: str, verified: Verified) -> web.Response:
    if verified.silent:
        return web.Response()
    return web.Response(body=_OUTCOMES[outcome], content_type="application/json", charset="utf-8")
