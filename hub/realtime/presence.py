"""Who is at which conversation, in this process's view. Entries fade unless they are renewed, so the dead leave."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass

from hub.core.ids import ConversationId, TenantId

FADES_AFTER = 40.0
"""Seconds without news after which somebody is gone."""
TYPING_FADES_AFTER = 8.0
RENEWED_EVERY = 15.0
MOST_CONVERSATIONS = 4_096
MOST_PEOPLE = 50


@dataclass(slots=True)
class _Person:
    name: str | None
    state: str
    seen: float
    typed: float = 0.0


class Presence:
    """Bounded: the conversation without news for longest is forgotten first."""

    def __init__(self) -> None:
        self._at: OrderedDict[tuple[TenantId, ConversationId], dict[str, _Person]] = OrderedDict()

    def note(self, tenant: TenantId, conversation: ConversationId, who: str, name: str | None, state: str) -> bool:
        """Take news in; whether anything a colleague would see changed."""
        before = self.people(tenant, conversation)
        key = (tenant, conversation)
        if state == "gone":
            people = self._at.get(key, {})
            people.pop(who, None)
            if not people:
                self._at.pop(key, None)
            return before != self.people(tenant, conversation)
        people = self._at.setdefault(key, {})
        self._at.move_to_end(key)
        now = time.monotonic()
        if who not in people and len(people) >= MOST_PEOPLE:
            return False
        person = people.setdefault(who, _Person(name, state, now))
        person.name, person.state, person.seen = name or person.name, state, now
        if state != "viewing":
            person.typed = now
        if len(self._at) > MOST_CONVERSATIONS:
            self._at.popitem(last=False)
        return before != self.people(tenant, conversation)

    def people(self, tenant: TenantId, conversation: ConversationId) -> list[dict[str, str | None]]:
        """Who is there now: ``{id, name, state}``, by id."""
        now = time.monotonic()
        people = self._at.get((tenant, conversation), {})
        for who in [who for who, person in people.items() if now - person.seen > FADES_AFTER]:
            del people[who]
        return [
            {
                "id": who,
                "name": person.name,
                "state": person.state if now - person.typed <= TYPING_FADES_AFTER else "viewing",
            }
            for who, person in sorted(people.items())
            if who != "contact" or now - person.typed <= TYPING_FADES_AFTER
        ]
