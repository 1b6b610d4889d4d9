"""The Messenger channel: the contract of ``hub.core.channels`` over the pure parts of this package."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from adapters.messenger import inbound, setup
from adapters.messenger import outbound as writing
from adapters.messenger.capabilities import CAPABILITIES, KIND
from adapters.messenger.config import account_of, configure, secrets_of
from adapters.messenger.errors import CallFailed, result_of
from adapters.messenger.keys import identifier
from hub.core.channels import (
    Capabilities,
    Check,
    Credentials,
    FetchedMedia,
    OpenFile,
    Request,
    SendResult,
    Verified,
    WebhookRequest,
    Window,
)
from hub.core.errors import Forged, Invalid, Unavailable
from hub.core.ids import AccountKey, ChannelKind, PlatformId, ThreadKey
from hub.core.messages import Event, Media, Outbound
from hub.core.ports import Clock
from hub.core.signatures import hmac_sha256_hex, match_hmac, match_token

if TYPE_CHECKING:
    import aiohttp

    from adapters.messenger.graph import Graph

API_URL: Final = "https://graph.facebook.com"
SIGNATURE_HEADER: Final = "x-hub-signature-256"
_SCHEME: Final = "sha256="
_CHALLENGE = re.compile(r"[\x21-\x7e]{1,500}")


class MessengerChannel:
    """Facebook Messenger over Meta's Graph API. Without a ``session`` it can verify, parse and render, but not send."""

    kind: ChannelKind = KIND
    capabilities: Capabilities = CAPABILITIES

    def __init__(self, *, session: aiohttp.ClientSession | None, clock: Clock, api_url: str | None = None) -> None:
        self._session = session
        self._clock = clock
        self._api_url = (api_url or API_URL).rstrip("/")
        self._graph: Graph | None = None

    def configure(self, credentials: Mapping[str, Any]) -> Credentials:
        return configure(credentials)

    def account(self, credentials: Credentials) -> AccountKey:
        return account_of(credentials)

    def verify(self, credentials: Sequence[Credentials], request: WebhookRequest) -> Verified:
        """Meta signs the raw bytes with the app secret, and asks once by GET with the verify token."""
        method = request.method.upper()
        if method == "GET":
            return self._challenged(credentials, request.query)
        if method != "POST":
            raise Forged("Meta sends its events by POST.")
        presented = request.headers.get(SIGNATURE_HEADER, "")
        if not presented.startswith(_SCHEME):
            raise Forged("The signature is missing or wrong.")
        owners, secrets = _listed(credentials, "app_secret")
        return Verified(secret=owners[match_hmac(secrets, request.raw, presented.removeprefix(_SCHEME))])

    def _challenged(self, credentials: Sequence[Credentials], query: Mapping[str, str]) -> Verified:
        owners, secrets = _listed(credentials, "verify_token")
        owner = owners[match_token(secrets, query.get("hub.verify_token", ""))]
        challenge = query.get("hub.challenge", "")
        if query.get("hub.mode") != "subscribe" or not _CHALLENGE.fullmatch(challenge):
            raise Forged("This is not Meta's question whether the address is ours.")
        return Verified(challenge=challenge.encode(), secret=owner)

    def route(self, raw: bytes) -> Sequence[AccountKey]:
        return inbound.route(raw)

    def parse(self, raw: bytes, account: AccountKey | None = None) -> Sequence[Event]:
        return inbound.parse(raw, account, self._clock.now())

    def render(self, outbound: Outbound, window: Window | None = None) -> Sequence[Request]:
        return writing.render(outbound, window, self._clock.now())

    async def send(
        self, credentials: Credentials, request: Request, *, key: str, open_file: OpenFile | None = None
    ) -> SendResult:
        """Make one call. ``key`` travels as the message's metadata and comes back in its echo."""
        if request.uploads and open_file is None:
            return SendResult(False, permanent=True, code="no_file", error="The file to send cannot be opened.")
        payload = dict(request.payload)
        if isinstance(payload.get("message"), Mapping) and key:
            payload["message"] = {**payload["message"], "metadata": key[:999]}
        try:
            answer = await self._call(credentials, request, payload, open_file)
        except CallFailed as failed:
            return result_of(failed.fault)
        mid = identifier(answer.get("message_id"))
        return SendResult(True, ids=(PlatformId(mid),) if mid else ())

    async def show_typing(self, credentials: Credentials, thread: ThreadKey) -> None:
        """Mark what the customer wrote as seen and show that somebody types, for 20 seconds or until a message.
        Best effort: what goes wrong is not worth telling."""
        for name in ("mark_seen", "typing_on"):
            sign = writing.action(thread, name)
            if sign is None:
                return
            try:
                await self._call(credentials, sign, sign.payload, None)
            except (CallFailed, Unavailable):
                return

    async def fetch_media(self, credentials: Credentials, media: Media) -> FetchedMedia:
        """Stream a customer's file, of up to 100 MB, from Meta's hosts."""
        from adapters.messenger import download

        if not media.ref:
            raise Invalid("This part has no file at Meta.", field="media")
        return await download.open_download(self._open_session(), self._api_url, media)

    async def check(self, credentials: Credentials) -> Sequence[Check]:
        """Ask Meta whose token this is, whether the app secret fits, what the token may do, and what the page sends."""
        graph, page = self._open_graph(), str(credentials["page_id"])
        token = str(credentials["page_access_token"])
        try:
            told = [setup.token_check(await graph.get(page, token, fields="id,name"), credentials)]
        except CallFailed as failed:
            return [setup.failed_check("page", failed.fault)]
        told.append(await self._check_secret(graph, page, token, credentials))
        if credentials.get("app_id"):
            told.append(await self._check_scopes(graph, token, credentials))
        try:
            told.append(setup.webhook_check(await graph.get(f"{page}/subscribed_apps", token), credentials))
        except CallFailed as failed:
            told.append(setup.failed_check("webhook", failed.fault))
        return told

    async def _check_secret(self, graph: Graph, page: str, token: str, credentials: Credentials) -> Check:
        """A proof made with the wrong secret is refused even where none is asked for."""
        proof = hmac_sha256_hex(secrets_of(credentials, "app_secret")[0], token.encode())
        try:
            await graph.get(page, token, fields="id", appsecret_proof=proof)
        except CallFailed as failed:
            told = failed.fault.code == 100
            return setup.secret_check(failed.fault) if told else setup.failed_check("app_secret", failed.fault)
        return setup.secret_check(None)

    async def _check_scopes(self, graph: Graph, token: str, credentials: Credentials) -> Check:
        app_token = f"{credentials['app_id']}|{secrets_of(credentials, 'app_secret')[0]}"
        try:
            return setup.scopes_check(await graph.get("debug_token", app_token, input_token=token))
        except CallFailed as failed:
            return setup.failed_check("permissions", failed.fault)

    async def register_webhook(self, credentials: Credentials, url: str) -> None:
        """Have the page send its events to the app. Idempotent. The address itself is the app's, set once in its
        dashboard: an app that serves many pages must not be turned to one of them.

        Raises ``Unavailable``, or ``Invalid`` when refused.
        """
        page, token = str(credentials["page_id"]), str(credentials["page_access_token"])
        try:
            await self._open_graph().post(
                f"{page}/subscribed_apps", token, {"subscribed_fields": ",".join(setup.FIELDS)}
            )
        except CallFailed as failed:
            told = setup.failed_check("webhook", failed.fault).text
            if failed.fault.code is not None and not failed.fault.transient and failed.fault.status in (400, 401, 403):
                raise Invalid(told, field="page_access_token") from None
            raise Unavailable(told) from None

    async def _call(
        self, credentials: Credentials, request: Request, payload: Mapping[str, Any], open_file: OpenFile | None
    ) -> Mapping[str, Any]:
        """The answer to one call. Raises ``CallFailed``."""
        graph, token = self._open_graph(), str(credentials["page_access_token"])
        path = f"{credentials['page_id']}/{request.method}"
        if request.uploads and open_file is not None:
            return await graph.post_form(path, token, request, payload, open_file)
        return await graph.post(path, token, payload)

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise Unavailable("This process was started without a connection to Messenger.")
        return self._session

    def _open_graph(self) -> Graph:
        if self._graph is None:
            from adapters.messenger.graph import Graph

            self._graph = Graph(self._open_session(), self._api_url)
        return self._graph


def _listed(credentials: Sequence[Credentials], name: str) -> tuple[list[int], list[str]]:
    """Every secret of this name of every set of credentials, beside the index of the set it belongs to."""
    pairs = [(index, secret) for index, known in enumerate(credentials) for secret in secrets_of(known, name)]
    return [index for index, _ in pairs], [secret for _, secret in pairs]
