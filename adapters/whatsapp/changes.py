"""What a webhook's body consists of: entries and changes, each about one number, and keys for what has none."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.payloads import body_id, items, mapping, moment, text
from adapters.whatsapp.people import identity
from hub.core.ids import AccountKey, PlatformId

_LONGEST_ID = 512


@dataclass(slots=True)
class Body:
    """What the events of one body share; ``nth`` numbers those that carry no id of their own."""

    raw: bytes
    now: datetime
    nth: int = 0
    _id: str = ""

    def key(self, *named: str | None) -> PlatformId:
        """An id of what WhatsApp gave, or of the body where it gave none."""
        if named and named[0]:
            told = ":".join(part or "" for part in named)
        else:
            self._id = self._id or body_id(self.raw)
            self.nth += 1
            told = f"{self._id}:{self.nth}"
        if len(told) > _LONGEST_ID:
            told = "sha256:" + hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()
        return PlatformId(told)


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one entry. ``number`` is the phone number id it is about, ``beside`` those of its entry."""

    field: str
    value: Mapping[str, Any]
    number: str | None
    display: str | None
    entry: str | None
    at: datetime | None = None
    beside: frozenset[str] = frozenset()
    anywhere: bool = False

    def belongs_to(self, account: AccountKey) -> bool:
        """Whether this is news for an account. What names no number belongs to those its entry names, and to whoever
        is asked where the body names none at all: another tenant's news must not be told."""
        if self.number is not None:
            return self.number == account
        return account in self.beside or not self.anywhere


def changes(data: Mapping[str, Any]) -> Iterator[Change]:
    """Every change of every entry, in order."""
    entries = [mapping(entry) for entry in items(data.get("entry"))]
    numbers = [_numbers(entry) for entry in entries]
    anywhere = any(numbers)
    for entry, beside in zip(entries, numbers, strict=True):
        for change in map(mapping, items(entry.get("changes"))):
            value = mapping(change.get("value"))
            metadata = mapping(value.get("metadata"))
            yield Change(
                field=text(change.get("field")) or "",
                value=value,
                number=identity(metadata.get("phone_number_id")),
                display=identity(metadata.get("display_phone_number")),
                entry=identity(entry.get("id")),
                at=at_of(entry.get("time")),
                beside=beside,
                anywhere=anywhere,
            )


def _numbers(entry: Mapping[str, Any]) -> frozenset[str]:
    values = (mapping(mapping(change).get("value")) for change in items(entry.get("changes")))
    found = (identity(mapping(value.get("metadata")).get("phone_number_id")) for value in values)
    return frozenset(number for number in found if number)


def at_of(value: Any) -> datetime | None:
    """A time in seconds since 1970, which WhatsApp mostly writes as a string."""
    if isinstance(value, str):
        return moment(int(value)) if value.isascii() and value.isdigit() and len(value) < 13 else None
    return moment(value)
