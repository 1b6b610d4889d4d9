"""Checks calls and objects against the Bot API's table, in Telegram's words.

Stricter than Telegram in one way on purpose: a parameter or field that the specification does not know is
refused, where Telegram drops it in silence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

_TABLE = Path(__file__).with_name("bot_api.json")
_ARRAY = "Array of "
_SCALARS = {"Integer", "Float", "String", "Boolean", "InputFile", "True"}
_TRUE, _FALSE = {"true", "True", "1"}, {"false", "False", "0", ""}


class BotError(Exception):
    """An answer that is not ok: ``code`` is Telegram's and the HTTP status, ``text`` its description."""

    def __init__(self, code: int, text: str, **parameters: Any) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.parameters = parameters


def bad(text: str) -> BotError:
    """A 400 in Telegram's words."""
    return BotError(400, f"Bad Request: {text}")


@dataclass(frozen=True, slots=True)
class FormFile:
    """A file that came as a part of a multipart body."""

    name: str
    mime: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Call:
    """A checked call: parameters with their right types, and the files that came along."""

    method: str
    params: Mapping[str, Any]
    files: Mapping[str, FormFile] = field(default_factory=dict)


@cache
def table() -> Mapping[str, Any]:
    """The Bot API's facts, read once."""
    return json.loads(_TABLE.read_text("utf-8"))  # type: ignore[no-any-return]  # our own committed file


@cache
def _methods() -> Mapping[str, str]:
    return {name.lower(): name for name in table()["methods"]}


def method_name(name: str) -> str:
    """The method as the specification spells it (Telegram takes any case). Raises 404 for an unknown one."""
    known = _methods().get(name.lower())
    if known is None:
        raise BotError(404, "Not Found")
    return known


def check_call(method: str, raw: Mapping[str, Any], files: Mapping[str, FormFile], *, form: bool) -> Call:
    """Check a call's parameters. ``form`` says that every value arrived as text. Raises ``BotError`` 400."""
    facts = table()["methods"][method]["params"]
    for name in raw:
        if name not in facts:
            raise bad(f'unknown parameter "{name}" in {method}')
    attached = {name for name in files if name in facts}
    params: dict[str, Any] = {}
    for name, fact in facts.items():
        if name in attached:
            if "InputFile" not in fact["types"]:
                raise bad(f'parameter "{name}" must not be a file')
            params[name] = f"attach://{name}"
        elif name in raw and raw[name] is not None:
            params[name] = _value(fact, raw[name], name, form=form, top=True)
        elif fact.get("required"):
            raise bad(_missing(name))
    _check_attachments(params, files)
    return Call(method, params, files)


def check_object(kind: str, value: Any, path: str) -> None:
    """Check an object of our own making against its type. Raises ``BotError`` 400."""
    _typed(kind, value, path, form=False)


def _missing(name: str) -> str:
    known = {"chat_id": "chat_id is empty", "text": "message text is empty", "user_id": "user_id is empty"}
    return known.get(name, f'parameter "{name}" is required')


def _check_attachments(params: Mapping[str, Any], files: Mapping[str, FormFile]) -> None:
    named = set(_attachments(params))
    for name in named - files.keys():
        raise bad(f'file "{name}" is named by attach:// but was not sent')
    for name in files.keys() - named:
        raise bad(f'file "{name}" was sent but nothing names it')


def _attachments(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value[len("attach://") :]] if value.startswith("attach://") else []
    if isinstance(value, Mapping):
        return [name for part in value.values() for name in _attachments(part)]
    if isinstance(value, list):
        return [name for part in value for name in _attachments(part)]
    return []


def _value(fact: Mapping[str, Any], value: Any, path: str, *, form: bool, top: bool = False) -> Any:
    value = _typed_any(fact["types"], value, path, form=form, top=top)
    fixed = fact.get("fixed")
    if fixed is not None and value != fixed:
        raise bad(f'field "{path}" must be "{fixed}"')
    # Lengths "after entities parsing" are the method's to check; those counted in bytes hold as they stand.
    length = fact.get("length")
    if length and length[2] == "bytes" and not length[0] <= len(value.encode()) <= length[1]:
        raise bad(
            "BUTTON_DATA_INVALID"
            if path.endswith("callback_data")
            else f'field "{path}" must have {length[0]} to {length[1]} bytes'
        )
    return value


def _typed_any(kinds: Sequence[str], value: Any, path: str, *, form: bool, top: bool) -> Any:
    structured = [kind for kind in kinds if kind not in _SCALARS]
    if structured and top and isinstance(value, str) and len(structured) == len(kinds):
        value = _parsed(value, path)
        form = False
    errors: list[tuple[int, BotError]] = []
    for kind in kinds:
        try:
            return _typed(kind, value, path, form=form)
        except BotError as error:
            errors.append((_likeness(kind, value), error))
    raise max(errors, key=lambda one: one[0])[1]


def _likeness(kind: str, value: Any) -> int:
    """How much an object looks like a type, so that of several shapes tried the intended one's error is told."""
    if kind.startswith(_ARRAY):
        return _likeness(kind[len(_ARRAY) :], value[0]) if isinstance(value, list) and value else 0
    facts = table()["types"].get(kind)
    if facts is None or not isinstance(value, Mapping):
        return 0
    if "subtypes" in facts:
        return max(_likeness(inner, value) for inner in facts["subtypes"])
    known = sum(name in facts["fields"] for name in value)
    return known + sum(100 for name, fact in facts["fields"].items() if fact.get("fixed", 0) == value.get(name))


def _parsed(value: str, path: str) -> Any:
    try:
        return json.loads(value)
    except ValueError as error:
        what = "reply keyboard markup" if path == "reply_markup" else path
        raise bad(f"can't parse {what} JSON object") from error


def _typed(kind: str, value: Any, path: str, *, form: bool) -> Any:
    if kind.startswith(_ARRAY):
        if not isinstance(value, list):
            raise bad(f'field "{path}" must be an array')
        inner = kind[len(_ARRAY) :]
        return [_typed(inner, item, f"{path}[{index}]", form=form) for index, item in enumerate(value)]
    if kind in _SCALARS:
        return _scalar(kind, value, path, form=form)
    facts = table()["types"][kind]
    if "subtypes" in facts:
        return _typed_any(facts["subtypes"], value, path, form=form, top=False)
    if not isinstance(value, Mapping):
        raise bad(f'field "{path}" must be an object')
    fields = facts["fields"]
    if not fields:
        return dict(value)
    for name in value:
        if name not in fields:
            raise bad(f'unknown field "{path}.{name}"')
    for name, fact in fields.items():
        if fact.get("required") and value.get(name) is None:
            raise bad(f'field "{path}.{name}" is required')
    present = {name: part for name, part in value.items() if part is not None}
    return {name: _value(fields[name], part, f"{path}.{name}", form=form) for name, part in present.items()}


def _scalar(kind: str, value: Any, path: str, *, form: bool) -> Any:
    if kind in ("String", "InputFile") and isinstance(value, str):
        return value
    if kind in ("Boolean", "True"):
        if isinstance(value, bool):
            return value
        if form and value in _TRUE | _FALSE:
            return value in _TRUE
    elif kind == "Integer":
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63:
            return value
        # Telegram reads numbers in text everywhere: JSON bodies are turned into text before they are read.
        if isinstance(value, str) and value.removeprefix("-").isdecimal() and value.isascii() and len(value) < 20:
            return int(value)
    elif kind == "Float":
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        if form and isinstance(value, str):
            try:
                return float(value)
            except ValueError:
                pass
    raise bad(f'field "{path}" must be of type {kind}')
