"""The WhatsApp channel: the contract of ``hub.core.channels`` over the pure parts of this package."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from adapters.payloads import items, mapping, text
from adapters.whatsapp import inbound, setup, signature
from adapters.whatsapp import outbound as writing
from adapters.whatsapp.capabilities import CALLBACK_DATA, CAPABILITIES, KIND
from adapters.whatsapp.config import account_of, configure, start_link
from adapters.whatsapp.errors import CallFailed, Fault, result_of
from adapters.whatsapp.templates import approved_template
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
from hub.core.errors import Invalid, Unavailable
from hub.core.ids import AccountKey, ChannelKind, PlatformId
from hub.core.messages import Event, Media, Outbound
from hub.core.ports import Clock
from hub.core.templates import ApprovedTemplate

if TYPE_CHECKING:
    import aiohttp

    from adapters.whatsapp.transport import Clients

API_URL: Final = "https://graph.facebook.com"
_TEMPLATE_PAGES: Final = 50


class WhatsAppChannel:
    """WhatsApp over Meta's Cloud API. Without a ``session`` it can verify, parse and render, but not send."""

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
        return signature.verify(credentials, request)

    def route(self, raw: bytes) -> Sequence[AccountKey]:
        return inbound.route(raw)

    def parse(self, raw: bytes, account: AccountKey | None = None) -> Sequence[Event]:
        return inbound.parse(raw, account, self._clock.now())

    def render(self, outbound: Outbound, window: Window | None = None) -> Sequence[Request]:
        """The calls for a message. Whether the 24 hours allow it is decided before, by the send policy."""
        return writing.render(outbound)

    async def send(
        self, credentials: Credentials, request: Request, *, key: str, open_file: OpenFile | None = None
    ) -> SendResult:
        """Make one call. ``key`` comes back in the message's statuses, which settles a send that got no answer."""
        if request.uploads and open_file is None:
            return SendResult(False, permanent=True, code="no_file", error="The file to send cannot be opened.")
        try:
            payload = await self._with_files(credentials, request, open_file)
        except CallFailed as failed:
            # Only the file was on its way, so no message can have arrived.
            told = result_of(failed.fault)
            return SendResult(False, retry_after=5.0, code=told.code, error=told.error) if told.ambiguous else told
        try:
            answer = await self._call(credentials, "POST", writing.MESSAGES, json={**payload, **_callback_data(key)})
        except CallFailed as failed:
            return result_of(failed.fault)
        ids = _ids(answer)
        return SendResult(True, ids=ids) if ids else result_of(Fault("no id", status=200))

    async def mark_read(self, credentials: Credentials, message: PlatformId, *, typing: bool = False) -> None:
        """Show a customer's message as read, and "typing" for up to 25 seconds. Best effort."""
        body: dict[str, Any] = {"messaging_product": "whatsapp", "status": "read", "message_id": message}
        if typing:
            body["typing_indicator"] = {"type": "text"}
        try:
            await self._call(credentials, "POST", writing.MESSAGES, json=body)
        except (CallFailed, Unavailable):
            return

    def start_link(self, credentials: Credentials, address: str | None, code: str, words: str) -> str:
        """``https://wa.me/NUMBER?text=...``: the words with the code stand in the composer, ready to be sent."""
        return start_link(address, code, words)

    async def fetch_media(self, credentials: Credentials, media: Media) -> FetchedMedia:
        """Stream a customer's file, of up to 100 MB, from WhatsApp's own hosts."""
        from adapters.whatsapp import download

        if not media.ref or not media.ref.isalnum() or len(media.ref) > 128:
            raise Invalid("This part has no file at WhatsApp.", field="media")
        download.check_size(media.size)
        try:
            answer = await self._call(
                credentials, "GET", media.ref, params={"phone_number_id": credentials["phone_number_id"]}
            )
        except CallFailed as failed:
            if failed.fault.code == 100 or failed.fault.status == 404:
                raise Invalid("WhatsApp no longer has this file.", field="media") from None
            raise Unavailable("WhatsApp does not answer for this file; try again later.") from None
        url = download.address_of(answer, self._api_url)
        return await download.open_download(self._open_session(), url, str(credentials["access_token"]), media, answer)

    async def check(self, credentials: Credentials) -> Sequence[Check]:
        """Ask WhatsApp whose token this is, whether the app secret fits, and whether webhooks arrive."""
        number = str(credentials["phone_number_id"])
        secret: Fault | None = None
        fields = {"fields": setup.NUMBER_FIELDS}
        try:
            try:
                answer = await self._call(credentials, "GET", number, params=fields | setup.proof_of(credentials))
            except CallFailed as failed:
                if not setup.is_about_secret(failed.fault):
                    raise
                secret = failed.fault
                answer = await self._call(credentials, "GET", number, params=fields)
        except CallFailed as failed:
            return [setup.failed_check("number", failed.fault)]
        told = [setup.number_check(answer), setup.secret_check(secret)]
        account = credentials.get("waba_id")
        if not account:
            return told
        try:
            return [*told, setup.subscription_check(await self._call(credentials, "GET", f"{account}/subscribed_apps"))]
        except CallFailed as failed:
            return [*told, setup.failed_check("webhook", failed.fault)]

    async def register_webhook(self, credentials: Credentials, url: str) -> None:
        """Have this number's webhooks sent to ``url``, which must answer WhatsApp's question at once. Idempotent.

        Raises ``Unavailable``, or ``Invalid`` when refused.
        """
        try:
            if account := credentials.get("waba_id"):
                await self._call(credentials, "POST", f"{account}/subscribed_apps")
            body = setup.override(url, credentials)
            await self._call(credentials, "POST", str(credentials["phone_number_id"]), json=body)
        except CallFailed as failed:
            told = setup.failed_check("webhook", failed.fault).text
            if failed.fault.status is not None and 400 <= failed.fault.status < 500 and failed.fault.code is not None:
                raise Invalid(told, field="access_token" if failed.fault.code == 190 else "url") from None
            raise Unavailable(told) from None

    async def list_templates(self, credentials: Credentials) -> Sequence[ApprovedTemplate]:
        """The business account's templates of every status, up to 5,000. Raises ``Invalid`` and ``Unavailable``."""
        account = credentials.get("waba_id")
        if not account:
            raise Invalid("Enter the WhatsApp Business Account's id as waba_id to see its templates.", field="waba_id")
        found: list[ApprovedTemplate] = []
        query = {"limit": "100", "fields": "name,language,status,category,components,parameter_format"}
        for _ in range(_TEMPLATE_PAGES):
            try:
                answer = await self._call(credentials, "GET", f"{account}/message_templates", params=query)
            except CallFailed as failed:
                told = setup.failed_check("templates", failed.fault).text
                refused = failed.fault.status is not None and failed.fault.status in (400, 401, 403)
                raise (Invalid(told, field="access_token") if refused else Unavailable(told)) from None
            listed = map(approved_template, items(mapping(answer).get("data")))
            found += [template for template in listed if template is not None]
            paging = mapping(mapping(answer).get("paging"))
            after = text(mapping(paging.get("cursors")).get("after"))
            if after is None or not paging.get("next"):
                break
            query = {**query, "after": after}
        return found

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise Unavailable("This process was started without a connection to WhatsApp.")
        return self._session

    async def _with_files(
        self, credentials: Credentials, request: Request, open_file: OpenFile | None
    ) -> Mapping[str, Any]:
        """The call's parameters with each upload's id in its place."""
        if not request.uploads or open_file is None:
            return request.payload
        payload = copy.deepcopy(dict(request.payload))
        clients = await self._open_clients()
        number, token = str(credentials["phone_number_id"]), str(credentials["access_token"])
        for upload in request.uploads:
            data = await open_file(upload.file_id)
            place: Any = payload
            for step in upload.field.split("."):
                place = place[step]
            place["id"] = await clients.upload(number, token, upload, data)
        return payload

    async def _call(self, credentials: Credentials, method: str, path: str, **options: Any) -> Any:
        """The answer of one call; ``messages`` stands for the number's own path. Raises ``CallFailed``."""
        clients = await self._open_clients()
        number = str(credentials["phone_number_id"])
        where = f"/{number}/messages" if path == writing.MESSAGES else f"/{path}"
        return await clients.call(number, str(credentials["access_token"]), method, where, **options)

    async def _open_clients(self) -> Clients:
        if self._clients is None:
            session = self._open_session()
            # The SDK takes some 0.3 s to import: in a thread, so that the others' messages do not wait.
            sdk = await asyncio.to_thread(import_module, "adapters.whatsapp.transport")
            self._clients = sdk.Clients(session, self._api_url)  # two first calls at once may make it twice: no harm
        return self._clients


def _callback_data(key: str) -> dict[str, str]:
    return {"biz_opaque_callback_data": key} if key and len(key) <= CALLBACK_DATA else {}


def _ids(answer: Any) -> tuple[PlatformId, ...]:
    found = (text(mapping(message).get("id")) for message in items(mapping(answer).get("messages")))
    return tuple(PlatformId(id_) for id_ in found if id_)
