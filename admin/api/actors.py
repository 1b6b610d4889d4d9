"""Who acts in the inbox: a key for itself, or for the colleague it names."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hub.http.access import Call
from hub.http.model import Model
from hub.inbox.agents import Colleague

ActorId = Annotated[str, Field(min_length=1, max_length=200)]
"""A colleague, as assignments name them."""


class Act(Model):
    """Who acts, where a key acts for a person."""

    by: ActorId | None = None


def me(call: Call) -> str:
    """What whoever calls is named in assignments, mentions and drafts."""
    principal = call.principal
    if principal is None:
        raise LookupError("this route needs a caller")
    return str(principal.person_id) if principal.person_id is not None else principal.actor


def acting(call: Call, by: str | None = None, name: str | None = None) -> Colleague:
    """The colleague who acts: the one a key names in ``by``, else whoever calls. A person acts in no other's name."""
    principal = call.principal
    if principal is not None and principal.person_id is not None:
        return Colleague(str(principal.person_id), name or principal.name)
    return Colleague(by or me(call), name)
