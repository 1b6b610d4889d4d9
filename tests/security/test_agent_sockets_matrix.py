"""B9, the colleagues' sockets: every event of the register x every kind of caller x whose conversation it names.

An event that nobody classified here fails, as does one that a caller who lost their right can still send.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import socketio
from socketio.exceptions import ConnectionError as Refused
from socketio.exceptions import TimeoutError as Late

from hub.accounts.people import PeopleDesk
from hub.accounts.permissions import ROLES, SCOPES, Permission, Reach, Role, Scope, of_member
from hub.core.ids import TenantId
from hub.realtime import agents
from hub.realtime.schemas import AGENT_FRAMES, FRAMES
from hub.run.signing_in import SigningIn
from hub.security.passwords import Passwords
from support.api_site import CHEAP
from support.database import Database
from support.running_hub import OPERATOR, Site, eventually, hub_in_process
from support.signed_in import COOKIE, PASSWORD

NAMESPACE = "/agent"
READ = Permission.CONVERSATIONS_READ_ASSIGNED
OPENED = "opened"
"""Of a conversation that must be open, which takes being seen by the caller."""

EVENTS: dict[str, tuple[dict[str, Any] | None, str | None, Permission | None]] = {
    "inbox.subscribe": (None, None, None),
    "conversation.open": ({}, "seen", None),
    "conversation.close": ({}, None, None),
    "presence": ({"active": True}, OPENED, None),
    "typing": ({"active": True}, OPENED, Permission.CONVERSATIONS_REPLY),
    "typing, a note": ({"active": True, "note": True}, OPENED, Permission.CONVERSATIONS_NOTE),
}
"""What each event says beside the conversation (None: it names none), what that conversation must be, and what else
the caller needs. After a comma: another form of the same event."""

JUNK: tuple[Any, ...] = (
    *(5, "x", [], [1], True, {"conversation_id": None}, {"conversation_id": 5}, {"conversation_id": "x" * 36}),
    *({"conversation_id": "../" * 12}, {"conversation_id": str(uuid4()), "tenant": "other"}, {"__proto__": {}}),
)


@dataclass
class Caller:
    """Somebody at the door: what they show, and what they may do in the tenant that they name."""

    name: str
    auth: dict[str, Any] = field(default_factory=dict)
    cookie: str | None = None
    allowed: frozenset[str] = frozenset()
    operator: bool = False
    sees: tuple[str, ...] = ("mine", "ours")
    refused: str = "permission_missing"

    @property
    def comes_in(self) -> bool:
        return self.operator or READ in self.allowed

    def may(self, permission: Permission | None) -> bool:
        return self.operator or permission is None or permission in self.allowed


@dataclass
class World:
    hub: Site
    people: PeopleDesk
    tenant: str
    foreign: str
    conversations: dict[str, str]
    callers: list[Caller]

    async def sign_in(self, email: str) -> dict[str, str]:
        """What a browser sends from then on."""
        body = {"email": email, "password": PASSWORD}
        async with self.hub.http.post(f"{self.hub.base}/api/v1/auth/sign-in", json=body) as answer:
            assert answer.status == 200, await answer.text()
            csrf = (await answer.json())["csrf_token"]
            return {"Cookie": f"{COOKIE}={answer.cookies[COOKIE].value}", "X-CSRF-Token": csrf}

    async def member(
        self, role: Role, reach: Reach = Reach.ALL, tenant: str | None = None
    ) -> tuple[str, dict[str, str]]:
        """A new member's id, and what their browser sends."""
        assert self.hub.house is not None
        home, email = TenantId(UUID(tenant or self.tenant)), f"{uuid4()}@example.com"
        made = await self.people.create(email, str(role), password=PASSWORD, tenant=home, role=role)
        if reach is not Reach.ALL:
            async with self.hub.house.store.directory() as directory:
                await directory.memberships.change(home, made.person.id, reach=reach)
        return str(made.person.id), await self.sign_in(email)

    async def key(self, tenant: str, *scopes: str) -> dict[str, Any]:
        body = {"name": "key", "scopes": list(scopes)}
        made: dict[str, Any] = await self.hub.ok("POST", f"/api/v1/tenants/{tenant}/api-keys", json=body)
        return made

    async def conversation(self, tenant: str) -> str:
        said = await self.hub.ok("POST", f"/api/v1/tenants/{tenant}/chat", json={"message": "Hello"})
        return str(said["conversation_id"])


@dataclass
class Window:
    client: socketio.AsyncClient
    heard: list[tuple[str, Any]] = field(default_factory=list)

    async def say(self, event: str, data: Any = None) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = await self.client.call(event, data, namespace=NAMESPACE, timeout=60)
        except Late:
            raise AssertionError(f"no answer to {event!r} with {data!r}") from None
        return answer


@asynccontextmanager
async def window(world: World, caller: Caller, tenant: str | None = None) -> AsyncIterator[Window]:
    opened = Window(socketio.AsyncClient(reconnection=False))
    opened.client.on(
        "*", lambda event, *data: opened.heard.append((event, data[0] if data else None)), namespace=NAMESPACE
    )
    opened.client.on("connect_error", lambda said: opened.heard.append(("refused", said)), namespace=NAMESPACE)
    headers = {"Origin": world.hub.base} | ({"Cookie": caller.cookie} if caller.cookie else {})
    auth = {"tenant": tenant or world.tenant} | caller.auth
    try:
        await opened.client.connect(
            world.hub.base,
            auth=auth,
            headers=headers,
            namespaces=[NAMESPACE],
            transports=["websocket"],
            wait_timeout=60,
        )
        yield opened
    except Refused:
        raise Refused(str(opened.heard)) from None
    finally:
        await opened.client.disconnect()


@pytest.fixture
async def world(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with hub_in_process(database, tmp_path) as hub:
        house = hub.house
        assert house is not None
        keys, post = house.secret_keys, house.post
        people = SigningIn(store=house.store, secret_keys=keys, post=post, passwords=Passwords(CHEAP)).people
        world = World(hub, people, await hub.tenant(), await hub.tenant("other"), {}, [])
        await fill(world)
        yield world


async def fill(world: World) -> None:
    tenant = world.tenant
    for name in ("mine", "ours"):
        world.conversations[name] = await world.conversation(tenant)
    world.conversations |= {"foreign": await world.conversation(world.foreign), "nobody's": str(uuid4())}
    callers = [
        Caller("anonymous", refused="unauthenticated"),
        Caller("forged key", {"key": "hub_forged"}, refused="unauthenticated"),
        Caller("forged session", cookie=f"{COOKIE}=forged", refused="unauthenticated"),
        Caller("operator", {"key": OPERATOR}, operator=True),
    ]
    for role in Role:
        _, browser = await world.member(role)
        callers.append(Caller(role, cookie=browser["Cookie"], allowed=frozenset(ROLES[role])))
    for reach in (Reach.TEAM, Reach.ASSIGNED):
        person, browser = await world.member(Role.AGENT, reach)
        allowed = of_member(Role.AGENT, reach)
        callers.append(Caller(f"agent, {reach}", cookie=browser["Cookie"], allowed=allowed, sees=("mine",)))
        if reach is Reach.TEAM:
            team = await world.hub.ok("POST", f"/api/v1/tenants/{tenant}/teams", json={"name": "Theirs"})
            await world.hub.ok("PUT", f"/api/v1/tenants/{tenant}/teams/{team['id']}/members/{person}")
            await world.hub.act(tenant, world.conversations["mine"], "team", team=team["id"])
        else:
            await world.hub.act(tenant, world.conversations["mine"], "assign", assignee=person)
    colleague, _ = await world.member(Role.AGENT)
    await world.hub.act(tenant, world.conversations["ours"], "assign", assignee=colleague)
    for scope in Scope:
        key = (await world.key(tenant, scope))["key"]
        callers.append(Caller(f"key {scope}", {"key": key}, allowed=frozenset(SCOPES[scope])))
    both = (Scope.CONVERSATIONS_READ, Scope.CONVERSATIONS_WRITE)
    allowed = frozenset(SCOPES[both[0]] | SCOPES[both[1]])
    callers.append(Caller("key of a desk", {"key": (await world.key(tenant, *both))["key"]}, allowed=allowed))
    _, eve = await world.member(Role.OWNER, tenant=world.foreign)
    callers.append(Caller("foreign owner", cookie=eve["Cookie"], refused="not_found"))
    foreign = (await world.key(world.foreign, *Scope))["key"]
    callers.append(Caller("foreign key", {"key": foreign}, refused="not_found"))
    await world.people.create("root@example.com", "Root", password=PASSWORD, platform_admin=True)
    root = await world.sign_in("root@example.com")
    callers.append(Caller("platform admin", cookie=root["Cookie"], operator=True))
    world.callers = callers


def expected(caller: Caller, event: str, target: str | None) -> str:
    """``ok``, or the code that a caller is refused with."""
    _, needs, permission = EVENTS[event]
    if needs is not None and target not in caller.sees:
        return "not_found" if needs == "seen" else "invalid"
    return "ok" if caller.may(permission) else "permission_missing"


def test_every_event_is_classified() -> None:
    assert {event.partition(",")[0] for event in EVENTS} == set(AGENT_FRAMES), "say here who may send it"


async def test_nobody_comes_in_or_reaches_what_is_not_theirs(world: World) -> None:
    tried = 0
    came_in: set[str] = set()
    watcher = next(one for one in world.callers if one.name == Role.ADMIN)
    async with window(world, watcher) as told, window(world, Caller("", {"key": OPERATOR}), world.foreign) as abroad:
        for one in (told, abroad):
            await one.say("inbox.subscribe")
        await told.say("conversation.open", {"conversation_id": world.conversations["ours"]})
        await abroad.say("conversation.open", {"conversation_id": world.conversations["foreign"]})
        for caller in world.callers:
            if not caller.comes_in:
                with pytest.raises(Refused) as refusal:
                    async with window(world, caller):
                        pass
                assert f"'{caller.refused}'" in str(refusal.value), (caller.name, refusal.value)
                continue
            came_in.add(caller.name)
            async with window(world, caller) as mine:
                for target, conversation in world.conversations.items():
                    for event, (more, _, permission) in EVENTS.items():
                        data = None if more is None else {"conversation_id": conversation, **more}
                        if event == "conversation.close" and target in caller.sees:
                            continue  # tried at the end: the others need it open
                        answer = await mine.say(event.partition(",")[0], data)
                        got = "ok" if answer.get("ok") else answer["error"]["code"]
                        assert got == expected(caller, event, target), (caller.name, event, target, answer)
                        if got == "permission_missing":
                            assert str(permission) in answer["error"]["message"]
                        tried += 1
                naming = [event for event, (more, _, _) in EVENTS.items() if more is not None and "," not in event]
                ids = [world.conversations[which] for which in ("foreign", "nobody's")]
                for event in naming:
                    foreign, nobody = [await mine.say(event, {"conversation_id": id}) for id in ids]
                    assert foreign == nobody, "what is foreign looks like what is not there"
        # What comes after all of that has arrived: nothing of it was kept back.
        await abroad.say("typing", {"conversation_id": world.conversations["foreign"], "note": True})
        await eventually(lambda: any(name == "presence" for name, _ in abroad.heard), what="the own presence")
    assert {person["id"] for name, data in abroad.heard for person in data.get("people", [])} == {"operator"}
    assert came_in >= {*Role, "operator", "platform admin", "key conversations:read"} and tried > 200


async def test_junk_and_the_events_of_others_are_refused_in_words(world: World) -> None:
    admin = next(one for one in world.callers if one.name == Role.ADMIN)
    async with window(world, admin) as mine:
        for event in AGENT_FRAMES:
            for data in JUNK:
                answer = await mine.say(event, data)
                assert answer["error"]["code"] == "invalid", (event, data, answer)
        for event in [*(set(FRAMES) - set(AGENT_FRAMES)), "nonsense", "", "inbox.changed"]:
            answer = await mine.say(event, {"conversation_id": world.conversations["ours"]})
            assert answer["error"]["code"] == "invalid", (event, answer)
        assert (await mine.say("inbox.subscribe"))["ok"] is True, "and the connection is alive"


async def test_who_lost_the_right_can_send_no_event_any_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    hub, path = world.hub, f"/api/v1/tenants/{world.tenant}"
    key = await world.key(world.tenant, Scope.CONVERSATIONS_READ, Scope.CONVERSATIONS_WRITE)
    last = await world.key(world.tenant, Scope.CONVERSATIONS_READ, Scope.CONVERSATIONS_WRITE)
    _, leaver = await world.member(Role.AGENT)
    person, removed = await world.member(Role.AGENT)
    leaving = leaver | {"Origin": hub.base}
    ways: list[tuple[Caller, str, Callable[[], Awaitable[Any]]]] = [
        (Caller("key", {"key": key["key"]}), "unauthenticated",
         lambda: hub.ok("DELETE", f"{path}/api-keys/{key['id']}")),
        (Caller("signed out", cookie=leaver["Cookie"]), "unauthenticated",
         lambda: hub.ok("POST", "/api/v1/auth/sign-out", key=None, headers=leaving, json={})),
        (Caller("removed", cookie=removed["Cookie"]), "not_found",
         lambda: hub.ok("DELETE", f"{path}/members/{person}")),
        (Caller("of a switched-off tenant", {"key": last["key"]}), "tenant_disabled",
         lambda: hub.ok("PATCH", path, json={"enabled": False})),
    ]  # fmt: skip
    for caller, code, lose in ways:
        monkeypatch.setattr(agents, "_CHECKED_FOR", 600.0)
        async with AsyncExitStack() as stack:
            windows = [(event, await stack.enter_async_context(window(world, caller))) for event in EVENTS]
            for _, one in windows:
                assert "error" not in await one.say(
                    "conversation.open", {"conversation_id": world.conversations["ours"]}
                )
            await lose()
            monkeypatch.setattr(agents, "_CHECKED_FOR", 0.0)
            for event, one in windows:
                more = EVENTS[event][0]
                data = None if more is None else {"conversation_id": world.conversations["ours"], **more}
                answer = await one.say(event.partition(",")[0], data)
                assert answer["error"]["code"] == code, (caller.name, event, answer)
            for event, one in windows:
                await eventually(partial(gone, one), what=f"the end after {event}")


def gone(one: Window) -> bool:
    return NAMESPACE not in one.client.namespaces
