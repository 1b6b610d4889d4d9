"""The Telegram channel: the contract of ``hub.core.channels`` over the pure parts of this package."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from adapters.payloads import count, integer, mapping
from adapters.telegram import inbound, setup
from adapters.telegram import outbound as writing
from adapters.telegram.capabilities import CAPABILITIES, KIND
from adapters.telegram.config import account_of, configure, start_link
from adapters.telegram.errors import CallFailed, Fault, result_of
from adapters.telegram.keys import message_key, read_thread
from hub.core.channels import (
    Capabilities,
    Check,
    Credentials,
    FetchedMedia,
    OpenFile,
    Polled,
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
from hub.core.signatures import match_token

if TYPE_CHECKING:
    import aiohttp

    from adapters.telegram.request import Bots

API_URL: Final = "https://api.telegram.org"
SECRET_HEADER: Final = "x-telegram-bot-api-secret-token"  # noqa: S105  # the header's name, not a secret


class TelegramChannel:
    """Telegram over its Bot API. Without a ``session`` it can verify, parse and render, but not send."""

    kind: ChannelKind = KIND
    capabilities: Capabilities = CAPABILITIES

    def __init__(self, *, session: aiohttp.ClientSession | None, clock: Clock, api_url: str | None = None) -> None:
        self._session = session
        self._clock = clock
        self._api_url = (api_url or API_URL).rstrip("/")
        self._bots: Bots | None = None

    def configure(self, credentials: Mapping[str, Any]) -> Credentials:
        return configure(credentials)

    def account(self, credentials: Credentials) -> AccountKey:
        return account_of(credentials)

    def verify(self, credentials: Sequence[Credentials], request: WebhookRequest) -> Verified:
        """Telegram sends the secret chosen at ``setWebhook`` in a header. Without a secret nothing is genuine."""
        if request.method.upper() != "POST":
            raise Forged("Telegram sends its updates by POST.")
        secrets = [str(known.get("secret_token") or "") for known in credentials]
        return Verified(secret=match_token(secrets, request.headers.get(SECRET_HEADER, "")))

    def route(self, raw: bytes) -> Sequence[AccountKey]:
        """Telegram names no account: every bot has its own address."""
        return ()

    def parse(self, raw: bytes, account: AccountKey | None = None) -> Sequence[Event]:
        return inbound.parse(raw, account, self._clock.now())

    def render(self, outbound: Outbound, window: Window | None = None) -> Sequence[Request]:
        """The calls for a message. Telegram has no reply window, so ``window`` changes nothing."""
        return writing.render(outbound)

    def render_edit(self, outbound: Outbound, platform_id: PlatformId) -> Sequence[Request]:
        return writing.render_edit(outbound, platform_id)

    def render_delete(self, thread: ThreadKey, platform_id: PlatformId) -> Sequence[Request]:
        return writing.render_delete(thread, platform_id)

    async def send(
        self, credentials: Credentials, request: Request, *, key: str, open_file: OpenFile | None = None
    ) -> SendResult:
        """Make one call. Telegram takes no ``key``: a send that may have arrived cannot be read back."""
        if request.uploads and open_file is None:
            return SendResult(False, permanent=True, code="no_file", error="The file to send cannot be opened.")
        try:
            answer = await self._call(credentials, request, open_file)
        except CallFailed as failed:
            return _forgiven(request, failed.fault) or result_of(failed.fault)
        return SendResult(True, ids=_ids(answer))

    async def show_typing(self, credentials: Credentials, thread: ThreadKey) -> None:
        """Show "typing" for five seconds. Best effort: what goes wrong is not worth telling."""
        place = read_thread(thread)
        if place is None:
            return
        payload = {k: v for k, v in place.parameters().items() if k != "direct_messages_topic_id"}
        action = Request("sendChatAction", {**payload, "action": "typing"})
        try:
            await self._call(credentials, action)
        except (CallFailed, Unavailable):
            return

    def start_link(self, credentials: Credentials, address: str | None, code: str, words: str) -> str:
        """``https://t.me/NAME?start=CODE``: one tap sends ``/start CODE``. Telegram takes no words beside it."""
        return start_link(credentials, address, code)

    async def answer_tap(self, credentials: Credentials, callback: str) -> None:
        """Stop the spinner on a tapped button. Best effort: Telegram gives up by itself after a while."""
        answer = Request("answerCallbackQuery", {"callback_query_id": callback})
        try:
            await self._call(credentials, answer)
        except (CallFailed, Unavailable):
            return

    async def fetch_media(self, credentials: Credentials, media: Media) -> FetchedMedia:
        """Stream a customer's file, of up to 20 MB, from the Bot API's host."""
        from adapters.telegram import download

        if not media.ref:
            raise Invalid("This part has no file at Telegram.", field="media")
        download.check_size(media.size)
        token = str(credentials["bot_token"])
        try:
            answer = await self._call(credentials, Request("getFile", {"file_id": media.ref}))
        except CallFailed as failed:
            if failed.fault.status == 400:
                raise Invalid(f"Telegram does not hand over this file: {failed.fault.text}", field="media") from None
            raise Unavailable("Telegram does not answer for this file; try again later.") from None
        path, size = download.path_of(answer), count(mapping(answer).get("file_size"))
        return await download.open_download(self._open_session(), self._api_url, token, path, media, size)

    async def check(self, credentials: Credentials) -> Sequence[Check]:
        """Ask Telegram whose token this is and whether updates get through."""
        try:
            me = await self._call(credentials, Request("getMe", {}))
        except CallFailed as failed:
            return [setup.failed_check("bot", failed.fault)]
        told = [setup.bot_check(me, credentials), setup.groups_check(me)]
        try:
            info = await self._call(credentials, Request("getWebhookInfo", {}))
        except CallFailed as failed:
            return [*told, setup.failed_check("webhook", failed.fault)]
        return [*told, setup.webhook_check(info, self._clock.now())]

    async def register_webhook(self, credentials: Credentials, url: str) -> None:
        """Have updates sent to ``url``. Idempotent. Raises ``Unavailable``, or ``Invalid`` when refused."""
        try:
            await self._call(credentials, setup.set_webhook(credentials, url))
        except CallFailed as failed:
            told = setup.failed_check("webhook", failed.fault).text
            if failed.fault.status in (400, 401, 404):
                raise Invalid(told, field="bot_token" if failed.fault.status != 400 else "url") from None
            raise Unavailable(told) from None

    async def poll(self, credentials: Credentials, cursor: str | None) -> Polled:
        """Ask for updates (``getUpdates``), waiting some seconds for the first. A webhook, which would be in the way,
        is taken back first; its waiting updates are kept."""
        try:
            if cursor is None:
                await self._call(credentials, Request("deleteWebhook", {"drop_pending_updates": False}))
            answer = await self._call(credentials, setup.get_updates(cursor))
        except CallFailed as failed:
            told = setup.failed_check("updates", failed.fault).text
            if failed.fault.status in (401, 404):
                raise Invalid(told, field="bot_token") from None
            raise Unavailable(told) from None
        return setup.polled(answer, cursor)

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise Unavailable("This process was started without a connection to Telegram.")
        return self._session

    async def _call(self, credentials: Credentials, request: Request, open_file: OpenFile | None = None) -> Any:
        """The result of one call. Raises ``CallFailed``."""
        if self._bots is None:
            session = self._open_session()
            # The SDK takes some 0.3 s to import: in a thread, so that the others' messages do not wait.
            sdk = await asyncio.to_thread(import_module, "adapters.telegram.request")
            self._bots = sdk.Bots(session, self._api_url)  # two first calls at once may make it twice: no harm
        return await self._bots.call(str(credentials["bot_token"]), request, open_file)


def _ids(answer: Any) -> tuple[PlatformId, ...]:
    message = mapping(answer)
    chat, number = integer(mapping(message.get("chat")).get("id")), integer(message.get("message_id"))
    return (message_key(chat, number),) if chat is not None and number is not None else ()


_ALREADY: Final = {"editMessageText": "message is not modified", "deleteMessage": "message to delete not found"}


def _forgiven(request: Request, fault: Fault) -> SendResult | None:
    """An edit or a deletion that finds its work done is well done."""
    done = _ALREADY.get(request.method.replace("Caption", "Text"))
    return SendResult(True) if fault.status == 400 and done and done in fault.text.lower() else None
