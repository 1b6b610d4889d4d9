"""The website's own chat as a channel. Nothing leaves by it: the stored message is the message, and the
announcer tells browsers to fetch it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.webchat import inbound
from adapters.webchat.capabilities import CAPABILITIES, KIND
from adapters.webchat.config import configure
from hub.core.channels import (
    Capabilities,
    Credentials,
    OpenFile,
    Request,
    SendResult,
    Verified,
    WebhookRequest,
    Window,
)
from hub.core.errors import Forged
from hub.core.ids import AccountKey, ChannelKind, PlatformId, ThreadKey
from hub.core.messages import Event, Outbound, parts_to_json
from hub.core.ports import Clock


class WebChatChannel:
    """Web chat. See ``inbound`` for what a visitor's event looks like."""

    kind: ChannelKind = KIND
    capabilities: Capabilities = CAPABILITIES

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    def configure(self, credentials: Mapping[str, Any]) -> Credentials:
        return configure(credentials)

    def account(self, credentials: Credentials) -> AccountKey:
        """Web chat has no account but the channel itself."""
        return AccountKey("")

    def verify(self, credentials: Sequence[Credentials], request: WebhookRequest) -> Verified:
        """No platform posts web chat: visitors come through the signed visitor session alone."""
        raise Forged("Web chat takes no webhooks; visitors write through their own session.")

    def route(self, raw: bytes) -> Sequence[AccountKey]:
        return ()

    def parse(self, raw: bytes, account: AccountKey | None = None) -> Sequence[Event]:
        return inbound.parse(raw, account, self._clock.now())

    def read_event(self, raw: bytes, account: AccountKey | None = None) -> Event:
        """The strict form of ``parse``. Raises ``Malformed``, or ``Invalid`` naming the field."""
        return inbound.read_event(raw, account, self._clock.now())

    def render(self, outbound: Outbound, window: Window | None = None) -> Sequence[Request]:
        """One request, whatever the parts: the widget shows them all."""
        return [Request("message", _payload(outbound))]

    def render_edit(self, outbound: Outbound, platform_id: PlatformId) -> Sequence[Request]:
        return [Request("edit", {**_payload(outbound), "id": platform_id})]

    def render_delete(self, thread: ThreadKey, platform_id: PlatformId) -> Sequence[Request]:
        return [Request("delete", {"id": platform_id, "conversation": thread})]

    async def send(
        self, credentials: Credentials, request: Request, *, key: str, open_file: OpenFile | None = None
    ) -> SendResult:
        """Succeeds at once with our own message's id: the row that was stored is what browsers fetch."""
        return SendResult(True, ids=(PlatformId(str(request.payload["id"])),))


def _payload(outbound: Outbound) -> dict[str, Any]:
    return {
        "id": str(outbound.id),
        "conversation": outbound.thread,
        "author": {"kind": outbound.author.value, "name": outbound.author_name},
        "parts": parts_to_json(outbound.parts),
        "reply_to": outbound.reply_to,
    }
