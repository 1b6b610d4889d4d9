"""The Bot API through python-telegram-bot, over the one HTTP session the whole process shares.

The SDK is imported when a bot is first opened. It never retries by itself, and neither does this.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections import OrderedDict
from typing import Any, Final

import aiohttp
from telegram import Bot, InputFile
from telegram.error import TelegramError
from telegram.request import BaseRequest, RequestData
from telegram.warnings import PTBUserWarning

from adapters.payloads import integer, mapping, number, text
from adapters.telegram.errors import CallFailed, Fault
from hub.core.channels import OpenFile, Request
from hub.core.errors import Invalid

MAX_BOTS: Final = 2048
"""Bots kept ready. One is some 12 kB; making one again costs microseconds."""

_CONNECT, _READ, _UPLOAD = 5.0, 10.0, 60.0
_MAX_ANSWER_BYTES = 4_000_000

# Below WARNING the SDK logs addresses, which hold the token, and what customers wrote.
logging.getLogger("telegram").setLevel(logging.WARNING)
# Every method is called by its name, as it stands in the rendered request; the SDK would rather see its own.
warnings.filterwarnings("ignore", message=r"Please use 'Bot\.", category=PTBUserWarning)


class Failed(TelegramError):
    """``CallFailed`` in a form that passes through the SDK as it is."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.text)
        self.fault = fault


class SharedRequest(BaseRequest):
    """python-telegram-bot's transport over a session that somebody else owns and closes."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    @property
    def read_timeout(self) -> float:
        return _READ

    async def initialize(self) -> None:
        """Nothing to open: the session is."""

    async def shutdown(self) -> None:
        """Nothing to close: the session belongs to whoever made it."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Make one request. Raises ``Failed`` for anything but a success; redirects are not followed."""
        files = dict(request_data.multipart_data or {}) if request_data else {}
        body: Any = dict(request_data.json_parameters) if request_data else {}
        if files:
            body = aiohttp.FormData(body, quote_fields=False)  # quoted, names of files arrive as %C3%A4.pdf
            for field, (name, content, mime) in files.items():
                body.add_field(field, content, filename=name, content_type=mime)
        read = _READ if read_timeout is BaseRequest.DEFAULT_NONE else read_timeout
        timeout = aiohttp.ClientTimeout(
            total=_UPLOAD if files else _CONNECT + read, sock_connect=_CONNECT, sock_read=_UPLOAD if files else read
        )
        try:
            async with self._session.request(method, url, data=body, timeout=timeout, allow_redirects=False) as answer:
                payload = await answer.content.read(_MAX_ANSWER_BYTES)
                while not answer.content.at_eof() and len(payload) < _MAX_ANSWER_BYTES:
                    payload += await answer.content.read(_MAX_ANSWER_BYTES - len(payload))
                status = answer.status
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Failed(Fault(type(error).__name__, sent=False)) from None
        except RuntimeError as error:  # the session was closed: the process is going down
            raise Failed(Fault(type(error).__name__, sent=False)) from None
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            # The address holds the bot's token and stands in these errors' texts: keep their names alone.
            raise Failed(Fault(type(error).__name__)) from None
        _check(status, payload)
        return status, payload

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer. Unlike the SDK's own, it logs no body."""
        return _read_answer(payload)


def _read_answer(payload: bytes) -> dict[str, Any]:
    try:
        data = json.loads(payload)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise Failed(Fault("The answer is not the Bot API's JSON.", status=200, readable=False))
    return data


def _check(status: int, payload: bytes) -> None:
    if 200 <= status < 300:
        if _read_answer(payload).get("ok") is not True:
            raise Failed(Fault("The answer does not say that it went well.", status=status, readable=False))
        return
    try:
        answer = _read_answer(payload)
    except Failed:
        raise Failed(Fault(f"HTTP {status}", status=status, readable=False)) from None
    parameters = mapping(answer.get("parameters"))
    raise Failed(
        Fault(
            text(answer.get("description")) or f"HTTP {status}",
            status=status,
            retry_after=number(parameters.get("retry_after")),
            migrated_to=integer(parameters.get("migrate_to_chat_id")),
            readable=integer(answer.get("error_code")) is not None,
        )
    )


class Bots:
    """Bots by token, the longest unused forgotten first."""

    def __init__(self, session: aiohttp.ClientSession, api_url: str) -> None:
        self._request = SharedRequest(session)
        self._api_url = api_url
        self._bots: OrderedDict[str, Bot] = OrderedDict()

    def bot(self, token: str) -> Bot:
        """The bot for a token."""
        bot = self._bots.get(token)
        if bot is None:
            bot = Bot(
                token,
                base_url=f"{self._api_url}/bot",
                base_file_url=f"{self._api_url}/file/bot",
                request=self._request,
                get_updates_request=self._request,
            )
            self._bots[token] = bot
            if len(self._bots) > MAX_BOTS:
                self._bots.popitem(last=False)
        self._bots.move_to_end(token)
        return bot

    async def call(self, token: str, request: Request, open_file: OpenFile | None = None) -> Any:
        """Make one call and give its ``result``. Raises ``CallFailed``, and what ``open_file`` raises."""
        parameters = dict(request.payload)
        for upload in request.uploads:
            if open_file is None:
                raise Invalid("A file goes along with this call, but nothing opens it.", field="media")
            file = InputFile(await open_file(upload.file_id), filename=upload.name)
            file.mimetype = upload.mime
            parameters[upload.field] = file
        try:
            return await self.bot(token).do_api_request(request.method, api_kwargs=parameters)
        except Failed as failed:
            raise CallFailed(failed.fault) from None
        except TelegramError as error:
            raise CallFailed(Fault(type(error).__name__)) from None
