"""Who wrote: every identity WhatsApp gives, the business-scoped user id first, for a phone number may be absent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.payloads import count, items, mapping, text
from adapters.whatsapp.keys import PARENT, PHONE, USER, is_user_id, person_thread
from hub.core.ids import ThreadKey
from hub.core.messages import Alias, Sender

_LONGEST = 256


@dataclass(frozen=True, slots=True)
class Person:
    """A person as one webhook names them."""

    user_id: str | None = None
    parent_id: str | None = None
    phones: tuple[str, ...] = ()
    name: str | None = None

    @property
    def sender(self) -> Sender:
        """The person as the sender of an event."""
        ids = [Alias(USER, self.user_id)] if self.user_id else []
        ids += [Alias(PHONE, phone) for phone in self.phones]
        ids += [Alias(PARENT, self.parent_id)] if self.parent_id else []
        return Sender(tuple(ids), self.name)

    @property
    def thread(self) -> ThreadKey:
        """The conversation with this person alone."""
        identity = self.user_id or next(iter(self.phones), None) or self.parent_id
        return person_thread(identity) if identity else ThreadKey("")


def identity(value: Any) -> str | None:
    """An id as WhatsApp writes it, which is a string, or a number in some of its group events."""
    found = value if isinstance(value, str) else str(count(value) or "")
    return found if 0 < len(found) <= _LONGEST else None


def person(address: Any, user_id: Any, contacts: Sequence[Mapping[str, Any]], parent_id: Any = None) -> Person:
    """The person with this address (a number, or a user id) or user id, completed from the webhook's contacts."""
    phone, user, parent = identity(address), identity(user_id), identity(parent_id)
    if phone is not None and is_user_id(phone):
        phone, user = None, user or phone
    contact = _contact(phone, user, contacts)
    user = user or identity(contact.get("user_id"))
    # A number and the id of the account behind it differ in some countries: both name the person.
    numbers = [n for n in (identity(contact.get("wa_id")), phone) if n and n != user]
    return Person(
        user_id=user,
        parent_id=parent or identity(contact.get("parent_user_id")),
        phones=tuple(dict.fromkeys(numbers)),
        name=_name(contact),
    )


def _contact(phone: str | None, user: str | None, contacts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    for contact in contacts:
        theirs = identity(contact.get("user_id")), identity(contact.get("wa_id"))
        if (user and user == theirs[0]) or (phone and phone == theirs[1]):
            return contact
    only = contacts[0] if len(contacts) == 1 else {}
    told = identity(only.get("user_id"))
    return {} if user and told and user != told else only


def contacts_of(value: Mapping[str, Any], speakers: int) -> list[Mapping[str, Any]]:
    """The contacts a change names. A single one stands for the sender unless several people speak in it."""
    found = [mapping(c) for c in items(value.get("contacts"))[:1000]]
    # Two empty stand-ins keep one contact from being taken for several people.
    return [*found, {}, {}] if speakers > 1 else found


def _name(contact: Mapping[str, Any]) -> str | None:
    profile = mapping(contact.get("profile"))
    return text(profile.get("name")) or text(profile.get("username"))
