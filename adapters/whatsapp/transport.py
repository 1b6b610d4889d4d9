"""The Cloud API through pywa, over the one HTTP session the whole process shares.

pywa is imported when the first call is made. It never retries by itself, and neither does this.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from typing import Any, Final

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from pywa.errors import WhatsAppError
from pywa_async.client import WhatsApp

from adapters.payloads import mapping, number
from adapters.whatsapp.errors import CallFailed, Fault
from hub.core.channels import Upload

GRAPH_VERSION: Final = "v23.0"
MAX_CLIENTS: Final = 2048
"""Clients kept ready. Making one again costs a third of a millisecond."""

_TIMEOUT = httpx.Timeout(10.0, connect=5.0, pool=10.0)
_UPLOAD_TIMEOUT = httpx.Timeout(60.0, connect=5.0, pool=10.0)
_LONGEST_WAIT = 3600.0

# Below these levels they log what customers wrote, or give advice that does not apply.
logging.getLogger("pywa").setLevel(logging.ERROR)
logging.getLogger("httpx").setLevel(logging.WARNING)


class SharedTransport(AiohttpTransport):
    """httpx over a session that somebody else owns and closes."""

    async def aclose(self) -> None:
        """Nothing to close: the session belongs to whoever made it."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Make one request. ``ConnectError`` alone means that nothing left: a server that took the request and hung
        up is otherwise reported as a connection that timed out, and sending again would double the message."""
        try:
            return await super().handle_async_request(request)
        except httpx.TransportError as error:
            cause = error.__cause__
            if isinstance(cause, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
                raise httpx.ConnectError(type(cause).__name__, request=request) from None
            if isinstance(error, httpx.ConnectTimeout | httpx.ConnectError):
                raise httpx.ReadError(type(cause).__name__, request=request) from None
            raise


class Clients:
    """pywa clients by number and token, the longest unused forgotten first."""

    def __init__(self, session: aiohttp.ClientSession, api_url: str) -> None:
        self._transport = SharedTransport(client=session)
        self._base_url = f"{api_url}/{GRAPH_VERSION}"
        self._clients: OrderedDict[tuple[str, str], WhatsApp] = OrderedDict()

    def client(self, number_id: str, token: str) -> WhatsApp:
        """The client for a number."""
        key = (number_id, token)
        client = self._clients.get(key)
        if client is None:
            connection = httpx.AsyncClient(transport=self._transport, trust_env=False, timeout=_TIMEOUT)
            client = WhatsApp(phone_id=number_id, token=token, session=connection)
            connection.base_url = httpx.URL(self._base_url)  # the constructor sets Meta's own
            self._clients[key] = client
            if len(self._clients) > MAX_CLIENTS:
                self._clients.popitem(last=False)
        self._clients.move_to_end(key)
        return client

    async def call(self, number_id: str, token: str, method: str, path: str, **options: Any) -> Any:
        """The JSON answer of one call. Raises ``CallFailed``."""
        api = self.client(number_id, token).api
        try:
            return await api.send_raw_request(method, path, **options)
        except WhatsAppError as error:
            raise CallFailed(_fault(error)) from None
        except httpx.ConnectError as error:
            raise CallFailed(Fault(str(error), sent=False)) from None
        except (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL, UnicodeError) as error:
            raise CallFailed(Fault(type(error).__name__, status=400, code=100)) from None
        except RuntimeError as error:  # the session was closed: the process is going down
            raise CallFailed(Fault(type(error).__name__, sent=False)) from None
        except (httpx.HTTPError, aiohttp.ClientError, TimeoutError, OSError) as error:
            raise CallFailed(Fault(type(error).__name__)) from None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            # An answer that is no JSON, or an error without a code: nobody knows what became of the call.
            raise CallFailed(Fault(type(error).__name__, status=200)) from None

    async def upload(self, number_id: str, token: str, file: Upload, data: bytes) -> str:
        """Hand over a file; its media id, good for 30 days. Raises ``CallFailed``."""
        answer = await self.call(
            number_id,
            token,
            "POST",
            f"/{number_id}/media",
            files={
                "file": (file.name, data, file.mime),
                "messaging_product": (None, "whatsapp"),
                "type": (None, file.mime),
            },
            timeout=_UPLOAD_TIMEOUT,
        )
        media_id = mapping(answer).get("id")
        if not isinstance(media_id, str) or not media_id:
            raise CallFailed(Fault("WhatsApp took the file and gave it no id.", status=200))
        return media_id


def _fault(error: WhatsAppError) -> Fault:
    response = error.raw_response
    status = response.status_code if response is not None else 400
    readable = "type" in error.raw or "fbtrace_id" in error.raw or "error_data" in error.raw
    return Fault(
        text=str(error.details or error.message)[:1000],
        status=status,
        code=error.code if readable else None,
        retry_after=_retry_after(response),
        passing=error.is_transient is True,
    )


def _retry_after(response: httpx.Response | None) -> float | None:
    told = response.headers.get("Retry-After", "") if response is not None else ""
    try:
        seconds = number(float(told))
    except ValueError:
        return None
    return min(seconds, _LONGEST_WAIT) if seconds is not None and seconds >= 0 else None
