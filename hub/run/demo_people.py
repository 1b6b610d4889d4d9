"""Who can sign in to the demo: an owner and two agents, with a password of this installation's own."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from hub.accounts.people import PeopleDesk
from hub.accounts.permissions import Role
from hub.core.errors import Conflict
from hub.core.ids import TenantId
from hub.run.house import House
from hub.run.signing_in import SigningIn
from hub.security.keys import decode_secret_keys, derive

OWNER = "owner@demo.example"
AGENT = "agent@demo.example"
SECOND_AGENT = "second.agent@demo.example"


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    """How to sign in. ``password`` is the one made at first; whoever changed theirs uses that."""

    owner: str
    agent: str
    second_agent: str
    password: str


async def demo_people(house: House, tenant: TenantId) -> DemoSignIn:
    """Make the demo's people, once."""
    secret = derive(decode_secret_keys(house.secret_keys)[0], "demo-password")
    password = base64.b32encode(secret).decode().lower()[:20]
    people = SigningIn(store=house.store, secret_keys=house.secret_keys, post=house.post).people
    await _make(people, tenant, OWNER, "Olivia Owner", Role.OWNER, password)
    await _make(people, tenant, AGENT, "Arno Agent", Role.AGENT, password)
    await _make(people, tenant, SECOND_AGENT, "Berta Agent", Role.AGENT, password)
    return DemoSignIn(OWNER, AGENT, SECOND_AGENT, password)


async def _make(people: PeopleDesk, tenant: TenantId, email: str, name: str, role: Role, password: str) -> None:
    try:
        await people.create(email, name, password=password, tenant=tenant, role=role, platform_admin=role is Role.OWNER)
    except Conflict:
        return  # made by an earlier start
