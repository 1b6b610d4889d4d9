"""The Slack channel: the contract of ``hub.core.channels`` over the pure parts of this package."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from adapters.payloads import mapping, text
from adapters.slack import inbound, oauth, sending, setup
from adapters.slack import outbound as writing
from adapters.slack.capabilities import CAPABILITIES, KIND, STATUS_LENGTH
from adapters.slack.config import account_of, configure
from adapters.slack.errors import CallFailed
from adapters.slack.hosts import API_URL
from adapters.slack.keys import read_thread
from adapters.slack.signing import verify
from hub.core.channels import (
    Capabilities,
    Check,
    Credentials,
    FetchedMedia,
    Installed,
    OpenFile,
    Request,
    SendResult,
    Verified,
    WebhookRequest,
    Window,
)
from hub.core.errors import Invalid, Unavailable
from hub.core.ids import AccountKey, ChannelKind, PlatformId, ThreadKey
from hub.core.messages import Event, Media, Outbound
from hub.core.ports import Clock

if TYPE_CHECKING:
    import aiohttp

    from adapters.slack.web import Clients

TYPING: str = "is typing\u2026"


class SlackChannel:
    """Slack over its Web API. Without a ``session`` it can verify, parse and render, but not send."""

    kind: ChannelKind = KIND
    capabilities: Capabilities = CAPABILITIES

    def __init__(self, *, session: aiohttp.ClientSession | None, clock: Clock, api_url: str | None = None) -> None:
        self._session = session
        self._clock = clock
        self._api_url = (api_url or API_URL).rstrip("/")
        self._clients: Clients | None = None

    def configure(self, credentials: Mapping[str, Any]) -> Credentials:
        return configure(credentials)

    def account(self, credentials: Credentials) -> AccountKey:
        return account_of(credentials)

    def verify(self, credentials: Sequence[Credentials], request: WebhookRequest) -> Verified:
        """Slack signs time and raw bytes. Without a secret nothing is genuine."""
        return verify(credentials, request, self._clock.now())

    def route(self, raw: bytes) -> Sequence[AccountKey]:
        return inbound.route(raw)

    def parse(self, raw: bytes, account: AccountKey | None = None) -> Sequence[Event]:
        return inbound.parse(raw, account, self._clock.now())

    def render(self, outbound: Outbound, window: Window | None = None) -> Sequence[Request]:
        """The calls for a message. Slack has no reply window, so ``window`` changes nothing."""
        return writing.render(outbound)

    def render_edit(self, outbound: Outbound, platform_id: PlatformId) -> Sequence[Request]:
        return writing.render_edit(outbound, platform_id)

    def render_delete(self, thread: ThreadKey, platform_id: PlatformId) -> Sequence[Request]:
        return writing.render_delete(thread, platform_id)

    async def send(
        self, credentials: Credentials, request: Request, *, key: str, open_file: OpenFile | None = None
    ) -> SendResult:
        """Make one call. ``find_sent`` settles one that may have arrived."""
        token = str(credentials["bot_token"])
        if not request.uploads:
            return await sending.post(await self._open(), token, request)
        if open_file is None:
            return SendResult(False, permanent=True, code="no_file", error="The file to send cannot be opened.")
        return await sending.upload(await self._open(), token, request, open_file, self._api_url)

    async def find_sent(
        self, credentials: Credentials, request: Request, *, since: datetime
    ) -> Sequence[PlatformId] | None:
        """Look in the conversation's history whether a post that went unanswered arrived at or after ``since``.

        Its ids, or None when it is not there and may be sent again. Raises ``Unavailable`` when Slack does not
        say. A shared file is known by its name.
        """
        try:
            return await sending.find(await self._open(), str(credentials["bot_token"]), request, since)
        except CallFailed as failed:
            raise Unavailable(f"Slack does not show the conversation's history ({failed.fault.code}).") from None

    async def show_typing(self, credentials: Credentials, thread: ThreadKey) -> None:
        """Show "is typing" in a thread until the next post. Best effort; Slack has no such thing outside threads."""
        place = read_thread(thread)
        if place is None or place.thread_ts is None:
            return
        status = {"channel_id": place.channel, "thread_ts": place.thread_ts, "status": TYPING[:STATUS_LENGTH]}
        try:
            clients = await self._open()
            await clients.call(str(credentials["bot_token"]), "assistant.threads.setStatus", status)
        except (CallFailed, Unavailable):
            return

    def consent_url(self, app: Credentials, *, tenant: str, browser: str, redirect_url: str) -> str:
        """Where a workspace's owner agrees; the state in it is signed, bound to the browser, good for ten minutes."""
        state = oauth.sign_state(str(app["client_secret"]), tenant, browser, self._clock.now())
        return oauth.authorize_url(str(app["client_id"]), redirect_url, state, api_url=self._api_url)

    async def install(
        self, app: Credentials, query: Mapping[str, str], *, browser: str, redirect_url: str
    ) -> Installed:
        """The channel that the owner's return gives. The state is proven before anything is asked of Slack."""
        state = oauth.check_state([str(app["client_secret"])], query.get("state", ""), browser, self._clock.now())
        if told := oauth.refusal(query):
            raise Invalid(told)
        if self._session is None:
            raise Unavailable("This process was started without a way to reach Slack.")
        made = await oauth.exchange(self._session, app, query["code"], redirect_url, api_url=self._api_url)
        return Installed(state.tenant, made.credentials, made.workspace)

    def app_manifest(self, name: str, public_url: str, redirect_url: str) -> Mapping[str, Any]:
        """The manifest of an app that many workspaces share."""
        return setup.manifest(name, public_url, redirect_url=redirect_url)

    async def fetch_media(self, credentials: Credentials, media: Media) -> FetchedMedia:
        """Stream a customer's file from Slack's hosts; a file of another organisation is looked up first."""
        from adapters.slack import download

        if not media.ref:
            raise Invalid("This part has no file at Slack.", field="media")
        download.check_size(media.size)
        token = str(credentials["bot_token"])
        address = media.ref if "://" in media.ref else await self._address(token, media.ref)
        return await download.open_download(self._open_session(), self._api_url, token, address, media)

    async def check(self, credentials: Credentials) -> Sequence[Check]:
        """Ask Slack whose token this is and what it may do."""
        token = str(credentials["bot_token"])
        clients = await self._open()
        try:
            me, headers = await clients.call(token, "auth.test", {})
        except CallFailed as failed:
            return [setup.failed_check("bot", failed.fault)]
        told = [setup.workspace_check(me, credentials), setup.scopes_check(headers)]
        bot = text(me.get("bot_id"))
        if bot is None:
            return told
        try:
            answer, _ = await clients.call(token, "bots.info", {"bot": bot})
        except CallFailed as failed:
            # Without users:read Slack does not say; nothing else needs that permission.
            return told if failed.fault.code == "missing_scope" else [*told, setup.failed_check("app", failed.fault)]
        return [*told, setup.app_check(answer, credentials)]

    async def _address(self, token: str, file: str) -> str:
        try:
            answer, _ = await (await self._open()).call(token, "files.info", {"file": file})
        except CallFailed as failed:
            if failed.fault.status is not None and failed.fault.status < 400 and failed.fault.code != "ratelimited":
                raise Invalid(f"Slack does not hand over this file ({failed.fault.code}).", field="media") from None
            raise Unavailable("Slack does not answer for this file; try again later.") from None
        found = mapping(answer.get("file"))
        address = text(found.get("url_private_download")) or text(found.get("url_private"))
        if address is None:
            raise Invalid("Slack named no address that the file can be fetched from.", field="media")
        return address

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise Unavailable("This process was started without a connection to Slack.")
        return self._session

    async def _open(self) -> Clients:
        if self._clients is None:
            session = self._open_session()
            # The SDK takes a moment to import: in a thread, so that the others' messages do not wait.
            sdk = await asyncio.to_thread(import_module, "adapters.slack.web")
            self._clients = sdk.Clients(session, self._api_url)  # two first calls at once may make it twice: no harm
        return self._clients
