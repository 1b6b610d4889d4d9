"""Installing a shared app by consent: a link for the owner, the platform's page, and the channel that comes of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from hub.accounts.apps import AppDesk
from hub.accounts.channels import ChannelDesk
from hub.accounts.credentials import ChannelAccounts, OpenApp
from hub.core.channels import Channel, InstallsByConsent
from hub.core.errors import Conflict, Invalid, NotFound, Unauthenticated
from hub.core.ids import AppId, ChannelKind, TenantId
from hub.security.tokens import SignedTokens
from hub.store.channels import ChannelRow
from hub.store.session import Store

LINK_LIFETIME = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Consent:
    """Where to send the owner's browser, and the random value it keeps until it comes back."""

    url: str
    browser: str


class InstallDesk:
    """Installs shared apps. ``public_url`` is the hub's own address, to which the platform sends people back."""

    def __init__(
        self,
        *,
        store: Store,
        accounts: ChannelAccounts,
        channels: Mapping[ChannelKind, Channel],
        secret_keys: Sequence[str],
        public_url: str | None,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._channels = channels
        self._links = SignedTokens(secret_keys, "install")
        self._public_url = (public_url or "").rstrip("/")

    async def link(self, id: AppId, tenant: TenantId) -> str:
        """A link by which whoever opens it can connect their account to ``tenant``, for an hour.

        Raises ``NotFound`` for no such app, ``Invalid`` where its platform has no such way or the hub no address.
        """
        await self._app(id)
        ticket = self._links.sign({"app": str(id), "tid": str(tenant)}, LINK_LIFETIME)
        return f"{self._address(id)}/install?ticket={ticket}"

    async def begin(self, id: AppId, ticket: str) -> Consent:
        """The platform's page of consent for one of our links. Raises ``Unauthenticated`` for any other."""
        claims = self._links.verify(ticket)
        if claims.get("app") != str(id):
            raise Unauthenticated("This link is for another app. Ask for a new one.")
        app, adapter = await self._app(id)
        browser = secrets.token_urlsafe(32)
        url = adapter.consent_url(
            app.credentials, tenant=str(claims.get("tid")), browser=browser, redirect_url=self.callback(id)
        )
        return Consent(url, browser)

    async def finish(self, id: AppId, query: Mapping[str, str], browser: str) -> ChannelRow:
        """The channel of the account that was connected; installing again renews its credentials.

        Raises ``Forged`` (not begun here, or too long ago), ``Invalid`` (declined or refused), ``Conflict`` (another
        tenant has the account) and ``Unavailable``.
        """
        app, adapter = await self._app(id)
        installed = await adapter.install(app.credentials, query, browser=browser, redirect_url=self.callback(id))
        tenant = TenantId(UUID(installed.tenant))
        async with self._store.directory() as directory:
            owner = await directory.tenant(str(tenant))
        if owner is None or not owner.enabled:
            raise NotFound("The company this link was made for is no longer here.")
        desk = ChannelDesk(store=self._store, accounts=self._accounts, channels=self._channels)
        channel = self._channels[app.kind]
        account = channel.account(channel.configure(installed.credentials))
        async with self._store.directory() as directory:
            routes = await directory.routes(app.kind, account)
        if not routes:
            return await desk.create(tenant, app.kind, installed.name[:200], installed.credentials)
        if routes[0].tenant_id != tenant:
            raise Conflict("This account is connected to another company's channel already.")
        return await desk.change(tenant, routes[0].channel_id, credentials=installed.credentials, enabled=True)

    async def manifest(self, id: AppId) -> Mapping[str, Any]:
        """What to paste at the platform so that the app has the right addresses and permissions."""
        _, adapter = await self._app(id)
        return adapter.app_manifest("Switchboard", self._public_url, self.callback(id))

    def callback(self, id: AppId) -> str:
        """Where the platform sends people back."""
        return f"{self._address(id)}/callback"

    def _address(self, id: AppId) -> str:
        if not self._public_url:
            raise Invalid("HUB_PUBLIC_URL is not set. Set it to the address under which people reach this hub.")
        return f"{self._public_url}/api/v1/apps/{id}"

    async def _app(self, id: AppId) -> tuple[OpenApp, InstallsByConsent]:
        row = await AppDesk(store=self._store, accounts=self._accounts).get(id)
        channel = self._channels.get(ChannelKind(row.kind))
        if not isinstance(channel, InstallsByConsent):
            raise Invalid("Apps of this kind are not installed by consent. Connect its accounts as channels.")
        found = next((app for app in await self._accounts.apps(ChannelKind(row.kind)) if app.id == id), None)
        if found is None:
            raise NotFound("There is no such app.", field="app")
        return found, channel
