"""Calls of Meta's Graph API over the one HTTP session the whole process shares. Nothing here retries.

The token travels in a header, never in an address that something might log.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import aiohttp

from adapters.messenger.errors import CallFailed, Fault, fault_of
from adapters.payloads import NotJson, mapping, read_json
from hub.core.channels import OpenFile, Request
from hub.core.errors import Invalid

VERSION: Final = "v23.0"
_CONNECT, _READ, _UPLOAD = 5.0, 15.0, 90.0
_MAX_ANSWER_BYTES: Final = 1_000_000


class Graph:
    """The Graph API at one address. ``session`` belongs to whoever made it."""

    def __init__(self, session: aiohttp.ClientSession, api_url: str) -> None:
        self._session = session
        self._base = f"{api_url}/{VERSION}"

    async def get(self, path: str, token: str, **query: str) -> Mapping[str, Any]:
        """Read an object. Raises ``CallFailed``."""
        return await self._call("GET", path, token, params=query)

    async def post(self, path: str, token: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call with a JSON body. Raises ``CallFailed``."""
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        return await self._call("POST", path, token, data=body, json_body=True)

    async def post_form(
        self, path: str, token: str, request: Request, payload: Mapping[str, Any], open_file: OpenFile
    ) -> Mapping[str, Any]:
        """Call with files beside the parameters. Raises ``CallFailed``, and what ``open_file`` raises."""
        form = aiohttp.FormData(quote_fields=False)  # quoted names would reach the customer as "%C3%A4.pdf"
        for name, value in payload.items():
            form.add_field(name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for upload in request.uploads:
            content = await open_file(upload.file_id)
            form.add_field(upload.field, content, filename=upload.name, content_type=upload.mime)
        return await self._call("POST", path, token, data=form, total=_UPLOAD)

    async def _call(
        self,
        method: str,
        path: str,
        token: str,
        *,
        params: Mapping[str, str] | None = None,
        data: Any = None,
        json_body: bool = False,
        total: float = _CONNECT + _READ,
    ) -> Mapping[str, Any]:
        headers = {"Authorization": f"Bearer {token}"}
        if json_body:
            headers["Content-Type"] = "application/json"
        timeout = aiohttp.ClientTimeout(total=total, sock_connect=_CONNECT)
        try:
            async with self._session.request(
                method,
                f"{self._base}/{path}",
                params=params,
                data=data,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
            ) as answer:
                return _checked(answer.status, answer.headers, await _body(answer))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise CallFailed(Fault("unreachable", sent=False)) from None
        except aiohttp.InvalidURL:
            raise Invalid("HUB_MESSENGER_API_URL is not an address that can be called.") from None
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise CallFailed(Fault(type(error).__name__)) from None


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    """The body, up to a length that no answer of the Graph API has."""
    raw = bytearray()
    async for chunk in answer.content.iter_chunked(65_536):
        raw += chunk
        if len(raw) > _MAX_ANSWER_BYTES:
            break
    return bytes(raw)


def _checked(status: int, headers: Mapping[str, str], raw: bytes) -> Mapping[str, Any]:
    try:
        answer = read_json(raw)
    except NotJson:
        answer = None
    if 200 <= status < 300 and isinstance(answer, Mapping) and not mapping(answer).get("error"):
        return answer
    raise CallFailed(fault_of(status, headers, answer))
