"""What the Web API takes: parameters by method, and blocks. Stricter than Slack, which ignores unknown parameters:
here a typing error is an error.

Facts from docs.slack.dev (method reference; Block Kit reference).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hub.simulator.slack.world import Json, SlackError

TS = re.compile(r"[0-9]{1,12}\.[0-9]{6}", re.ASCII)
MAX_BLOCKS = 50
MAX_WORDS = 13_200
"""Characters of all blocks together (slackapi/bolt-js#2509)."""

_POST = {
    "channel": str, "text": str, "blocks": list, "attachments": list, "thread_ts": str, "reply_broadcast": bool,
    "unfurl_links": bool, "unfurl_media": bool, "mrkdwn": bool, "metadata": dict, "username": str, "icon_emoji": str,
    "icon_url": str, "link_names": bool, "parse": str,
}  # fmt: skip
_PAGE = {"channel": str, "oldest": str, "latest": str, "inclusive": bool, "limit": int, "cursor": str,
         "include_all_metadata": bool}  # fmt: skip

METHODS: Mapping[str, tuple[Mapping[str, type], frozenset[str]]] = {
    "auth.test": ({}, frozenset()),
    "bots.info": ({"bot": str, "team_id": str}, frozenset()),
    "users.info": ({"user": str, "include_locale": bool}, frozenset({"user"})),
    "chat.postMessage": (_POST, frozenset({"channel"})),
    "chat.update": (
        {"channel": str, "ts": str, "text": str, "blocks": list, "metadata": dict}, frozenset({"channel", "ts"}),
    ),
    "chat.delete": ({"channel": str, "ts": str}, frozenset({"channel", "ts"})),
    "conversations.history": (_PAGE, frozenset({"channel"})),
    "conversations.replies": ({**_PAGE, "ts": str}, frozenset({"channel", "ts"})),
    "conversations.open": ({"users": str, "return_im": bool}, frozenset({"users"})),
    "files.getUploadURLExternal": (
        {"filename": str, "length": int, "alt_txt": str, "snippet_type": str}, frozenset({"filename", "length"}),
    ),
    "files.completeUploadExternal": (
        {"files": list, "channel_id": str, "thread_ts": str, "initial_comment": str}, frozenset({"files"}),
    ),
    "files.info": ({"file": str}, frozenset({"file"})),
    "assistant.threads.setStatus": (
        {"channel_id": str, "thread_ts": str, "status": str}, frozenset({"channel_id", "thread_ts", "status"}),
    ),
    "reactions.add": ({"channel": str, "timestamp": str, "name": str}, frozenset({"channel", "timestamp", "name"})),
    "oauth.v2.access": (
        {"code": str, "redirect_uri": str, "client_id": str, "client_secret": str}, frozenset({"code"}),
    ),
}  # fmt: skip


def check_call(method: str, given: Mapping[str, Any], *, form: bool) -> Json:
    """The parameters of a call in their types; a form's values are read from text. Raises ``SlackError``."""
    if method not in METHODS:
        raise SlackError("unknown_method", req_method=method)
    known, required = METHODS[method]
    # The SDK names the workspace in every call, which matters to tokens of whole organisations alone.
    unknown = [name for name in given if name not in known and name != "team_id"]
    complaints = [f"[ERROR] unknown parameter: {name}" for name in unknown]
    complaints += [f"[ERROR] missing required field: {name}" for name in sorted(required) if not _there(given, name)]
    params: Json = {}
    for name, kind in known.items():
        if name not in given:
            continue
        value = _from_text(given[name], kind) if form else given[name]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            complaints.append(f"[ERROR] must be {kind.__name__}: {name}")
        params[name] = value
    if complaints:
        raise SlackError("invalid_arguments", response_metadata={"messages": complaints})
    return params


def _there(given: Mapping[str, Any], name: str) -> bool:
    return name in given and given[name] not in (None, "")


def _from_text(value: Any, kind: type) -> Any:
    if not isinstance(value, str) or kind is str:
        return value
    if kind is bool:
        return {"true": True, "1": True, "false": False, "0": False}.get(value, value)
    if kind is int:
        return int(value) if value.isascii() and value.isdecimal() and len(value) < 16 else value
    try:
        return json.loads(value)
    except ValueError:
        return value


def check_metadata(metadata: Mapping[str, Any] | None) -> None:
    """Raise ``invalid_metadata_format`` unless metadata has a type and a payload."""
    if metadata is None:
        return
    payload = metadata.get("event_payload")
    if set(metadata) - {"event_type", "event_payload", "entities"} or not isinstance(payload, dict):
        raise SlackError("invalid_metadata_format")
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,255}", str(metadata.get("event_type") or "")):
        raise SlackError("invalid_metadata_format")


def check_blocks(blocks: Sequence[Any]) -> None:
    """Raise ``invalid_blocks`` or ``msg_blocks_too_long`` for blocks that Slack does not show."""
    if len(blocks) > MAX_BLOCKS:
        raise SlackError("invalid_blocks", response_metadata={"messages": [f"no more than {MAX_BLOCKS} items allowed"]})
    complaints: list[str] = []
    for index, block in enumerate(blocks):
        at = f"[json-pointer:/blocks/{index}]"
        if not isinstance(block, dict) or block.get("type") not in _BLOCKS:
            complaints.append(f"unsupported type {at}")
            continue
        complaints += [f"[ERROR] {told} {at}" for told in _BLOCKS[block["type"]](block)]
    if complaints:
        raise SlackError("invalid_blocks", response_metadata={"messages": complaints})
    if sum(len(words) for words in _strings(blocks)) > MAX_WORDS:
        raise SlackError("msg_blocks_too_long")


def _strings(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        own = [value["text"]] if isinstance(value.get("text"), str) else []
        return own + [words for item in value.values() if not isinstance(item, str) for words in _strings(item)]
    if isinstance(value, list):
        return [words for item in value for words in _strings(item)]
    return []


def _unknown(block: Mapping[str, Any], *known: str) -> list[str]:
    return [f"invalid additional property: {name}" for name in block if name not in (*known, "type", "block_id")]


def _words(value: Any, limit: int, *kinds: str) -> list[str]:
    if not isinstance(value, dict) or value.get("type") not in kinds or not isinstance(value.get("text"), str):
        return [f"must be a text object of {' or '.join(kinds)}"]
    told = _unknown(value, "text", "emoji", "verbatim")
    if not value["text"].strip():
        told.append("must be more than 0 characters")
    return told + ([f"must be less than {limit + 1} characters"] if len(value["text"]) > limit else [])


def _section(block: Json) -> list[str]:
    told = _unknown(block, "text", "fields", "accessory", "expand")
    if "text" not in block and not block.get("fields"):
        return [*told, "missing required field: text"]
    return told + (_words(block["text"], 3000, "mrkdwn", "plain_text") if "text" in block else [])


def _actions(block: Json) -> list[str]:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= 25:
        return ["must provide 1 to 25 elements"]
    named = [element.get("action_id") for element in elements if isinstance(element, dict)]
    told = _unknown(block, "elements")
    if len(set(named)) != len(named):
        told.append("action_id must be unique within a block")
    return told + [complaint for element in elements for complaint in _element(element)]


def _element(element: Any) -> list[str]:
    if not isinstance(element, dict):
        return ["must be an object"]
    told = [] if 1 <= len(str(element.get("action_id", "x"))) <= 255 else ["action_id is too long"]
    if element.get("type") == "button":
        told += _unknown(element, "text", "action_id", "value", "url", "style", "confirm", "accessibility_label")
        told += _words(element.get("text"), 75, "plain_text")
        for name, limit in (("value", 2000), ("url", 3000)):
            if name in element and not 0 < len(str(element[name])) <= limit:
                told.append(f"{name} must be 1 to {limit} characters")
        if "url" in element and not str(element["url"]).lower().startswith(
            ("http://", "https://", "mailto:", "slack:")
        ):
            told.append("must be a valid url")
        return told
    if element.get("type") == "static_select":
        return told + _menu(element)
    return [f"unsupported type: {element.get('type')}"]


def _menu(element: Json) -> list[str]:
    told = _unknown(element, "placeholder", "options", "action_id", "initial_option", "confirm", "focus_on_load")
    if "placeholder" in element:
        told += _words(element["placeholder"], 150, "plain_text")
    options = element.get("options")
    if not isinstance(options, list) or not 1 <= len(options) <= 100:
        return [*told, "must provide 1 to 100 options"]
    for option in options:
        told += _words(option.get("text"), 75, "plain_text", "mrkdwn")
        if not 0 < len(str(option.get("value", ""))) <= 150:
            told.append("value must be 1 to 150 characters")
    return told


def _image(block: Json) -> list[str]:
    told = _unknown(block, "image_url", "alt_text", "title", "slack_file")
    if not 0 < len(str(block.get("alt_text", ""))) <= 2000:
        told.append("missing required field: alt_text")
    address = str(block.get("image_url", ""))
    if "slack_file" not in block and not (address.startswith(("http://", "https://")) and len(address) <= 3000):
        told.append("must be a valid image_url")
    return told


def _markdown(block: Json) -> list[str]:
    words = block.get("text")
    fits = isinstance(words, str) and 0 < len(words) <= 12_000
    return _unknown(block, "text") + ([] if fits else ["text must be 1 to 12000 characters"])


def _context(block: Json) -> list[str]:
    elements = block.get("elements")
    return [] if isinstance(elements, list) and 1 <= len(elements) <= 10 else ["must provide 1 to 10 elements"]


_BLOCKS: Mapping[str, Callable[[Json], list[str]]] = {
    "section": _section,
    "actions": _actions,
    "image": _image,
    "markdown": _markdown,
    "context": _context,
    "divider": lambda block: _unknown(block),
    "header": lambda block: _words(block.get("text"), 150, "plain_text"),
}
