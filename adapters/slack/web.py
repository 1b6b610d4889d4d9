"""The Web API through slack_sdk, over the one HTTP session the whole process shares.

The SDK is imported when a client is first opened. It never retries by itself, and neither does this. Its own
transport opens a session of its own once the shared one is closed, waits without end, and reads proxies from the
environment; ours does none of that and tells what was never sent from what may have arrived.
"""

from __future__ import annotations

import json
import logging
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.payloads import mapping, text
from adapters.slack.errors import CallFailed, Fault

MAX_CLIENTS: Final = 2048
"""Clients kept ready, the longest unused forgotten first. Making one again costs microseconds."""

_CONNECT, _READ, _UPLOAD = 5.0, 15.0, 120.0
_MAX_ANSWER_BYTES = 8_000_000
_JSON_BODY = frozenset({"chat.postMessage", "chat.update", "chat.delete", "assistant.threads.setStatus"})
"""Methods that take blocks or are documented with a JSON body; all others take forms alike."""

# Below WARNING the SDK logs what customers wrote.
logging.getLogger("slack_sdk").setLevel(logging.WARNING)


class _Client(AsyncWebClient):
    """slack_sdk's client with a transport of ours."""

    def __init__(self, token: str | None, base_url: str, session: aiohttp.ClientSession) -> None:
        super().__init__(token=token, base_url=base_url, session=session, retry_handlers=[])
        self.proxy = None  # the shared session knows the way out

    async def _request(self, *, http_verb: str, api_url: str, req_args: dict[str, Any]) -> dict[str, Any]:
        timeout = aiohttp.ClientTimeout(total=_CONNECT + _READ, sock_connect=_CONNECT, sock_read=_READ)
        wanted = {name: value for name, value in req_args.items() if value is not None and name != "auth"}
        session = self.session
        if session is None or session.closed:
            raise CallFailed(Fault("closed", sent=False))
        status, headers, payload = await fetch(session, http_verb, api_url, timeout=timeout, **wanted)
        return {"data": _read(status, headers, payload), "headers": headers, "status_code": status}


async def fetch(
    session: aiohttp.ClientSession, verb: str, url: str, **options: Any
) -> tuple[int, Mapping[str, str], bytes]:
    """One request's status, headers and body. Raises ``CallFailed``; redirects are not followed."""
    try:
        async with session.request(verb, url, allow_redirects=False, **options) as answer:
            payload = bytearray()
            async for chunk in answer.content.iter_chunked(65_536):
                payload += chunk
                if len(payload) > _MAX_ANSWER_BYTES:
                    raise CallFailed(Fault("unreadable", status=answer.status))
            return answer.status, answer.headers, bytes(payload)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
        raise CallFailed(Fault(type(error).__name__, sent=False)) from None
    except RuntimeError as error:  # the session was closed: the process is going down
        raise CallFailed(Fault(type(error).__name__, sent=False)) from None
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise CallFailed(Fault(type(error).__name__)) from None


def _read(status: int, headers: Mapping[str, str], payload: bytes) -> dict[str, Any]:
    try:
        data = json.loads(payload)
    except (ValueError, RecursionError):
        data = None
    if isinstance(data, dict) and data.get("ok") is True and 200 <= status < 300:
        return data
    found = mapping(data)
    code = text(found.get("error")) or ("ratelimited" if status == 429 else "unreadable")
    raise CallFailed(Fault(code, status=status, retry_after=_seconds(headers), needed=text(found.get("needed"))))


def _seconds(headers: Mapping[str, str]) -> float | None:
    waits = headers.get("Retry-After", "")
    return float(waits) if waits.isascii() and waits.isdigit() and len(waits) < 7 else None


class Clients:
    """Clients by token, all over one session."""

    def __init__(self, session: aiohttp.ClientSession, api_url: str) -> None:
        self._session = session
        self._api_url = api_url
        self._clients: OrderedDict[str, _Client] = OrderedDict()

    def client(self, token: str) -> AsyncWebClient:
        """The client for a token."""
        client = self._clients.get(token)
        if client is None:
            client = self._clients[token] = _Client(token, self._api_url, self._session)
            if len(self._clients) > MAX_CLIENTS:
                self._clients.popitem(last=False)
        self._clients.move_to_end(token)
        return client

    async def call(
        self, token: str, method: str, payload: Mapping[str, Any]
    ) -> tuple[dict[str, Any], Mapping[str, str]]:
        """The answer of a method and its headers. Raises ``CallFailed``."""
        body: dict[str, Any] = {"json" if method in _JSON_BODY else "data": dict(payload)}
        try:
            answer = await self.client(token).api_call(method, **body)
        except SlackClientError as error:
            raise CallFailed(Fault(type(error).__name__)) from None
        return dict(mapping(answer.data)), answer.headers

    async def put(self, url: str, data: bytes) -> None:
        """Hand a file's bytes to an upload address. Raises ``CallFailed``."""
        timeout = aiohttp.ClientTimeout(total=_UPLOAD, sock_connect=_CONNECT, sock_read=_UPLOAD)
        headers = {"Content-Type": "application/octet-stream"}
        status, answered, _ = await fetch(self._session, "POST", url, data=data, headers=headers, timeout=timeout)
        if status != 200:
            raise CallFailed(Fault("upload_failed", status=status, retry_after=_seconds(answered)))


async def exchange(
    session: aiohttp.ClientSession, api_url: str, client_id: str, client_secret: str, form: Mapping[str, str]
) -> dict[str, Any]:
    """``oauth.v2.access``: the one call that is signed by the app, not by a token. Raises ``CallFailed``."""
    client = _Client(None, api_url, session)
    try:
        answer = await client.api_call(
            "oauth.v2.access", data=dict(form), auth={"client_id": client_id, "client_secret": client_secret}
        )
    except SlackClientError as error:
        raise CallFailed(Fault(type(error).__name__)) from None
    return dict(mapping(answer.data))
