"""Making a rendered call: posts, files in three steps, and finding a post again whose answer was lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from adapters.payloads import items, mapping, text
from adapters.slack.errors import CallFailed, Fault, result_of
from adapters.slack.hosts import is_slacks
from adapters.slack.keys import message_key
from hub.core.channels import OpenFile, Request, SendResult
from hub.core.ids import PlatformId

if TYPE_CHECKING:
    from adapters.slack.web import Clients

CLOCK_SKEW = 5.0
"""Seconds by which our clock may run ahead of Slack's."""

_ALREADY = {"chat.delete": "message_not_found"}


async def post(clients: Clients, token: str, request: Request) -> SendResult:
    """Make one call that shows, changes or takes back a message."""
    try:
        answer, _ = await clients.call(token, request.method, request.payload)
    except CallFailed as failed:
        fault = failed.fault
        if fault.code == "missing_scope" and "username" in request.payload:
            # A refused post was not made: it goes out under the bot's own name.
            plain = {name: value for name, value in request.payload.items() if name != "username"}
            return await post(clients, token, Request(request.method, plain))
        if fault.code == _ALREADY.get(request.method):
            return SendResult(True)
        return result_of(fault)
    channel, ts = text(answer.get("channel")), text(answer.get("ts"))
    posted = request.method == "chat.postMessage" and channel and ts
    return SendResult(True, ids=(message_key(str(channel), str(ts)),) if posted else ())


async def upload(clients: Clients, token: str, request: Request, open_file: OpenFile, api_url: str) -> SendResult:
    """Upload a file and share it. Until the last step nothing is shown, so what fails before is simply not sent."""
    wanted = request.uploads[0]
    data = await open_file(wanted.file_id)
    try:
        named = {"filename": wanted.name, "length": len(data)}
        answer, _ = await clients.call(token, "files.getUploadURLExternal", named)
        address, file = text(answer.get("upload_url")), text(answer.get("file_id"))
        if address is None or file is None or not is_slacks(address, api_url):
            raise CallFailed(Fault("upload_url", status=200))
        await clients.put(address, data)
    except CallFailed as failed:
        result = result_of(failed.fault)
        if result.ambiguous:
            return SendResult(False, retry_after=2.0, code=result.code, error="Slack did not take the file yet.")
        return result
    # Files are listed as JSON within a form field.
    shared = {"files": f'[{{"id":"{file}"}}]', "channel_id": request.payload["channel"]}
    for name in ("thread_ts", "initial_comment"):
        if name in request.payload:
            shared[name] = request.payload[name]
    try:
        await clients.call(token, "files.completeUploadExternal", shared)
    except CallFailed as failed:
        return result_of(failed.fault)
    return SendResult(True, ids=(PlatformId(f"file:{file}"),))


async def find(clients: Clients, token: str, request: Request, since: datetime) -> tuple[PlatformId, ...] | None:
    """The id of a post that was made at or after ``since``; None when it is not there. Raises ``CallFailed``."""
    channel, thread = str(request.payload["channel"]), request.payload.get("thread_ts")
    asked: dict[str, Any] = {
        "channel": channel,
        "oldest": f"{since.timestamp() - CLOCK_SKEW:.6f}",
        "limit": 200,
        "include_all_metadata": "true",
    }
    method = "conversations.replies" if thread else "conversations.history"
    answer, _ = await clients.call(token, method, {**asked, **({"ts": thread} if thread else {})})
    for message in map(mapping, items(answer.get("messages"))):
        ts = text(message.get("ts"))
        if ts and (_is_file if request.uploads else _is_post)(message, request):
            return (message_key(channel, ts),)
    return None


def _is_post(message: Mapping[str, Any], request: Request) -> bool:
    metadata, wanted = mapping(message.get("metadata")), mapping(request.payload.get("metadata"))
    return bool(wanted) and dict(metadata) == dict(wanted)


def _is_file(message: Mapping[str, Any], request: Request) -> bool:
    """A shared file carries no metadata: a bot's post with a file of this name is taken for it."""
    names = {mapping(file).get("name") for file in items(message.get("files"))}
    return text(message.get("bot_id")) is not None and request.uploads[0].name in names
