"""Who can sign in to the demo: an owner and two agents, with a password of this installation's own."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import SecretStr

from hub.accounts.people import PeopleDesk
from hub.accounts.permissions import Role
from hub.core.errors import Conflict
from hub.core.ids import TenantId
from hub.run.house import House
from hub.run.signing_in import people_of
from hub.security.keys import decode_secret_keys, derive
from hub.settings import Settings
from hub.simulator.identity.desk import Account, SignInDesk
from hub.simulator.server import Simulator

OWNER = "owner@demo.example"
AGENT = "agent@demo.example"
SECOND_AGENT = "second.agent@demo.example"
_STRANGER = "nora@demo.example"
_APPLICATION = "switchboard-demo"
_SECRET = "simulated-application-secret"  # noqa: S105  # the simulator's, worth nothing elsewhere


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
    people = people_of(house)
    await _make(people, tenant, OWNER, "Olivia Owner", Role.OWNER, password)
    await _make(people, tenant, AGENT, "Arno Agent", Role.AGENT, password)
    await _make(people, tenant, SECOND_AGENT, "Berta Agent", Role.AGENT, password)
    return DemoSignIn(OWNER, AGENT, SECOND_AGENT, password)


def with_demo_providers(settings: Settings, simulator: Simulator) -> Settings:
    """The settings with the simulated issuer and GitHub, where no real ones are set. The demo's people have accounts
    at both; one more has an account there and none here."""
    hosts = [f"http://{host}:{settings.port}" for host in ("127.0.0.1", "localhost")]
    if settings.public_url is not None:
        hosts.append(settings.public_url)
    changes: dict[str, object] = {}
    if settings.oidc_client_id is None:
        _open(simulator.oidc, hosts, "oidc")
        changes |= {
            "oidc_issuer": simulator.oidc_url,
            "oidc_name": "demo sign-in",
            "oidc_client_id": _APPLICATION,
            "oidc_client_secret": SecretStr(_SECRET),
        }
    if settings.github_client_id is None:
        _open(simulator.github, hosts, "github")
        changes |= {
            "github_url": simulator.github_url,
            "github_client_id": _APPLICATION,
            "github_client_secret": SecretStr(_SECRET),
        }
    return settings.model_copy(update=changes)


def _open(desk: SignInDesk, hosts: Sequence[str], provider: str) -> None:
    people = (("Olivia Owner", OWNER), ("Arno Agent", AGENT), ("Berta Agent", SECOND_AGENT), ("Nora New", _STRANGER))
    for number, (name, email) in enumerate(people, start=1001):
        desk.add_account(Account(str(number), name, email))
    paths = [f"{host}/api/v1/auth/providers/{provider}/callback" for host in hosts]
    desk.add_application(_APPLICATION, _SECRET, *paths)


async def _make(people: PeopleDesk, tenant: TenantId, email: str, name: str, role: Role, password: str) -> None:
    try:
        await people.create(
            email,
            name,
            password=password,
            tenant=tenant,
            role=role,
            platform_admin=role is Role.OWNER,
            verified=True,
        )
    except Conflict:
        return  # made by an earlier start
