"""Agents who see but a part of the conversations: every route that names one, the lists, files, search and sockets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pytest

from hub.accounts.permissions import ROLES, Reach, Role, of_member
from hub.core.ids import PersonId, TenantId
from hub.http.access import Who
from hub.http.app import ROUTES
from hub.http.routes import Route
from support.api_calls import refused
from support.api_site import Site
from support.bodies import smallest_body
from support.desk_calls import Desk, open_desk
from support.signed_in import Browser, person

WORDS = {"mine": "heron", "ours": "magpie", "free": "finch", "foreign": "raven"}
SEEN = {Reach.TEAM: {"mine", "ours", "free"}, Reach.ASSIGNED: {"mine"}}


@dataclass
class World:
    """A tenant with a conversation of every kind, and an agent whose reach the tests set."""

    desk: Desk
    agent: Browser
    agent_id: str
    colleague: str
    conversations: dict[str, str]
    contacts: dict[str, str]
    teams: dict[str, str]

    async def reach(self, reach: Reach) -> None:
        async with self.desk.site.store.directory() as directory:
            tenant, person = TenantId(UUID(self.desk.tenant)), PersonId(UUID(self.agent_id))
            await directory.memberships.change(tenant, person, reach=reach)

    async def get(self, path: str, **more: Any) -> Any:
        return await self.agent.ok("GET", f"{self.desk.path}/{path}", **more)

    async def status(self, method: str, path: str, **more: Any) -> int:
        return (await self.agent.send(method, f"{self.desk.path}/{path}", **more)).status

    def named(self, ids: list[str]) -> set[str]:
        return {name for name, id in self.conversations.items() if id in ids}


@pytest.fixture
async def world(site: Site) -> World:
    desk = await open_desk(site)
    agent = await person(site, "ada@example.com", tenant=desk.tenant, role=Role.AGENT)
    colleague = await person(site, "grace@example.com", tenant=desk.tenant, role=Role.AGENT)
    me, grace = [(await one.ok("GET", "/api/v1/me"))["person"]["id"] for one in (agent, colleague)]
    teams = {name: (await desk.post("teams", {"name": name}, 201))["id"] for name in ("own", "other")}
    answer = await site.call("PUT", f"{desk.path}/teams/{teams['own']}/members/{me}")
    assert answer.status == 200, await answer.text()
    conversations = {name: (await desk.customer(f"The word is {word}"))[0] for name, word in WORDS.items()}
    await desk.act(conversations["mine"], "assign", {"assignee": me})
    await desk.act(conversations["ours"], "team", {"team": teams["own"]})
    await desk.act(conversations["foreign"], "team", {"team": teams["other"]})
    await desk.act(conversations["foreign"], "assign", {"assignee": grace})
    contacts = {name: (await desk.get(f"conversations/{id}"))["contact"]["id"] for name, id in conversations.items()}
    return World(desk, agent, me, grace, conversations, contacts, teams)


def routes_naming(site: Site, what: str) -> list[Route]:
    assert site.client.app is not None
    found = [bound.route for bound in site.client.app[ROUTES] if f"{{{what}}}" in bound.route.template]
    return [route for route in found if route.access.who is Who.TENANT]


async def tried(world: World, route: Route, what: str, id: str) -> tuple[int, dict[str, Any]]:
    path = route.template.replace("{tenant}", world.desk.tenant).replace(f"{{{what}}}", id)
    path = re.sub(r"{[a-z_]+}", lambda _: str(uuid4()), path)
    body = smallest_body(route)
    answer = await world.agent.send(route.method, path, **({} if body is None else {"json": body}))
    said = await answer.json(content_type=None) if "json" in answer.content_type else {}
    return answer.status, said if isinstance(said, dict) else {}


@pytest.mark.parametrize("reach", [Reach.TEAM, Reach.ASSIGNED])
async def test_every_route_of_a_foreign_conversation_or_contact_is_not_there(world: World, reach: Reach) -> None:
    await world.reach(reach)
    allowed, walked = of_member(Role.AGENT, reach), 0
    for what, ids in (("conversation", world.conversations), ("contact", world.contacts)):
        for route in routes_naming(world.desk.site, what):
            if route.access.permission not in allowed:
                continue
            foreign = await tried(world, route, what, ids["foreign"])
            nobody = await tried(world, route, what, str(uuid4()))
            for status, said in (foreign, nobody):
                assert (status, said.get("code")) == (404, "not_found"), (route.method, route.path, status, said)
            assert foreign[1]["detail"] == nobody[1]["detail"], "what is foreign looks like what is not there"
            if route.method == "GET":
                status, said = await tried(world, route, what, ids["mine"])
                assert status == 200 or said.get("field") not in (None, what), (route.path, status, said)
            walked += 1
    assert walked >= 25


async def test_reach_narrows_agents_and_nothing_else(world: World) -> None:
    for role in (Role.OWNER, Role.ADMIN, Role.VIEWER):
        assert of_member(role, Reach.ASSIGNED) == ROLES[role]
    await world.reach(Reach.ALL)
    assert world.named([c["id"] for c in (await world.get("conversations"))["items"]]) == set(WORDS)


@pytest.mark.parametrize("reach", [Reach.TEAM, Reach.ASSIGNED])
async def test_lists_search_counts_and_contacts_show_what_the_reach_allows(world: World, reach: Reach) -> None:
    await world.reach(reach)
    seen = SEEN[reach]
    assert world.named([c["id"] for c in (await world.get("conversations"))["items"]]) == seen
    counts = (await world.get("conversations/counts"))["queues"]
    assert counts["open"] == len(seen) and counts["mine"] == 1
    for name, word in WORDS.items():
        hits = await world.get("conversations", params={"search": word})
        assert world.named([c["id"] for c in hits["items"]]) == ({name} & seen), word
        by_contact = await world.get("conversations", params={"contact": world.contacts[name]})
        assert bool(by_contact["items"]) == (name in seen)
    listed = {c["id"] for c in (await world.get("contacts"))["items"]}
    assert listed == {world.contacts[name] for name in seen}
    everything = {"field": "state", "op": "is_not", "value": "resolved"}
    view = await world.agent.ok("POST", f"{world.desk.path}/views", json={"name": "All", "filter": everything})
    through = await world.get("conversations", params={"view": view["id"]})
    assert world.named([c["id"] for c in through["items"]]) == seen
    assert (await world.get("conversations/counts"))["views"][view["id"]] == len(seen)


async def test_bulk_acts_do_what_is_seen_and_miss_the_rest(world: World) -> None:
    await world.reach(Reach.ASSIGNED)
    body = {"ids": list(world.conversations.values()), "action": {"type": "resolve"}}
    done = (await world.agent.ok("POST", f"{world.desk.path}/conversations/bulk", json=body))["items"]
    assert world.named([item["id"] for item in done if item["ok"]]) == {"mine"}
    assert {item["error"]["code"] for item in done if not item["ok"]} == {"not_found"}
    assert (await world.desk.get(f"conversations/{world.conversations['foreign']}"))["state"] != "resolved"


async def test_a_conversation_that_is_given_away_is_gone_but_the_act_can_be_undone(world: World) -> None:
    await world.reach(Reach.ASSIGNED)
    mine = world.conversations["mine"]
    given = await world.agent.ok(
        "POST", f"{world.desk.path}/conversations/{mine}/assign", json={"assignee": world.colleague}
    )
    assert await world.status("GET", f"conversations/{mine}") == 404
    token = {"token": given["undo"]}
    assert await world.status("POST", f"conversations/{mine}/undo", json={"token": str(uuid4())}) == 404
    assert await world.status("POST", f"conversations/{mine}/undo", json=token) == 200
    assert await world.status("GET", f"conversations/{mine}") == 200
    taken = await world.desk.act(world.conversations["ours"], "assign", {"assignee": world.colleague})
    undo = {"token": taken["undo"]}
    ours = f"conversations/{world.conversations['ours']}/undo"
    await refused(await world.agent.send("POST", f"{world.desk.path}/{ours}", json=undo), 404, "conversation")


@pytest.mark.parametrize("reach", [Reach.TEAM, Reach.ASSIGNED])
async def test_files_are_seen_with_the_conversations_that_hold_them(world: World, reach: Reach) -> None:
    await world.reach(reach)
    files = {}
    for name, conversation in [*world.conversations.items(), ("loose", None)]:
        form = aiohttp.FormData()
        form.add_field("file", b"The text of it", filename="a.txt", content_type="text/plain")
        answer = await world.desk.site.call("POST", f"{world.desk.path}/files", data=form)
        files[name] = (await answer.json())["file_id"]
        if conversation is not None:  # whoever writes there has it from then on
            part = {"type": "media", "kind": "document", "file_id": files[name]}
            by = world.agent_id if name == "mine" else world.colleague
            await world.desk.act(conversation, "messages", {"parts": [part], "by": by}, status=201)
    found = {name for name, file in files.items() if await world.status("GET", f"files/{file}") == 200}
    assert found == SEEN[reach] - {"free"}


@pytest.mark.parametrize("reach", [Reach.TEAM, Reach.ASSIGNED])
async def test_nothing_is_attached_that_is_beyond_the_reach(world: World, reach: Reach) -> None:
    await world.reach(reach)

    async def upload(by: Browser | None) -> str:
        form = aiohttp.FormData()
        form.add_field("file", b"The text of it", filename="a.txt", content_type="text/plain")
        path = f"{world.desk.path}/files"
        answer = await (by.send("POST", path, data=form) if by else world.desk.site.call("POST", path, data=form))
        return str((await answer.json())["file_id"])

    async def attach(parts: list[dict[str, Any]]) -> aiohttp.ClientResponse:
        path = f"{world.desk.path}/conversations/{world.conversations['mine']}/messages"
        return await world.agent.send("POST", path, json={"parts": parts})

    def document(file: str) -> dict[str, Any]:
        return {"type": "media", "kind": "document", "file_id": file}

    kept, loose, own = await upload(None), await upload(None), await upload(world.agent)
    await world.desk.act(world.conversations["foreign"], "messages", {"parts": [document(kept)]}, status=201)
    nobody = await refused(await attach([document(str(uuid4()))]), 422, "parts.0.file_id")
    for file in (kept, loose):
        said = await refused(await attach([document(file)]), 422, "parts.0.file_id")
        assert said["detail"] == nobody["detail"], "what is foreign looks like what is not there"
        await refused(await attach([{"type": "card", "title": "A card", "image": file}]), 422, "parts.0.image")
    assert await world.status("GET", f"files/{own}") == 200, "one's own upload, before it is sent"
    assert (await attach([document(own)])).status == 201


@pytest.mark.parametrize("reach", [Reach.TEAM, Reach.ASSIGNED])
async def test_linked_contacts_show_and_part_within_the_reach(world: World, reach: Reach) -> None:
    mine, foreign, ours = (world.contacts[name] for name in ("mine", "foreign", "ours"))
    for other in (foreign, ours):
        await world.desk.post(f"contacts/{mine}/links", {"contact": other})
    await world.reach(reach)
    seen = {world.contacts[name] for name in SEEN[reach]}
    shown = await world.get(f"contacts/{mine}")
    changed = await world.agent.ok("PATCH", f"{world.desk.path}/contacts/{mine}", json={"name": "Ada"})
    for profile in (shown, changed):
        assert {one["id"] for one in profile["linked"]} == {foreign, ours} & seen
    assert await world.status("DELETE", f"contacts/{mine}/links/{foreign}") == 404
    assert await world.status("DELETE", f"contacts/{mine}/links/{ours}") == (204 if ours in seen else 404)
    left = {one["id"] for one in (await world.desk.get(f"contacts/{mine}"))["linked"]}
    assert left == {foreign, ours} - (seen & {ours})
